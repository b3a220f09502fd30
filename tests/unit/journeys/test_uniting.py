"""Two people who turn out to be one, and one who turns out to be two."""

from dataclasses import replace
from typing import Any

from chalicelib.identifiers import Identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.acts import AddTag
from chalicelib.journeys.engine.chart import Chart, Door, Goal, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.model import OUTSIDE, Arm, Credited, Enrolment, Run, RunState, Send, Withdraw
from chalicelib.journeys.engine.model import Do as Done
from chalicelib.journeys.nodes.acting import Do
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SUBMITTED, Trip, chart, expecting, happened, send

PHONE, TABLET = Identifier("anonymous_id", "phone"), Identifier("anonymous_id", "tablet")
STEPS: dict[str, Any] = {
    "hold": Wait(HOUR, "offer"),
    "offer": send("tag"),
    "tag": Do((AddTag("late"),), "rest"),
    "rest": Wait(DAY, "done"),
    "done": Exit("finished"),
}


def journey(policy: Policy = Policy.AFTER_EXIT, key: str = "", **parts: Any) -> Chart:
    return chart(**({"door": Door(expected=SUBMITTED, key=key, re_entry=ReEntry(policy))} | STEPS | parts))


def two(made: Chart, apart: int = MINUTE, **properties: Any) -> tuple[Trip, Trip]:
    """One entered by phone at NOW, the other by tablet so much later."""
    phone, tablet = (Trip(made, enrolment=Enrolment(name, "unpaid")) for name in ("p_phone", "p_tablet"))
    phone.enter(happened("OrderSubmitted", 0, who=PHONE, **properties))
    tablet.enter(happened("OrderSubmitted", apart, who=TABLET, **properties))
    return phone, tablet


def unite(mine: Trip, theirs: Trip, at: int) -> Trip:
    mine.put(engine.united(mine.enrolment, theirs.enrolment, mine.charts, NOW + at))
    return mine


def open_runs(trip: Trip) -> list[Run]:
    return [run for run in trip.enrolment.runs if run.open]


def test_the_earliest_thread_goes_on_and_the_other_is_over() -> None:
    phone, tablet = two(journey())
    for mine, theirs in ((phone, tablet), (tablet, phone)):
        one = unite(Trip(mine.chart, enrolment=mine.enrolment), theirs, 2 * MINUTE)
        (going,) = open_runs(one)
        assert going.by == PHONE.key
        assert {run.by: run.reason for run in one.enrolment.runs} == {PHONE.key: "", TABLET.key: "merged"}


def test_both_sides_come_to_the_same() -> None:
    phone, tablet = two(journey())
    phone.wake(HOUR + GRACE)
    one = engine.united(phone.enrolment, tablet.enrolment, phone.charts, NOW + 2 * HOUR)
    other = engine.united(tablet.enrolment, phone.enrolment, phone.charts, NOW + 2 * HOUR)
    assert (one.runs, one.marks, one.expires) == (other.runs, other.marks, other.expires)


def test_the_thread_goes_on_with_the_timers_of_the_person_that_it_is_now() -> None:
    phone, tablet = two(journey())
    one = unite(tablet, phone, 2 * MINUTE)
    (going,) = open_runs(one)
    assert one.of(Arm)[-1] == Arm(going.id, NOW + HOUR + GRACE)
    one.wake(HOUR + GRACE)
    assert len(one.of(Send)) == 1


def test_a_step_that_the_other_has_taken_is_not_taken_again() -> None:
    """The tablet's run was later, and is further: its wait was shorter, for it was of another version."""
    phone, tablet = two(journey())
    quick = replace(journey(hold=Wait(MINUTE, "offer")), version=2)
    tablet = Trip(quick, enrolment=Enrolment("p_tablet", "unpaid"))
    tablet.enter(happened("OrderSubmitted", MINUTE, who=TABLET))
    tablet.wake(3 * MINUTE)
    assert len(tablet.of(Send)) == len(tablet.of(Done)) == 1
    phone.charts = {1: phone.chart, 2: quick}
    one = unite(phone, tablet, 4 * MINUTE)
    one.wake(HOUR + GRACE)
    (going,) = open_runs(one)
    assert (one.of(Send), one.of(Done)) == ([], [])
    assert [visit.node for visit in going.visits] == ["hold", "offer", "tag", "rest"]
    assert going.visits[1].why == {"taken": True}
    assert [sent.message for sent in going.sent] == [sent.message for sent in tablet.enrolment.runs[0].sent]


