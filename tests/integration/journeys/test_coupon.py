"""An order that is not paid in two hours brings one coupon, and one that is paid in time brings none."""

from typing import Any, Final

import pytest

from chalicelib.dispatch.model import State
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine.model import RunState
from chalicelib.journeys.steps import moving_on
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.reading import person_of
from chalicelib.providers.model import Outcome, Result
from tests.support.aws import Stack
from tests.support.journeys import GRACE, SECOND, Road, open_journeys
from tests.support.living import HOUR
from tests.support.ring import MINUTE

COUPON: Final[dict[str, Any]] = {
    "title": "未支付优惠券",
    "entry": {"event": "OrderPlaced", "key": "properties.order_id", "re_entry": {"policy": "always"}},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"},
        "offer": {"send": {"template": "points"}, "next": "done"},
        "done": {"exit": "told"},
    },
}
FAN: Final = {"openid__wx1": "oMulan"}
WHO: Final = ("openid:wx1", "oMulan")
SENT: Final = Outcome(Result.SENT, provider_id="88")


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody whom the coupon may reach."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.publish("coupon", COUPON)
    return road


def test_an_order_that_nobody_pays_brings_one_coupon_after_two_hours(road: Road) -> None:
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR - SECOND)
    assert road.messages(*WHO, "coupon") == []
    road.later(SECOND + GRACE)
    (message,) = road.messages(*WHO, "coupon")
    assert (message.state, message.order.source.name, message.order.template) == (State.QUEUED, "coupon", "points")
    road.later(24 * HOUR)
    assert road.office.call(ChannelName.TEMPLATE, SENT) == [message.id]


def test_an_order_that_is_paid_in_time_brings_none(road: Road) -> None:
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR - MINUTE)
    road.does("OrderPaid", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR)
    assert road.messages(*WHO, "coupon") == []
    assert road.run(*WHO, "coupon").state is RunState.ENDED


def test_whoever_pays_when_the_coupon_is_decided_but_not_asked_for_yet_gets_none(road: Road) -> None:
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    road.pass_by(2 * HOUR + GRACE)
    moving_on.look_at(person_of(identifier(*WHO)).id, "coupon", road.clock.now)
    assert road.run(*WHO, "coupon").reason == "told"  # on its way it has come to the end
    road.tells("OrderPaid", {"order_id": "o1"}, *WHO)
    road.office.flow()
    assert [one.state for one in road.messages(*WHO, "coupon")] == [State.REFUSED]


def test_of_two_orders_the_one_that_is_not_paid_brings_a_coupon(road: Road) -> None:
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    road.does("OrderPlaced", {"order_id": "o2"}, **FAN)
    road.does("OrderPaid", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR + MINUTE)
    (message,) = road.messages(*WHO, "coupon")
    assert message.order.entry is not None
    assert road.run(*WHO, "coupon").key == "o2"


def test_the_way_through_a_journey_stands_on_the_timeline(road: Road) -> None:
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR + MINUTE)
    road.office.call(ChannelName.TEMPLATE, SENT)
    found = [name for name in road.names(*WHO) if name.startswith("$")]
    assert found == ["$journey_entered", "$journey_exited", "$message_sent"]


def test_ten_orders_of_one_moment_that_nobody_pays_bring_ten_coupons(road: Road) -> None:
    for number in range(10):
        road.tells("OrderPlaced", {"order_id": f"o{number}"}, *WHO)
    road.office.flow()
    road.later(2 * HOUR + MINUTE)
    asked = [item for item in road.office.stack.items("messages") if item["sk"]["S"] == "send"]
    assert len(asked) == 10
