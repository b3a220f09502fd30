"""Who is treated is held against who is only watched, each person once: so a journey that does nothing is worth nothing."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.journeys.counts.census import CONTROL, Census
from chalicelib.journeys.counts.intervals import difference
from chalicelib.journeys.counts.words import TREATED, Where, legend_of, read, word_of
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart, Door, Goal, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.enrolling import COMPARED_MS
from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.waiting import Wait
from chalicelib.journeys.runs.packing import packed, unpacked
from tests.support.charts import DAY, HOUR, MINUTE, NOW, SUBMITTED, Somebody, Trip, chart, expecting, happened

GOAL = Goal(expecting("OrderPaid", "goal"), (("30d", 30 * DAY),))
RHYTHMS = (5, 8, 16)  # days between the entries of somebody lively: every one of them ends before the next, none before the goal's window


def idle(policy: Policy = Policy.AFTER_EXIT, control: float = 0.5, **parts: Any) -> Chart:
    """A journey that does nothing."""
    door = Door(expected=SUBMITTED, re_entry=ReEntry(policy))
    made: dict[str, Any] = {"door": door, "goal": GOAL, "control": control, "hold": Wait(HOUR, "done"), "done": Exit("finished")}
    return chart(**(made | parts))


def lived(made: Chart, who: str, entries: Iterable[int], paid: int | None = None) -> Enrolment:
    """Somebody's story: entries, each run being over in an hour, and what is paid whatever the journey does. Instants after NOW (ms)."""
    enrolment, charts = Enrolment(who, "unpaid"), {1: made}
    for at in entries:
        if enrolment.expires and enrolment.expires < NOW + at:
            enrolment = Enrolment(who, "unpaid")  # forgotten
        arrival = engine.arrival_of(made, happened("OrderSubmitted", at), who)
        assert isinstance(arrival, engine.Arrival)
        found = engine.entered(made, enrolment, arrival, NOW + at, Somebody())
        enrolment = replace(found, outbox=()) if isinstance(found, Enrolment) else enrolment
        enrolment = replace(engine.woken(charts, enrolment, NOW + at + 2 * HOUR, Somebody()), outbox=())
    if paid is not None:
        enrolment = engine.heard(charts, enrolment, happened("OrderPaid", paid), NOW + paid, Somebody())
    return enrolment


def counted(made: Chart, runs: Iterable[Run]) -> Census:
    legend = legend_of(made)
    census = Census(legend.windows)
    for run in runs:
        census.add(read(word_of(run, 1, legend), legend))
    return census


@pytest.mark.parametrize("every", RHYTHMS)
@pytest.mark.parametrize("policy", [Policy.AFTER_EXIT, Policy.ALWAYS, Policy.NEVER])
def test_a_journey_that_does_nothing_is_worth_nothing(policy: Policy, every: int) -> None:
    """Half of the people are lively, come often, and pay in the end; the others come once and do not."""
    made = idle(policy)
    lively = [lived(made, f"p{number}", range(0, 26 * DAY, every * DAY), 26 * DAY) for number in range(200)]
    others = [lived(made, f"q{number}", [0]) for number in range(200)]
    census = counted(made, (run for one in (*lively, *others) for run in one.runs))
    assert census.firsts.total() == 400, "each person once"
    found = difference(census.reached(TREATED, 0), census.reached(CONTROL, 0))
    assert found is not None
    assert found[1].low <= 0 <= found[1].high
    assert census.of(*TREATED) + census.of(*CONTROL) == sum(len(one.runs) for one in (*lively, *others)), "all runs are counted elsewhere"


@pytest.mark.parametrize("every", RHYTHMS)
def test_who_is_watched_is_one_person_also_after_the_goal_s_window(every: int) -> None:
    made = idle()
    for who in (f"p{number}" for number in range(20)):
        enrolment = lived(made, who, range(0, 100 * DAY, every * DAY))
        assert all(run.again for run in enrolment.runs) or len(enrolment.runs) <= 5
        assert sum(not run.again for run in enrolment.runs) <= 1


def test_somebody_who_was_inside_is_known_for_a_year_where_there_is_a_control_group() -> None:
    assert lived(idle(), "p1", [0]).expires >= NOW + COMPARED_MS
    assert lived(idle(control=0.0), "p1", [0]).expires < NOW + 40 * DAY


def test_what_fell_through_was_no_entry() -> None:
    made = idle(door=Door(expected=SUBMITTED, then_not=NotThen(expecting("OrderPaid", "entry/then_not"), 30 * MINUTE)))
    trip = Trip(made)
    trip.enter()
    trip.hear(happened("OrderPaid", MINUTE))
    trip.enter(happened("OrderSubmitted", HOUR))
    trip.wake(2 * HOUR)
    assert [run.again for run in trip.enrolment.runs if run.inside] == [False]
    trip.enter(happened("OrderSubmitted", 40 * DAY))
    trip.wake(41 * DAY)
    assert sorted(run.again for run in trip.enrolment.runs if run.inside) == [False, True]


def test_the_word_and_the_stored_form_keep_it_and_older_ones_are_read_as_first() -> None:
    made = idle(control=0.0)
    enrolment = lived(made, "p1", [0, DAY])
    second, first = sorted(enrolment.runs, key=lambda run: -run.entered_at)
    assert (first.again, second.again) == (False, True)
    text = packed(enrolment)
    assert unpacked(text, "p1", "unpaid", 0, enrolment.expires) == enrolment
    old = text.replace(',"f":true', "").replace('"f":true,', "")
    assert old != text
    assert not any(run.again for run in unpacked(old, "p1", "unpaid", 0, 0).runs)
    word = read(word_of(second, 1, legend_of(made)), legend_of(made))
    assert (word.where, word.again, word.reason) == (Where.ENDED, True, "finished")
