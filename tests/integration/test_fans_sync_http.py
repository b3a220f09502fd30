"""`/v1/accounts/{name}/sync`: beginning a sync of an account's fans and following it."""

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.entrypoints import read_fans as entrypoint
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.fans import APPID, DAY, NOW, FanWorld, fan_world, publish, refusal
from tests.support.gateway import Gateway

PATH = f"/v1/accounts/{APPID}/sync"


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FanWorld:
    clock = Clock(NOW)
    clock.install(monkeypatch, entrypoint)
    made = fan_world(stack, clock)
    monkeypatch.setattr(entrypoint, "Client", made.platform.connect)
    return made


@pytest.fixture
def gateway(world: FanWorld) -> Gateway:
    key = keys.create_api_key([Scope.READ, Scope.WRITE], by="test", at=NOW).text
    return Gateway(application.app, key=key, now=NOW)


def test_a_sync_is_begun_and_tells_what_it_found(world: FanWorld, gateway: Gateway) -> None:
    world.follow("oFan1", at=NOW - DAY)
    world.push("subscribe", "oFan2", at=NOW - DAY)
    begun = gateway.call("POST", PATH)
    assert (begun.status, begun.json["state"], begun.json["share"]) == (202, "listing", 0.0)
    world.settle()
    shown = gateway.get(PATH).json
    assert shown == {
        "state": "done",
        "share": 1.0,
        "started_at": "2026-11-22T00:00:00.000Z",
        "compared_at": "2026-11-22T00:00:00.000Z",
        "fans_total": 1,
        "fans_listed": 1,
        "fans_read": 2,
        "found_following": 1,
        "found_gone": 1,
        "error": None,
    }


def test_beginning_again_shows_the_one_that_is_under_way(world: FanWorld, gateway: Gateway) -> None:
    gateway.call("POST", PATH)
    again = Gateway(application.app, key=gateway.key, now=NOW + 1000).call("POST", PATH)
    assert again.json["started_at"] == "2026-11-22T00:00:00.000Z"


def test_what_the_platform_refuses_for_good_shows(world: FanWorld, gateway: Gateway) -> None:
    world.platform.fails["/cgi-bin/user/get"] = [refusal(48001)]
    gateway.call("POST", PATH)
    world.settle()
    assert [gateway.get(PATH).json[name] for name in ("state", "error")] == ["failed", 48001]


def test_before_the_first_there_is_nothing_to_see(world: FanWorld, gateway: Gateway) -> None:
    assert (gateway.get(PATH).status, gateway.get(PATH).json["code"]) == (404, "not_found")


def test_an_unknown_account_and_a_mini_program_have_no_fans_to_compare(world: FanWorld, gateway: Gateway) -> None:
    publish(["wx_mini"], "mini_program")
    unknown, mini = (gateway.call("POST", f"/v1/accounts/{appid}/sync") for appid in ("wx_nobody", "wx_mini"))
    assert (unknown.status, unknown.json["code"]) == (404, "not_found")
    assert (mini.status, mini.json["code"]) == (409, "account_has_no_fans")