def test_what_stands_for_one_step_stands_for_one_only() -> None:
    loop = journey(rest=Wait(HOUR, "offer"))
    phone, tablet = two(loop, 10 * MINUTE)
    quick = replace(loop, version=2, nodes={**loop.nodes, "hold": Wait(MINUTE, "offer")})
    tablet = Trip(quick, enrolment=Enrolment("p_tablet", "unpaid"))
    tablet.enter(happened("OrderSubmitted", MINUTE, who=TABLET))
    tablet.wake(3 * MINUTE)
    phone.charts = {1: phone.chart, 2: quick}
    one = unite(phone, tablet, 4 * MINUTE)
    for hours in (1, 2, 3):
        one.wake(hours * HOUR + GRACE)
    assert len(one.of(Send)) == 2, "of three rounds the first was the tablet's"


def test_of_a_message_that_both_have_asked_for_one_goes() -> None:
    phone, tablet = two(journey())
    for trip in (phone, tablet):
        trip.wake(HOUR + MINUTE + GRACE)
    twice = tablet.enrolment.runs[0]
    one = unite(phone, tablet, 2 * HOUR)
    assert one.of(Withdraw) == [Withdraw(twice.id, (twice.sent[0].message,))]
    assert len(open_runs(one)[0].sent) == 1


def test_runs_of_different_keys_stay_apart() -> None:
    keyed = journey(key="properties.order_id")
    phone, _ = two(keyed, order_id="A1")
    _, tablet = two(keyed, order_id="A2")
    assert [run.key for run in open_runs(unite(phone, tablet, HOUR))] == ["A1", "A2"]


def test_where_one_person_may_be_inside_twice_both_go_on() -> None:
    assert len(open_runs(unite(*two(journey(Policy.ALWAYS)), 2 * MINUTE))) == 2


def test_who_is_inside_goes_on_before_who_still_waits_outside() -> None:
    late = journey()
    waiting = replace(late, version=2, door=replace(late.door, then_not=NotThen(expecting("OrderPaid"), HOUR)))
    phone = Trip(waiting, enrolment=Enrolment("p_phone", "unpaid"))
    phone.enter(happened("OrderSubmitted", 0, who=PHONE))
    _, tablet = two(late)
    tablet.charts[2] = waiting
    assert phone.run.node == OUTSIDE
    assert [run.by for run in open_runs(unite(tablet, phone, 2 * MINUTE))] == [TABLET.key]


def test_a_run_that_is_watched_gives_way_to_one_that_is_treated() -> None:
    goal = Goal(expecting("OrderPaid"), (("1d", DAY),))
    phone, tablet = two(journey(goal=goal))
    watched = replace(journey(goal=goal, control=1.0), version=2)
    phone = Trip(watched, enrolment=Enrolment("p_phone", "unpaid"))
    phone.enter(happened("OrderSubmitted", 0, who=PHONE))
    tablet.charts[2] = watched
    one = unite(tablet, phone, 2 * MINUTE)
    assert {run.by: (run.state, run.reason) for run in one.enrolment.runs} == {
        TABLET.key: (RunState.GOING, ""),
        PHONE.key: (RunState.ENDED, "merged"),
    }


def test_a_goal_of_the_run_that_is_over_counts_for_the_one_that_goes_on() -> None:
    phone, tablet = two(journey(goal=Goal(expecting("OrderPaid"), (("1d", DAY),))))
    tablet.hear(happened("OrderPaid", 2 * MINUTE, who=TABLET))
    (going,) = open_runs(unite(phone, tablet, 3 * MINUTE))
    assert going.reached is not None
    assert going.reached.at == NOW + 2 * MINUTE


def test_entries_of_both_count_for_a_limit() -> None:
    limited = journey()
    limited = replace(limited, door=replace(limited.door, re_entry=ReEntry(Policy.AFTER_EXIT, 2, 7 * DAY)))
    one = unite(*two(limited), 2 * MINUTE)
    one.wake(HOUR + GRACE)
    one.wake(2 * DAY)
    assert not open_runs(one)
    assert one.enter(happened("OrderSubmitted", 3 * DAY)) == "limit"


