"""Somebody left, and no push told so: a refused message does, once, whatever the push and the sync say before and after."""

import pytest

from chalicelib.entrypoints import read_fans as entrypoint
from chalicelib.fans import parting
from chalicelib.fans import store as fans
from chalicelib.fans.model import Change
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.fans import APPID, DAY, MINUTE, NOW, FanWorld, fan_world, publish

FAN = "oFan1"
CAME = ("WechatSubscribed", (NOW - DAY) // 1000, "")


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FanWorld:
    clock = Clock(NOW)
    clock.install(monkeypatch, entrypoint)
    made = fan_world(stack, clock)
    monkeypatch.setattr(entrypoint, "Client", made.platform.connect)
    made.follow(FAN, at=NOW - DAY)
    made.push("subscribe", FAN, at=NOW - DAY)
    return made


def left(world: FanWorld) -> tuple[str, int, str]:
    return ("WechatUnsubscribed", (world.clock.now - parting.MARGIN_MS) // 1000, "refusal")


def test_a_refused_message_tells_of_a_fan_who_left_once(world: FanWorld) -> None:
    world.leave(FAN)
    assert parting.gone(APPID, FAN, NOW)
    assert not parting.gone(APPID, FAN, NOW + MINUTE)
    assert world.history(FAN) == [CAME, left(world)]
    assert world.fan(FAN).following is False


def test_the_push_that_comes_late_is_told_no_second_time(world: FanWorld) -> None:
    world.leave(FAN)
    parting.gone(APPID, FAN, NOW)
    world.push("unsubscribe", FAN, at=NOW - 30 * MINUTE)
    assert world.history(FAN) == [CAME, left(world)]


def test_a_push_that_came_before_says_it_all(world: FanWorld) -> None:
    world.push("unsubscribe", FAN, at=NOW - 10 * MINUTE)
    assert not parting.gone(APPID, FAN, NOW)
    assert [name for name, _, _ in world.history(FAN)] == ["WechatSubscribed", "WechatUnsubscribed"]


def test_a_sync_finds_nothing_new_afterwards(world: FanWorld) -> None:
    world.leave(FAN)
    parting.gone(APPID, FAN, NOW)
    world.sync()
    assert world.history(FAN) == [CAME, ("WechatUnsubscribed", (NOW - parting.MARGIN_MS) // 1000, "refusal")]


def test_whoever_comes_back_is_a_fan_again(world: FanWorld) -> None:
    parting.gone(APPID, FAN, NOW)
    world.push("subscribe", FAN, at=NOW + MINUTE)
    assert world.fan(FAN).following is True
    assert not parting.gone(APPID, FAN, NOW + MINUTE)  # the refusal of a call that was made before
    assert world.fan(FAN).following is True


def test_a_death_after_the_event_is_made_good_by_the_next_refusal(world: FanWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(fans, "changed", _dies)
        with pytest.raises(KeyboardInterrupt):
            parting.gone(APPID, FAN, NOW)
    world.clock.pass_by(10 * MINUTE)
    assert parting.gone(APPID, FAN, world.clock.now)
    assert [name for name, _, _ in world.history(FAN)] == ["WechatSubscribed", "WechatUnsubscribed"]
    assert world.fan(FAN).following is False


def test_somebody_of_whom_nothing_is_known_is_no_fan_and_nothing_is_told(world: FanWorld) -> None:
    assert parting.gone(APPID, "oStranger", NOW)
    assert world.fan("oStranger").following is False
    assert world.history("oStranger") == []


def test_visitors_of_a_mini_program_cannot_leave(world: FanWorld) -> None:
    publish(["wx618mini"], "mini_program")
    assert not parting.gone("wx618mini", FAN, NOW)


def _dies(*_: object) -> bool:
    raise KeyboardInterrupt


def test_a_fan_who_is_known_to_have_come_since_stays(world: FanWorld) -> None:
    fans.changed(APPID, FAN, Change.FOLLOWED, NOW - 1)
    assert not parting.gone(APPID, FAN, NOW)
