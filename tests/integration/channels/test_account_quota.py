"""What an account may still send, seen before it is sent."""

from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.definitions import store as definitions
from chalicelib.entrypoints import account_quota
from chalicelib.messages import contact_policy
from chalicelib.providers.model import Result
from tests.support.gateway import Gateway
from tests.support.senders import Town
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION


@pytest.fixture
def gateway(town: Town, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.setattr(account_quota, "Client", town.client)
    return Gateway(application.app, key=keys.create_api_key([Scope.READ], by="test", at=town.now).text, now=town.now)


def shown(gateway: Gateway, appid: str = SERVICE) -> Any:
    reply = gateway.get(f"/v1/accounts/{appid}/quota")
    assert reply.status == 200, reply.json
    return reply.json


def of(found: Any, interface: str) -> Any:
    return next(one for one in found["channels"] if one["interface"].endswith(interface))


def test_what_is_left_of_the_day_is_shown_as_the_platform_counts_it(town: Town, gateway: Gateway) -> None:
    fans = [town.fan(name) for name in ("mulan", "xuan")]
    town.mass.send_group("g1", town.parcels(fans), town.now)
    found = of(shown(gateway), "mass/send")
    assert found == {
        "channel": "mass",
        "interface": "/cgi-bin/message/mass/send",
        "daily_limit": 100,
        "used": 1,
        "left": 99,
        "per_minute": 60,
        "closed_until": None,
        "error": None,
    }


def test_the_policys_months_of_a_fan_stand_beside_it(town: Town, gateway: Gateway) -> None:
    assert shown(gateway)["mass_of_a_fan"] == {"a_month": 4, "split": {}}
    definitions.draft("contact-policies", "brand", {"mass_quota": {"split": {"content": 2, "activity": 2}}}, by="test", at=town.now)
    definitions.publish("contact-policies", "brand", by="test", at=town.now)
    contact_policy.forget()
    assert shown(gateway)["mass_of_a_fan"] == {"a_month": 4, "split": {"content": 2, "activity": 2}}


@pytest.mark.parametrize(
    ("appid", "channels"),
    [
        (SERVICE, ["template", "subscribe", "customer_service", "mass", "mass"]),
        (SUBSCRIPTION, ["customer_service", "mass"]),
        (MINI, ["subscribe", "customer_service"]),
    ],
)
def test_each_kind_of_account_has_its_own_channels(gateway: Gateway, appid: str, channels: list[str]) -> None:
    assert [one["channel"] for one in shown(gateway, appid)["channels"]] == channels


def test_a_day_that_is_used_up_shows_until_when(town: Town, gateway: Gateway) -> None:
    town.refuses("message/template/send", 45009)
    assert town.template.send(town.parcel(town.fan("mulan")), town.now).kind is Result.LIMITED
    found = of(shown(gateway), "template/send")
    assert found["closed_until"] == "2025-01-01T16:00:00.000Z"  # midnight in China


def test_when_the_platform_does_not_answer_its_silence_is_shown_once_and_not_waited_for_again(town: Town, gateway: Gateway) -> None:
    town.fails("quota/get", "timeout")
    found = shown(gateway)["channels"]
    assert {(one["left"], one["error"]) for one in found} == {(None, -1)}
    assert town.calls("quota/get") <= 3


def test_an_account_that_nobody_published_has_none(gateway: Gateway) -> None:
    assert gateway.get("/v1/accounts/wxnone/quota").status == 404
