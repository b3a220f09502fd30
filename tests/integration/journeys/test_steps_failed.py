"""Steps that cannot be carried out: the run stays at its node until it is tried again, and nobody else is the worse for it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.dispatch import deciding
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.identifiers import identifier
from chalicelib.journeys.counts import counting
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import joining
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import guard
from chalicelib.journeys.steps.guard import FEWEST
from chalicelib.messages.templates import published
from chalicelib.people.reading import person_of
from tests.integration.journeys.reminding import FAN, REMIND, WHO, order
from tests.support.aws import Stack
from tests.support.journeys import GRACE, Road, open_journeys
from tests.support.living import HOUR


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody who is reminded of their orders."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.publish("remind", REMIND)
    return road


def no_template(name: str) -> None:
    """None is in force."""


def test_a_step_whose_template_is_gone_waits_to_be_tried_again(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    order(road)
    with monkeypatch.context() as gone:
        gone.setattr(published, "in_force", no_template)
        road.later(2 * HOUR + GRACE)
    run = road.run(*WHO, "remind")
    assert (run.state, run.node, run.reason, run.sent) == (RunState.FAILED, "offer", "template_unknown", ())
    tried_again(road)
    road.office.flow()
    (message,) = road.messages(*WHO, "remind")
    assert (message.state, road.run(*WHO, "remind").node) == (State.QUEUED, "rest")


def tried_again(road: Road) -> None:
    """As an operator has it done."""

    def changed(enrolment: Enrolment, person: Any) -> Enrolment:
        charts = joining.charts_for([enrolment], "remind")
        return engine.retried(charts, enrolment, lambda _: True, road.clock.now, view_of(person, road.clock.now))

    joining.change(person_of(identifier(*WHO)).id, "remind", road.clock.now, changed)


def test_what_cannot_be_counted_is_sent_all_the_same_and_put_aside(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object) -> None:
        raise ValueError("a sheet that nobody understands")

    order(road)
    monkeypatch.setattr(counting, "note", unreadable)
    road.later(2 * HOUR + GRACE)
    assert [one.state for one in road.messages(*WHO, "remind")] == [State.QUEUED]
    assert [json.loads(one)["function"] for one in road.office.stack.messages("dead-letters")] == ["perform"]


def test_a_step_that_nobody_has_foreseen_to_fail_keeps_only_its_own_run(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = road.office.order(*WHO).person

    def decided(orders: Sequence[Order], now: int) -> list[Message]:
        if any(one.person == spoilt for one in orders):
            raise KeyError("something of theirs is missing")
        return real(orders, now)

    other = {"openid__wx1": "oXuan"}
    road.office.person(**other)
    order(road)
    order(road, **other)
    real = deciding.begun_many
    monkeypatch.setattr(deciding, "begun_many", decided)
    road.later(2 * HOUR + GRACE)
    assert (road.run(*WHO, "remind").state, road.run(*WHO, "remind").reason) == (RunState.FAILED, "step_fault")
    assert [one.state for one in road.messages("openid:wx1", "oXuan", "remind")] == [State.QUEUED]


def test_a_journey_of_which_too_many_steps_fail_pauses_itself(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(FEWEST):
        road.tells("OrderPlaced", {"order_id": f"o{number}"}, *WHO)
    road.office.flow()
    monkeypatch.setattr(published, "in_force", no_template)
    road.later(2 * HOUR + GRACE)
    standing = book.newest().pages["remind"]
    assert (standing.state, standing.by, standing.reason) == (JourneyState.PAUSED, "guard", "too_many_failures")


def test_what_failed_before_a_journey_was_let_go_on_does_not_pause_it_again(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(FEWEST):
        road.tells("OrderPlaced", {"order_id": f"o{number}"}, *WHO)
    road.office.flow()
    monkeypatch.setattr(published, "in_force", no_template)
    road.later(2 * HOUR + GRACE)
    book.put_state("remind", JourneyState.RUNNING, road.clock.now + 1, "test")
    guard.failed("remind", road.clock.now + 1)
    assert book.newest().pages["remind"].state is JourneyState.RUNNING


def test_a_journey_of_which_few_steps_fail_goes_on(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        order(road, f"o{number}")
    monkeypatch.setattr(published, "in_force", no_template)
    road.later(2 * HOUR + GRACE)
    assert book.newest().pages["remind"].state is JourneyState.RUNNING
