"""What holds for every journey, whatever happens in whatever order: drawn at random, and looked at after each step."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.events.model import Event
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.acts import AddTag
from chalicelib.journeys.engine.chart import Chart, Door, Goal, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.enrolling import tidied
from chalicelib.journeys.engine.listening import heard_all
from chalicelib.journeys.engine.model import NEVER, OUTSIDE, Arm, Enrolment, RunState, Send, message_of
from chalicelib.journeys.nodes.acting import Do
from chalicelib.journeys.nodes.choosing import Branch, Split
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SECOND, SUBMITTED, Somebody, Trip, chart, expecting, happened, send

KEYED = {"properties.order_id": "entry.key"}
CLAIM = WaitFor(
    (
        (expecting("Claimed", "nodes/claim/wait_for/0", KEYED), "tag"),
        (expecting("Clicked", "nodes/claim/wait_for/1", {"properties.message": "sends.offer"}), "split"),
    ),
    20 * MINUTE,
    "pick",
)
STEPS: dict[str, Any] = {
    "hold": Wait(HOUR, "offer"),
    "offer": send("claim"),
    "claim": CLAIM,
    "pick": Branch((("nodes/pick/branch/0/where", "hold"),), "split"),
    "split": Split(((1, "tag"), (2, "again"))),
    "again": send("done", "unpaid2"),
    "tag": Do((AddTag("claimed"),), "done"),
    "done": Exit("finished"),
}
times = st.integers(0, 5 * 60).map(lambda minutes: minutes * MINUTE)
late = st.integers(0, 40).map(lambda seconds: seconds * SECOND)
policies = st.sampled_from(list(Policy))


@st.composite
def journeys(draw: st.DrawFn) -> Chart:
    then_not = NotThen(expecting("OrderPaid", "entry/then_not", KEYED), 30 * MINUTE) if draw(st.booleans()) else None
    limit = draw(st.sampled_from([(0, 0), (2, HOUR)]))
    door = Door(expected=SUBMITTED, key="properties.order_id", then_not=then_not, re_entry=ReEntry(draw(policies), *limit))
    exits = (expecting("OrderPaid", "exit/0", KEYED),) if draw(st.booleans()) else ()
    goal = Goal(expecting("OrderPaid", "goal", KEYED), (("1h", HOUR), ("3h", 3 * HOUR)))
    return chart(door=door, exits=exits, goal=goal, control=draw(st.sampled_from([0.0, 0.0, 0.5])), **STEPS)


Story = list[tuple[str, int, str, int]]  # (what, ms after NOW, whose order, how much later it is heard of)
happenings = st.lists(
    st.tuples(st.sampled_from(["OrderSubmitted", "Claimed", "OrderPaid", "Clicked", "wake"]), times, st.sampled_from("AB"), late),
    max_size=25,
)
people = st.builds(Somebody, holds=st.sampled_from([set(), {"nodes/pick/branch/0/where"}]))


def event_at(name: str, at: int, order: str, message: str = "") -> Event:
    return happened(name, at, f"{name}-{order}-{at}", order_id=order, message=message or order)


def lived(made: Chart, story: Story, person: Somebody | None = None) -> tuple[Trip, list[Event]]:
    """A person to whom all this happens, in the order of being heard of, with a look whenever one is due or is asked for."""
    trip, told = Trip(made, person or Somebody()), []
    for name, at, order, delay in sorted(story, key=lambda one: one[1] + one[3]):
        looks(trip, at + delay)
        if name == "wake":
            trip.wake(at + delay)
            continue
        event = event_at(name, at, order, next((run.sent[-1].message for run in trip.enrolment.runs if run.key == order and run.sent), ""))
        told.append(event)
        trip.hear(event, at=at + delay)
        if name == "OrderSubmitted":
            trip.enter(event, late=delay)
        check(trip)
    return trip, told


def looks(trip: Trip, until: int) -> None:
    """All timers that go off until then."""
    while (due := engine.next_look(trip.charts, trip.enrolment)) != NEVER and due <= NOW + until:
        assert trip.wake(due - NOW), "a timer that is due changes something"
        check(trip)


def check(trip: Trip) -> None:
    """What holds at every moment."""
    armed = {(one.run, one.at) for one in trip.of(Arm)}
    for run in trip.enrolment.runs:
        present = [visit for visit in run.visits if visit.until == NEVER]
        assert len(present) == (1 if run.open else 0), "a run that is open is at one node, one that is over at none"
        assert run.state is not RunState.GOING or present[0].node == run.node
        assert [one.since for one in run.visits] == sorted(one.since for one in run.visits)
        assert run.state is not RunState.GOING or (run.id, run.due + GRACE) in armed, "no stay without its timer"
    sends = Counter((one.run, one.node, one.visit) for one in trip.of(Send))
    assert not sends or max(sends.values()) == 1, "no step twice"
    marks = [mark.run for mark in trip.enrolment.marks]
    assert len(marks) == len(set(marks))
    assert {run.id for run in trip.enrolment.runs if run.open} <= set(marks), "nobody is inside who has not entered"


def threads(trip: Trip) -> Counter[str]:
    return Counter(run.key for run in trip.enrolment.runs if run.open)


@settings(max_examples=80, deadline=None)
@given(journeys(), happenings, people)
def test_whatever_happens_every_run_is_at_one_node_and_takes_no_step_twice(made: Chart, story: Story, person: Somebody) -> None:
    trip, _ = lived(made, story, person)
    if made.door.re_entry.policy is not Policy.ALWAYS:
        assert all(count == 1 for count in threads(trip).values()), "one thread for each entry"


@settings(max_examples=80, deadline=None)
@given(journeys(), happenings, people)
def test_in_the_end_everybody_is_out_and_nobody_is_lost(made: Chart, story: Story, person: Somebody) -> None:
    trip, _ = lived(made, story, person)
    looks(trip, 100 * DAY)
    assert not any(run.open for run in trip.enrolment.runs)
    begun = {one.run for one in trip.done if getattr(one, "name", "") == "$journey_entered"}
    ended = Counter(one.run for one in trip.done if getattr(one, "name", "") == "$journey_exited")
    assert ended == Counter(begun), "who has entered leaves once"


@settings(max_examples=80, deadline=None)
@given(journeys(), happenings, people, st.integers(0, 10 * 60))
def test_everything_heard_again_changes_nothing(made: Chart, story: Story, person: Somebody, after: int) -> None:
    """Whatever is delivered twice, as long as nothing new became known between (which is what looking back is for)."""
    trip, events = lived(made, story, person)
    now = NOW + 6 * HOUR
    once = heard_all(trip.charts, trip.enrolment, events, now, trip.person)
    twice = heard_all(trip.charts, once, events, now + after * MINUTE, trip.person)
    assert twice is once
    for event in events:
        arrival = engine.arrival_of(made, event, "p_ming")
        if isinstance(arrival, engine.Arrival) and any(mark.run == arrival.run for mark in once.marks):
            assert engine.entered(made, once, arrival, now, trip.person) is once


@settings(max_examples=80, deadline=None)
@given(journeys(), happenings)
def test_woken_early_or_twice_nothing_happens(made: Chart, story: Story) -> None:
    trip, _ = lived(made, story)
    due = engine.next_look(trip.charts, trip.enrolment)
    if due != NEVER:
        assert engine.woken(trip.charts, trip.enrolment, due - 1, trip.person) is trip.enrolment
        once = engine.woken(trip.charts, trip.enrolment, due, trip.person)
        assert once is not trip.enrolment
        assert engine.next_look(trip.charts, once) == NEVER or engine.next_look(trip.charts, once) >= due


@settings(max_examples=80, deadline=None)
@given(journeys(), happenings, times)
def test_an_exit_rule_is_obeyed_at_once(made: Chart, story: Story, at: int) -> None:
    trip, _ = lived(replace(made, exits=(expecting("OrderPaid", "exit/0", KEYED),)), story)
    trip.hear(event_at("OrderPaid", at, "A"), at=6 * HOUR)
    for run in trip.enrolment.runs:
        began = run.visits[0].since if run.visits and run.visits[0].node == OUTSIDE else run.entered_at
        assert not (run.key == "A" and run.open and began <= NOW + at)


@settings(max_examples=60, deadline=None)
@given(journeys(), happenings, happenings)
def test_two_orders_of_a_person_do_not_get_in_each_others_way(made: Chart, ones: Story, others: Story) -> None:
    """The runs of one key are the same whether or not those of another are there."""
    free = replace(made, door=replace(made.door, re_entry=ReEntry(made.door.re_entry.policy)), goal=None)
    mine = [(name, at, "A", delay) for name, at, _, delay in ones]
    theirs = [(name, at, "B", delay) for name, at, _, delay in others if name != "wake"]
    (alone, _), (together, _) = lived(free, mine), lived(free, [*mine, *theirs])
    for trip in (alone, together):
        looks(trip, 6 * HOUR)
    found = {run.id: replace(run, visits=(), again=False) for run in together.enrolment.runs}  # which was the first is told of all keys
    mine_alone = [replace(run, visits=(), again=False) for run in alone.enrolment.runs]
    assert all(found.get(run.id, run) == run for run in mine_alone)


CHAIN: dict[str, Any] = {
    f"for_{number}": WaitFor(((expecting(f"E{number}", f"nodes/for_{number}"), f"rest_{number}"),), HOUR, f"rest_{number}")
    for number in range(4)
}
CHAIN |= {f"rest_{number}": Wait(MINUTE, f"for_{number + 1}" if number < 3 else "done") for number in range(4)}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(times, st.integers(0, GRACE - 1)), min_size=4, max_size=4))
def test_events_that_arrive_late_and_out_of_order_within_the_grace_count_as_if_in_time(plan: list[tuple[int, int]]) -> None:
    """With what is stored looked through at every look, as those who move people on do."""
    made = chart(start="for_0", **CHAIN, done=Exit("finished"))
    events = [(happened(f"E{number}", at), delay) for number, (at, delay) in enumerate(plan)]
    ways = []
    for delays in (True, False):
        trip = Trip(made)
        trip.enter()
        arriving = sorted(((event.time + (delay if delays else 0), event) for event, delay in events), key=lambda one: one[0])
        for at, event in [*arriving, (NOW + DAY, happened("Nothing", DAY))]:
            while (due := engine.next_look(trip.charts, trip.enrolment)) != NEVER and due <= at:
                known = [one for when, one in arriving if when <= due]
                trip.put(engine.caught_up(trip.charts, trip.enrolment, known, due, trip.person))
            known = [*(one for when, one in arriving if when < at), event]
            trip.put(engine.caught_up(trip.charts, trip.enrolment, known, at, trip.person))
        ways.append([(visit.node, visit.since, visit.until, visit.outcome) for visit in trip.run.visits])
    assert ways[0] == ways[1]


@settings(max_examples=60, deadline=None)
@given(journeys(), happenings, happenings)
def test_united_everybodys_runs_are_there_and_one_thread_for_each_key(made: Chart, ones: Story, others: Story) -> None:
    (mine, _), (theirs, _) = lived(made, ones), lived(made, [(name, at + 1, order, delay) for name, at, order, delay in others])
    their = replace(theirs.enrolment, person="p_other")
    now = NOW + 6 * HOUR
    one = engine.united(mine.enrolment, their, mine.charts, now)
    other = engine.united(their, mine.enrolment, mine.charts, now)
    known = [tidied(replace(each, outbox=()), mine.charts, now).runs for each in (one, other)]
    assert (known[0], one.marks) == (known[1], other.marks)
    was_open = {run.id for run in (*mine.enrolment.runs, *their.runs) if run.open}
    assert was_open <= {run.id for run in one.runs}, "nobody is lost"
    if made.door.re_entry.policy is not Policy.ALWAYS:
        assert all(count == 1 for count in Counter(run.key for run in one.runs if run.open).values())
    assert engine.united(replace(one, outbox=()), Enrolment("p_other", "unpaid"), mine.charts, now).runs == one.runs, "once"


def test_the_message_of_a_step_has_one_name_for_ever() -> None:
    assert message_of("r1", "offer", 2) == message_of("r1", "offer", 2)
    assert len({message_of(run, node, visit) for run in ("r1", "r2") for node in ("a", "b") for visit in (0, 1)}) == 8
