"""A goal is credited to the newest message that went out before it."""

import pytest

from chalicelib.dispatch.model import Message, Order, Source, SourceKind, State, Step
from chalicelib.journeys.engine.model import Reached, Run, Sent
from chalicelib.journeys.steps.crediting import credited, went_out
from chalicelib.messages.templates.model import Category
from tests.support.charts import DAY, HOUR, MINUTE, NOW

OUT = [(State.ACCEPTED, 0), (State.QUEUED, 0), (State.CLAIMED, MINUTE), (State.SENT, 2 * MINUTE)]
REFUSED = [(State.ACCEPTED, 0), (State.REFUSED, 0)]
DEFERRED = [(State.ACCEPTED, 0), (State.DEFERRED, 0)]


def message(name: str, asked: int, steps: list[tuple[State, int]]) -> Message:
    order = Order(name, "p_1", "points", 1, Category.MARKETING, Source(SourceKind.JOURNEY, "unpaid"), NOW + asked)
    trail = tuple(Step(state, NOW + asked + after) for state, after in steps)
    return Message(order, trail[-1].state, trail[-1].at, trail=trail)


def credit(*messages: Message, reached: int = 5 * HOUR, window: int = DAY) -> str:
    sent = tuple(Sent("offer", one.order.asked_at, one.id) for one in messages)
    newest = sent[-1].message if sent else ""
    run = Run("r", 1, "", "b", "s", NOW, "rest", NOW, sent=sent, reached=Reached(NOW + reached, message=newest))
    found = credited(run, {one.id: one for one in messages}, window)
    return found.id if found else ""


def test_of_two_that_went_out_it_is_the_newer_one() -> None:
    assert credit(message("first", HOUR, OUT), message("second", 2 * HOUR, OUT)) == "second"


@pytest.mark.parametrize("steps", [REFUSED, DEFERRED, [*OUT[:3], (State.FAILED, HOUR)], [*OUT[:3], (State.UNKNOWN, HOUR)], OUT[:2]])
def test_one_that_did_not_go_out_is_passed_over(steps: list[tuple[State, int]]) -> None:
    assert credit(message("first", HOUR, OUT), message("second", 2 * HOUR, steps)) == "first"
    assert credit(message("second", 2 * HOUR, steps)) == ""


def test_one_that_went_out_after_the_goal_did_not_bring_it() -> None:
    late = message("second", 2 * HOUR, [(State.ACCEPTED, 0), (State.DEFERRED, 0), (State.CLAIMED, 9 * HOUR), (State.SENT, 9 * HOUR)])
    assert credit(message("first", HOUR, OUT), late) == "first"


def test_one_whose_window_is_over_did_not_bring_it() -> None:
    assert credit(message("first", 0, OUT), message("second", 2 * HOUR, REFUSED), window=4 * HOUR) == ""


def test_what_a_platform_took_on_is_out_from_the_call_on_however_late_it_is_told_of() -> None:
    clicked = message("first", 0, [*OUT, (State.DELIVERED, HOUR), (State.CLICKED, 9 * HOUR)])
    assert went_out(clicked, NOW + MINUTE)
    assert not went_out(clicked, NOW + MINUTE - 1)
