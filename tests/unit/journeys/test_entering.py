"""Who enters: by which events, how often, and every reason for which somebody does not."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.events.model import Kind
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.arrivals import MOST_BYTES, MOST_DEEP, MOST_OPEN, Arrival, EntryRefusal, Refused
from chalicelib.journeys.engine.chart import Chart, Door, Goal, Policy, ReEntry
from chalicelib.journeys.engine.model import OUTSIDE, Enrolment, Note, RunState, Tell
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SUBMITTED, Somebody, Trip, chart, expecting, happened


def journey(policy: Policy = Policy.AFTER_EXIT, limit: int = 0, within: int = 0, **door: Any) -> Chart:
    wanted = Door(expected=SUBMITTED, re_entry=ReEntry(policy, limit, within), **door)
    return chart(door=wanted, hold=Wait(HOUR, "done"), done=Exit("finished"))


def test_an_event_enters_and_the_first_stay_begins_at_its_time() -> None:
    trip = Trip(journey())
    assert trip.enter(late=1500) == ""
    assert (trip.run.entered_at, trip.run.since, trip.run.due) == (NOW, NOW, NOW + HOUR)
    assert trip.run.entry == {"name": "OrderSubmitted", "time": "2026-11-21T22:26:40.000Z", "properties": {}}
    assert [(one.name, one.at) for one in trip.of(Tell)] == [("$journey_entered", NOW)]


def test_the_same_event_enters_once_however_often_it_is_delivered() -> None:
    trip = Trip(journey(Policy.ALWAYS))
    trip.enter()
    before = trip.enrolment
    assert trip.enter() == ""
    assert trip.enrolment is before


def test_an_event_that_entered_long_ago_and_whose_run_is_over_does_not_enter_again() -> None:
    trip = Trip(journey())
    trip.enter()
    trip.wake(HOUR + GRACE)
    assert trip.enter(late=2 * HOUR) == ""
    assert len(trip.enrolment.runs) == 1


@pytest.mark.parametrize(
    "event",
    [
        happened("OrderPaid"),
        happened("OrderSubmitted", kind=Kind.PROFILE),
        happened("OrderSubmitted", kind=Kind.DERIVED, initial=True),
        happened("OrderSubmitted", amount=99),
    ],
)
def test_what_is_another_event_no_deed_or_filtered_out_opens_no_door(event: Any) -> None:
    only = chart(door=Door(expected=expecting("OrderSubmitted", amount={"gte": 100})), done=Exit("finished"))
    assert engine.arrival_of(only, event, "p_ming") is None


def test_an_event_without_the_key_is_refused() -> None:
    assert Trip(journey(key="properties.order_id")).enter() == "key_missing"
    assert Trip(journey(key="properties.order_id")).enter(order_id={"a": 1}) == "key_missing"
    trip = Trip(journey(key="properties.order_id"))
    assert trip.enter(order_id=7) == ""
    assert trip.run.key == "7"


def test_two_open_orders_make_two_runs_and_one_order_one() -> None:
    trip = Trip(journey(key="properties.order_id"))
    assert trip.enter(happened("OrderSubmitted", 0, order_id="A1")) == ""
    assert trip.enter(happened("OrderSubmitted", 1, order_id="A2")) == ""
    assert trip.enter(happened("OrderSubmitted", 2, order_id="A1")) == "inside"
    assert [run.key for run in trip.enrolment.runs] == ["A1", "A2"]


def test_after_exit_who_is_inside_does_not_enter_again_and_who_has_left_does() -> None:
    trip = Trip(journey())
    trip.enter()
    assert trip.enter(happened("OrderSubmitted", MINUTE)) == "inside"
    trip.wake(HOUR + GRACE)
    assert trip.enter(happened("OrderSubmitted", HOUR)) == "", "at the moment of leaving one has left"


def test_who_was_inside_at_the_time_of_the_event_does_not_enter_when_it_arrives_late() -> None:
    trip = Trip(journey())
    trip.enter()
    trip.wake(HOUR + GRACE)
    assert trip.enter(happened("OrderSubmitted", HOUR - 1), late=MINUTE) == "inside"


def test_an_event_from_before_a_run_that_is_over_does_not_enter_behind_it() -> None:
    """In order it would have entered, and the other been refused: one of the two enters in either order."""
    trip = Trip(journey())
    trip.enter()
    trip.wake(HOUR + GRACE)
    assert trip.enter(happened("OrderSubmitted", -MINUTE), late=2 * HOUR) == "inside"


def test_always_lets_in_also_who_is_inside() -> None:
    trip = Trip(journey(Policy.ALWAYS))
    assert [trip.enter(happened("OrderSubmitted", at)) for at in range(3)] == ["", "", ""]
    assert len(trip.enrolment.runs) == 3


def test_never_lets_in_once_for_each_key_and_for_good() -> None:
    trip = Trip(journey(Policy.NEVER, key="properties.order_id"))
    trip.enter(order_id="A1")
    trip.wake(HOUR + GRACE)
    assert trip.enter(happened("OrderSubmitted", 300 * DAY, order_id="A1")) == "once"
    assert trip.enter(happened("OrderSubmitted", 300 * DAY, order_id="A2")) == ""
    assert trip.enrolment.expires == 0, "it is never forgotten"


def test_a_limit_slides_with_time_and_counts_over_all_keys() -> None:
    trip = Trip(journey(Policy.ALWAYS, 2, DAY, key="properties.order_id"))
    when = [(0, "A1"), (HOUR, "A2"), (2 * HOUR, "A3"), (DAY - 1, "A4"), (DAY, "A5"), (DAY + 1, "A6"), (DAY + HOUR, "A7")]
    found = [trip.enter(happened("OrderSubmitted", at, order_id=key)) for at, key in when]
    assert found == ["", "", "limit", "limit", "", "limit", ""]


def test_a_person_has_so_many_open_runs_and_no_more() -> None:
    trip = Trip(journey(Policy.ALWAYS))
    found = [trip.enter(happened("OrderSubmitted", at)) for at in range(MOST_OPEN + 1)]
    assert found == [""] * MOST_OPEN + ["too_many_open"]


def test_only_who_is_in_the_segment_enters() -> None:
    assert Trip(journey(segment="followers")).enter() == "not_in_segment"
    assert Trip(journey(segment="followers"), Somebody(segments={"followers"})).enter() == ""


def test_who_is_turned_away_leaves_nothing_behind_and_may_come_again() -> None:
    trip = Trip(journey(Policy.NEVER, segment="followers"))
    trip.enter()
    assert trip.enrolment == Enrolment("p_ming", "unpaid")
    trip.person.segments.add("followers")
    assert trip.enter(happened("OrderSubmitted", MINUTE)) == ""


def test_while_nobody_can_say_who_is_in_the_segment_the_run_waits_outside() -> None:
    trip = Trip(journey(segment="followers"), Somebody(unready={"followers"}))
    assert trip.enter() == ""
    assert (trip.run.node, trip.run.due) == (OUTSIDE, NOW + MINUTE)
    trip.wake(MINUTE + GRACE)
    assert trip.run.node == OUTSIDE
    trip.person = Somebody(segments={"followers"})
    trip.wake(3 * MINUTE)
    assert (trip.run.node, trip.run.entered_at) == ("hold", NOW), "the minutes cost the person nothing"


def test_an_event_of_the_day_before_yesterday_enters_nobody() -> None:
    assert Trip(journey()).enter(late=DAY) == ""
    assert Trip(journey()).enter(late=DAY + 1) == "too_old"


def test_runs_of_a_person_keep_as_much_of_their_entries_as_one_item_holds() -> None:
    trip = Trip(journey(Policy.ALWAYS))
    large: dict[str, Any] = {"note": "满" * (MOST_BYTES // 3 // 4)}  # a quarter, in three bytes each
    entered = [trip.enter(happened("OrderSubmitted", place, **large)) for place in range(5)]
    assert entered == ["", "", "", "too_large", "too_large"]
    assert trip.enter(happened("OrderSubmitted", 9)) == "", "a small one still fits"


def test_while_nobody_can_say_who_is_in_the_segment_no_place_is_taken() -> None:
    asked: list[str] = []
    trip = Trip(journey(segment="vip"), Somebody(unready={"vip"}), gate=lambda _, run: asked.append(run))
    assert trip.enter() == ""
    assert asked == []
    trip.person.unready.clear()
    trip.person.segments.add("vip")
    trip.wake(MINUTE + GRACE)
    assert (trip.run.inside, asked) == (True, [trip.run.id])


def test_who_finds_the_journey_full_is_refused_with_the_reason() -> None:
    trip = Trip(journey(), gate=lambda _, __: EntryRefusal(Refused.CAP_REACHED))
    assert (trip.enter(), trip.enrolment.runs, trip.enrolment.marks) == ("cap_reached", (), ())


def test_journeys_do_not_lead_to_one_another_for_ever() -> None:
    arrival = Arrival("r1", "", "user_id#ming", "p_ming", NOW, depth=MOST_DEEP)
    assert isinstance(engine.entered(journey(), Enrolment("p_ming", "unpaid"), arrival, NOW, Somebody()), Enrolment)
    deeper = engine.entered(journey(), Enrolment("p_ming", "unpaid"), replace(arrival, depth=MOST_DEEP + 1), NOW, Somebody())
    assert deeper == EntryRefusal(Refused.TOO_DEEP, {"depth": MOST_DEEP + 1})


@pytest.mark.parametrize(
    ("name", "led", "depth"),
    [
        ("$points_given", {}, 1),  # by hand, or of a run that no journey led to
        ("$points_given", {"depth": 4}, 5),
        ("$journey_exited", {"depth": 4}, 4),  # a chain of journeys is as long as anybody likes; it is no ring
        ("OrderSubmitted", {"depth": 4}, 0),  # of the shop: a word of its own
    ],
)
def test_who_comes_by_what_a_journey_did_is_as_deep_as_it_and_by_its_points_deeper(name: str, led: dict[str, Any], depth: int) -> None:
    heard = chart(door=Door(expected=expecting(name, "entry")), done=Exit("finished"))
    arrival = engine.arrival_of(heard, happened(name, kind=Kind.DERIVED, **led), "p_ming")
    assert isinstance(arrival, Arrival)
    assert arrival.depth == depth


def test_a_run_tells_how_deep_it_is() -> None:
    trip = Trip(chart(hold=Wait(HOUR, "done"), done=Exit("finished"), goal=Goal(expecting("OrderPaid", "goal"), (("1d", DAY),))))
    found = engine.entered(trip.chart, trip.enrolment, Arrival("r1", "", "user_id#ming", "p_ming", NOW, depth=2), NOW, trip.person)
    assert isinstance(found, Enrolment)
    trip.put(found)
    trip.hear(happened("OrderPaid", MINUTE))
    trip.wake(HOUR + GRACE)
    assert [(one.name, one.properties["depth"]) for one in trip.of(Tell)] == [
        ("$journey_entered", 2),
        ("$journey_goal_reached", 2),
        ("$journey_exited", 2),
    ]


def test_a_clock_that_is_ahead_does_not_put_the_entry_after_what_happens_now() -> None:
    trip = Trip(chart(hold=Wait(HOUR, "done"), done=Exit("finished"), exits=(expecting("OrderPaid"),)))
    trip.enter(happened("OrderSubmitted", 4 * MINUTE), late=-4 * MINUTE)
    assert trip.run.entered_at == NOW
    assert trip.hear(happened("OrderPaid", MINUTE))
    assert trip.run.reason == "exited"


def test_only_what_anybody_asks_for_is_kept_of_the_event() -> None:
    trip = Trip(journey(kept=("properties.order_id", "shop.city")))
    trip.enter(order_id="A1", shop={"city": "北京"}, note="long")
    assert trip.run.entry["properties"] == {"order_id": "A1", "shop": {"city": "北京"}}


def control(share: float, **parts: Any) -> Chart:
    return chart(control=share, hold=Wait(HOUR, "done"), done=Exit("finished"), **parts)


def test_the_control_group_is_let_in_and_goes_nowhere() -> None:
    trip = Trip(control(1.0))
    trip.enter()
    assert (trip.run.state, trip.run.node, trip.run.due, trip.path) == (RunState.HELD_OUT, "", 0, [])
    assert trip.done == [Note(trip.run.id)], "nobody is told, and nothing is sent"


def test_the_control_group_is_its_share_of_people_and_always_the_same() -> None:
    def drawn(person: str) -> RunState:
        arrival = Arrival("r1", "", "user_id#x", person, NOW)
        found = engine.entered(control(0.1), Enrolment(person, "unpaid"), arrival, NOW, Somebody())
        assert isinstance(found, Enrolment)
        return found.runs[0].state

    people = [f"p_{number}" for number in range(2000)]
    first = [drawn(one) for one in people]
    assert [drawn(one) for one in people] == first
    assert 150 < first.count(RunState.HELD_OUT) < 250


def test_who_has_become_another_person_draws_the_lots_of_before() -> None:
    trip = Trip(journey())
    trip.enter()
    trip.wake(HOUR + GRACE)
    trip.enrolment = replace(trip.enrolment, person="p_other")
    trip.enter(happened("OrderSubmitted", 2 * HOUR))
    assert {run.seed for run in trip.enrolment.runs} == {"p_ming"}


def test_who_is_only_watched_is_not_watched_twice_at_a_time() -> None:
    trip = Trip(control(1.0, goal=Goal(expecting("OrderPaid"), (("1d", DAY),))))
    assert [trip.enter(happened("OrderSubmitted", at)) for at in (0, DAY - 1, DAY)] == ["", "inside", ""]
