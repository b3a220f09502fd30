"""Journeys drawn at random go the way that they go in a plain loop over everything that happened, known from the beginning."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.events.model import Event
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import NEVER
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, MINUTE, NOW, SECOND, Trip, chart, expecting, happened, send

NAMES = ("Clicked", "Claimed", "Signed", "Paid")
Way = list[tuple[str, int]]  # (node, when it was come to)


@st.composite
def chains(draw: st.DrawFn) -> Chart:
    """Waits, sends and waits for one or two events, each of which leads to the next node or to the one after it."""
    count = draw(st.integers(2, 6))
    steps: dict[str, Any] = {}
    for number in range(count):
        following = [f"n{min(number + ahead, count)}" for ahead in (1, 2)]
        choose = st.sampled_from(following)
        kind = draw(st.sampled_from(["wait", "wait_for", "wait_for", "send"]))
        if kind == "wait":
            steps[f"n{number}"] = Wait(draw(st.integers(1, 90)) * SECOND, draw(choose))
        elif kind == "send":
            steps[f"n{number}"] = send(draw(choose))
        else:
            names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
            expected = tuple((expecting(name, f"nodes/n{number}"), draw(choose)) for name in names)
            steps[f"n{number}"] = WaitFor(expected, draw(st.integers(1, 90)) * SECOND, draw(choose))
    return chart(**steps | {f"n{count}": Exit("finished")})


def happenings(between: int) -> st.SearchStrategy[list[Event]]:
    """Events, no two of them at one time, at least so many ms one after the other."""
    gaps = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(between, between + 60 * SECOND)), max_size=12)
    return gaps.map(lambda found: [happened(name, sum(gap for _, gap in found[: place + 1])) for place, (name, _) in enumerate(found)])


def plain(made: Chart, events: list[Event]) -> Way:
    """The way, worked out from all that happened. An event ends one wait."""
    way: Way = []
    used: set[str] = set()
    node, at = made.start, NOW
    while True:
        way.append((node, at))
        step = made.nodes[node]
        if isinstance(step, Exit):
            return way
        if isinstance(step, WaitFor):
            thens = {one.event: then for one, then in step.expected}
            found = [one for one in events if at <= one.time <= at + step.within and one.name in thens and one.id not in used]
            node, at = (thens[found[0].name], found[0].time) if found else (step.otherwise, at + step.within)
            used.update(one.id for one in found[:1])
        elif isinstance(step, Wait):
            node, at = step.next, at + step.length
        else:
            node = dict(step.targets)["next"]


def engines(made: Chart, events: list[Event], late: dict[str, int]) -> Way:
    """The way that the engine has it go, with each event heard of so much later, and looked through at every look."""
    trip = Trip(made)
    trip.enter()
    arriving = sorted(events, key=lambda one: one.time + late.get(one.id, 0))
    for event in [*arriving, happened("Nothing", DAY)]:
        now = event.time + late.get(event.id, 0)
        known = [one for one in arriving if one.time + late.get(one.id, 0) <= now]
        while (due := engine.next_look(trip.charts, trip.enrolment)) != NEVER and due < now:
            before = [one for one in known if one.time + late.get(one.id, 0) <= due]
            trip.put(engine.caught_up(trip.charts, trip.enrolment, before, due, trip.person))
        trip.hear(*known, event, at=now - NOW)
    return [(visit.node, visit.since) for visit in trip.run.visits]


@settings(max_examples=120, deadline=None)
@given(chains(), happenings(1))
def test_events_that_are_heard_of_at_once_lead_where_they_should(made: Chart, events: list[Event]) -> None:
    assert engines(made, events, {}) == plain(made, events)


@settings(max_examples=80, deadline=None)
@given(chains(), happenings(GRACE), st.lists(st.integers(0, GRACE - 1), min_size=12, max_size=12))
def test_and_so_do_those_that_are_late_but_in_order(made: Chart, events: list[Event], delays: list[int]) -> None:
    late = {event.id: delay for event, delay in zip(events, delays, strict=False)}
    assert engines(made, events, late) == plain(made, events)


def test_the_plain_loop_itself() -> None:
    """Clicked in time, Claimed too late for the second wait."""
    second = WaitFor(((expecting("Claimed", "nodes/n2"), "n3"),), 10 * SECOND, "n3")
    made = chart(
        n0=Wait(SECOND, "n1"), n1=WaitFor(((expecting("Clicked", "nodes/n1"), "n2"),), MINUTE, "n3"), n2=second, n3=Exit("finished")
    )
    events = [happened("Clicked", 5 * SECOND), happened("Claimed", 16 * SECOND)]
    assert plain(made, events) == [("n0", NOW), ("n1", NOW + SECOND), ("n2", NOW + 5 * SECOND), ("n3", NOW + 15 * SECOND)]
