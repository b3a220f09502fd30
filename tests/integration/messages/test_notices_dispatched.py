"""Notices on their whole way: one for each change wherever it happened, true when it is sent, by the way that reaches the person."""

from typing import Any

import pytest

import app as application
from chalicelib.dispatch.model import Message, State
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result
from tests.support.aws import Stack
from tests.support.gateway import Gateway
from tests.support.living import PASS, does, put_in_force
from tests.support.messages import CHANNELS, Office, open_office
from tests.support.ring import Ring
from tests.unit.campaigns.test_visits import PHONE

SENT = Outcome(Result.SENT, provider_id="88")
FOLLOWER: dict[str, Any] = {"openid__wx1": "oMulan"}
CARD = {"mobile": "13900000002"}


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Mulan follows, Qing does not; whoever's points change is told."""
    office = open_office(stack, monkeypatch)
    put_in_force(office.ring, notices__points={"event": "PointsChanged", "template": "points", "channels": ["template", "sms"]})
    office.person(**FOLLOWER)
    office.person(**CARD)
    return office


def changes(ring: Ring, points: int, **identifiers: Any) -> None:
    does(ring, "PointsChanged", properties={"points": points}, **identifiers)


def messages(office: Office) -> list[Message]:
    from chalicelib.dispatch import store

    return [store.of_image(item) for item in office.stack.items("messages") if item["sk"]["S"] == "send"]


def ways(office: Office) -> list[tuple[str, Any]]:
    found = [one.trip for one in messages(office) if one.trip]
    return sorted(
        (one.channel.value, one.body["variables"]["points"] if "variables" in one.body else one.body["data"]["number2"]["value"])
        for one in found
    )


def test_a_change_of_points_is_one_notice_wherever_it_happened(office: Office) -> None:
    changes(office.ring, 5, **FOLLOWER)
    changes(office.ring, 7, **CARD)
    assert ways(office) == [("sms", "7"), ("template", "5")]
    till = {"id": "till-1", "name": "PointsChanged", "time": office.clock.now, "identifiers": {"mobile": CARD["mobile"]}}
    for _ in range(2):
        office.ring.send(till | {"properties": {"points": 9}}, by=office.ring.market)  # the till tells it twice
        office.flow()
    assert ways(office) == [("sms", "7"), ("sms", "9"), ("template", "5")]


def test_an_order_is_told_with_the_count_that_is_right_at_the_moment(office: Office) -> None:
    words = CHANNELS["template"] | {"data": {"number2": "{{ person.attributes.orders }}"}}
    counted = {"category": "service", "channels": {"template": words}}
    put_in_force(office.ring, derived_attributes__orders={"count": {"event": "OrderPaid", "within": "90d"}})
    put_in_force(office.ring, templates__progress=counted, notices__progress={"event": "OrderPaid", "template": "progress"})
    office.later(PASS)
    for number in range(1, 4):
        does(office.ring, "OrderPaid", properties={"order_id": f"A{number}"}, **FOLLOWER)
        office.later(1000)
    assert ways(office) == [("template", "1"), ("template", "2"), ("template", "3")]


def test_a_tap_on_the_notice_leads_on_and_comes_back_as_a_click(office: Office) -> None:
    changes(office.ring, 5, **FOLLOWER)
    (message,) = office.call(ChannelName.TEMPLATE, SENT)
    url = str(office.trip(message).body["url"])
    code = url.removeprefix("https://api.example.com/r/")
    opened = Gateway(application.app).call("GET", f"/r/{code}", headers={"user-agent": PHONE})
    assert opened.headers["location"] == f"https://shop.example.com/points?hl_code={code}"
    office.flow()
    assert office.find(message).state is State.CLICKED
    assert sorted(office.told("openid:wx1", "oMulan")) == ["$message_clicked", "$message_sent"]
    Gateway(application.app).call("GET", f"/r/{code}", headers={"user-agent": PHONE})
    office.flow()
    assert office.told("openid:wx1", "oMulan").count("$message_clicked") == 1