def test_an_entry_that_was_delivered_to_both_is_one_run() -> None:
    phone, _ = two(journey())
    copy = Trip(phone.chart, enrolment=replace(phone.enrolment, person="p_tablet"))
    copy.wake(HOUR + GRACE)
    (run,) = unite(phone, copy, 2 * HOUR).enrolment.runs
    assert run.node == "rest", "as far as it has come"


def test_with_nobody_nothing_changes() -> None:
    phone, _ = two(journey())
    assert engine.united(phone.enrolment, Enrolment("p_tablet", "unpaid"), phone.charts, NOW) is phone.enrolment


def part(mine: Trip, theirs: Enrolment, by: Identifier, at: int) -> tuple[Enrolment, Enrolment]:
    return engine.parted(mine.enrolment, theirs, lambda run: run.by == by.key, mine.charts, NOW + at)


def test_a_run_stays_with_the_person_that_the_entrys_identifier_stays_with() -> None:
    one = unite(*two(journey(Policy.ALWAYS)), 2 * MINUTE)
    left, gone = part(one, Enrolment("p_new", "unpaid"), TABLET, 3 * MINUTE)
    assert [run.by for run in left.runs] == [PHONE.key]
    assert [run.by for run in gone.runs] == [TABLET.key]
    assert gone.person == "p_new"
    assert gone.outbox == (Arm(gone.runs[0].id, NOW + HOUR + MINUTE + GRACE),)
    assert {mark.run for mark in gone.marks} == {run.id for run in gone.runs}


def test_where_nothing_parts_nothing_changes() -> None:
    phone, _ = two(journey())
    theirs = Enrolment("p_new", "unpaid")
    assert part(phone, theirs, TABLET, 1) == (phone.enrolment, theirs)
    assert part(phone, theirs, TABLET, 1)[0] is phone.enrolment


def test_who_comes_to_somebody_with_a_thread_of_their_own_has_one_thread_there() -> None:
    one = unite(*two(journey(Policy.ALWAYS)), 2 * MINUTE)
    once = journey()
    _, other = two(once, 2 * MINUTE)
    one.charts = {1: once}
    _, gone = part(one, other.enrolment, PHONE, 5 * MINUTE)
    assert [(run.by, run.reason) for run in gone.runs] == [(PHONE.key, ""), (TABLET.key, "merged")]


def test_an_entry_that_is_delivered_again_after_the_parting_enters_nobody() -> None:
    one = unite(*two(journey(Policy.ALWAYS)), 2 * MINUTE)
    _, gone = part(one, Enrolment("p_new", "unpaid"), TABLET, 3 * MINUTE)
    again = Trip(one.chart, enrolment=gone)
    assert again.enter(happened("OrderSubmitted", MINUTE, who=TABLET), late=HOUR) == ""
    assert len(again.enrolment.runs) == 1


def test_parted_and_united_again_they_are_as_before() -> None:
    one = unite(*two(journey(Policy.ALWAYS)), 2 * MINUTE)
    left, gone = part(one, Enrolment("p_new", "unpaid"), TABLET, 3 * MINUTE)
    again = engine.united(replace(left, outbox=()), replace(gone, outbox=()), one.charts, NOW + 4 * MINUTE)
    assert (again.runs, again.marks) == (one.enrolment.runs, one.enrolment.marks)


def test_of_two_goals_of_one_person_the_earlier_one_keeps_its_credit() -> None:
    made = journey(goal=Goal(expecting("OrderPaid", "goal"), (("1d", DAY),)))
    phone, tablet = two(made)
    for trip in (phone, tablet):
        trip.wake(2 * HOUR)
    message = tablet.run.sent[0].message
    phone.hear(happened("OrderPaid", 3 * HOUR))
    tablet.hear(happened("OrderPaid", 4 * HOUR))
    one = unite(phone, tablet, 5 * HOUR)
    assert [(effect.message, effect.instead) for effect in one.of(Credited)][-1] == ("", message)
    (going,) = open_runs(one)
    assert going.reached
    assert going.reached.at == NOW + 3 * HOUR
