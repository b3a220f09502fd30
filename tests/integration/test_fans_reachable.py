"""Whoever follows can be reached, and whoever left cannot, also when only a sync has noticed."""

import pytest

from chalicelib.entrypoints import read_fans as entrypoint
from infra.mappings import READ_FANS
from tests.support.aws import Stack
from tests.support.fans import APPID, DAY, FanPlatform, FanWorld, publish
from tests.support.gateway import NOW
from tests.support.living import PASS, later, live, put_in_force
from tests.support.ring import Ring

FAN = "oFan1"
REACHABLE = {"title": "可触达", "where": {"reachable": "template"}}


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    made = live(stack, monkeypatch)
    put_in_force(made, segments__reachable=REACHABLE)
    later(made, PASS)
    return made


@pytest.fixture
def world(ring: Ring, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FanWorld:
    assert ring.pump.clock is not None
    ring.pump.clock.install(monkeypatch, entrypoint)
    publish(now=NOW)
    platform = FanPlatform()
    monkeypatch.setattr(entrypoint, "Client", platform.connect)
    ring.pump.queue(READ_FANS, entrypoint.read_fans)
    return FanWorld(stack, ring.pump.clock, ring.pump, platform)


def is_reachable(ring: Ring, world: FanWorld) -> bool:
    """Also after everything that waits has been done."""
    world.settle()
    later(ring, PASS)
    return "reachable" in ring.person(f"openid:{APPID}", FAN)["segments"]


def test_pushes_decide_who_can_be_reached(ring: Ring, world: FanWorld) -> None:
    world.follow(FAN)
    world.push("subscribe", FAN)
    assert is_reachable(ring, world)
    world.leave(FAN)
    world.push("unsubscribe", FAN)
    assert not is_reachable(ring, world)


def test_so_do_syncs_where_pushes_were_lost(ring: Ring, world: FanWorld) -> None:
    world.follow(FAN)
    world.sync()
    assert is_reachable(ring, world)
    world.leave(FAN)
    world.clock.pass_by(DAY)
    world.sync()
    assert not is_reachable(ring, world)
    world.follow(FAN)
    world.clock.pass_by(DAY)
    world.sync()
    assert is_reachable(ring, world)
