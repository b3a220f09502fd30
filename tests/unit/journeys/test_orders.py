"""What is ordered for a node that a run passes, and which versions runs depend on."""

from dataclasses import replace

import pytest

from chalicelib.dispatch.model import Source, SourceKind
from chalicelib.journeys.engine.chart import Chart, Door, Expected, Goal, Message
from chalicelib.journeys.engine.enrolling import MARKED_MS
from chalicelib.journeys.engine.messages import Passing, order_of
from chalicelib.journeys.engine.model import Run, RunState, Sent, message_of
from chalicelib.journeys.retiring import is_needed
from chalicelib.journeys.steps.guard import FEWEST, Count
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.messages.templates.published import Template

NOW = 1_781_000_000_000
HOUR = 3_600_000
CHART = Chart("coupon", 3, "hold", {}, Door())
ENTRY = {"name": "OrderPlaced", "time": "2026-06-09T10:00:00.000Z", "properties": {"order_id": "o-7", "amount": 12}}
RUN = Run("r1", 3, "o-7", "openid:wx1#oMulan", "p_1", NOW - HOUR, "offer", NOW, entry=ENTRY)
PASSING = Passing(CHART, RUN, "offer", 1, NOW)
SMS = {
    "account": "ali",
    "provider": "aliyun",
    "signature": "旗舰店",
    "template": "S1",
    "text": "${n} 拒收请回复R",
    "variables": {"n": "{{ entry.properties.order_id }}"},
}
TEMPLATE = Template(
    "coupon",
    5,
    TemplateDocument.model_validate(
        {"category": "marketing", "channels": {"sms": SMS, "mass": {"account": "wx1", "content": {"text": "春"}}}}
    ),
)


def test_an_order_is_of_the_journey_and_counted_by_version_and_node() -> None:
    order = order_of(PASSING, Message("coupon"), TEMPLATE, "p_1")
    assert (order.id, order.person, order.asked_at) == (message_of("r1", "offer", 1), "p_1", NOW)
    assert (order.source, order.report) == (Source(SourceKind.JOURNEY, "coupon"), "journey#coupon#3#offer")
    assert (order.template, order.version, order.category) == ("coupon", 5, Category.MARKETING)


def test_whoever_names_no_channels_gets_all_but_mass_messages() -> None:
    assert order_of(PASSING, Message("coupon"), TEMPLATE, "p_1").channels == (ChannelName.SMS,)
    assert order_of(PASSING, Message("coupon", (ChannelName.PUSH,)), TEMPLATE, "p_1").channels == (ChannelName.PUSH,)


def test_a_message_knows_of_the_entry_what_its_words_ask_for() -> None:
    order = order_of(PASSING, Message("coupon"), TEMPLATE, "p_1")
    assert order.entry == {"name": "OrderPlaced", "time": "2026-06-09T10:00:00.000Z", "key": "o-7", "properties": {"order_id": "o-7"}}


def test_a_message_is_worth_sending_for_as_long_as_the_node_says() -> None:
    assert order_of(PASSING, Message("coupon", within=HOUR), TEMPLATE, "p_1").expires == NOW + HOUR
    assert order_of(PASSING, Message("coupon"), TEMPLATE, "p_1").expires is None


def test_messages_of_one_visit_are_told_apart() -> None:
    ids = {order_of(PASSING, Message("coupon"), TEMPLATE, "p_1", act).id for act in (None, (0, 0), (1, 0), (0, 1))}
    assert len(ids) == 4


# ---- versions that runs depend on ----


AIMING = replace(CHART, goal=Goal(Expected("goal", "OrderPaid"), (("1d", 24 * HOUR),)))


@pytest.mark.parametrize("state", [RunState.GOING, RunState.FAILED])
def test_a_run_that_is_under_way_needs_its_version(state: RunState) -> None:
    assert is_needed(replace(RUN, state=state), CHART, NOW + 365 * 24 * HOUR)


@pytest.mark.parametrize("state", [RunState.ENDED, RunState.HELD_OUT])
def test_a_run_that_may_come_to_the_goal_needs_its_version(state: RunState) -> None:
    run = replace(RUN, state=state)
    assert is_needed(run, AIMING, RUN.entered_at + 24 * HOUR - 1)
    assert not is_needed(run, AIMING, RUN.entered_at + 24 * HOUR)
    assert not is_needed(run, CHART, RUN.entered_at)


def test_a_goal_may_be_reached_after_a_message_too() -> None:
    run = replace(RUN, state=RunState.ENDED, sent=(Sent("offer", NOW, "m"),))
    assert is_needed(run, AIMING, NOW + 24 * HOUR - 1)
    assert not is_needed(run, AIMING, NOW + 24 * HOUR)


def test_an_exit_may_still_call_back_the_message_of_a_run_that_is_over() -> None:
    chart = replace(CHART, exits=(Expected("exit", "OrderPaid"),))
    run = replace(RUN, state=RunState.ENDED, reason="told", ended_at=NOW, sent=(Sent("offer", NOW, "m"),))
    assert is_needed(run, chart, NOW + MARKED_MS)
    assert not is_needed(run, chart, NOW + MARKED_MS + 1)
    assert not is_needed(replace(run, sent=()), chart, NOW)
    assert not is_needed(replace(run, reason="exited"), chart, NOW)


# ---- too many failures ----


@pytest.mark.parametrize(
    ("steps", "failures", "too_many"),
    [
        (FEWEST - 1, FEWEST - 1, False),
        (FEWEST, FEWEST, True),
        (5 * FEWEST - 1, FEWEST, True),
        (5 * FEWEST, FEWEST, False),
        (1_000_000, 100_000, False),
    ],
)
def test_a_journey_is_paused_for_many_failures_that_are_many_of_its_steps(steps: int, failures: int, too_many: bool) -> None:
    assert Count(steps, failures).is_too_many is too_many
