"""Menus and tags against the local WeChat over real sockets: its limits, its lists and its way of choosing a menu, with the real client."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chalicelib.entrypoints import apply_menus, tag_fans
from chalicelib.events import store as events
from chalicelib.menus import records
from chalicelib.menus.records import State
from chalicelib.settings import settings
from chalicelib.tagging import reconcile, walk_records
from chalicelib.wechat import secrets
from chalicelib.wechat.calls import tags
from chalicelib.wechat.client import Client
from chalicelib.wechat.secrets import Secret
from infra.local_wechat.driver import Driver
from infra.local_wechat.server import LocalWechat
from infra.mappings import APPLY_MENUS, TAG_FANS
from tests.support.aws import memory_stack
from tests.support.clock import Clock
from tests.support.platform import NOW, Account
from tests.support.pump import Pump
from tests.support.tagging import APPID, FlowingWorld
from tests.unit.wechat.platform import APP_SECRET


@dataclass(slots=True)
class Town:
    """People here and on the platform; the account's own double in `world` is used by nobody."""

    world: FlowingWorld
    wechat: Driver

    def follow(self, name: str) -> str:
        """Somebody follows, and is known here by the openid."""
        self.wechat.act(self.wechat.person(name), APPID, "follow")
        openid = str(self.wechat.relation(self.wechat.person(name), APPID)["openid"])
        self.world.person(name, openid)
        return openid

    def menu(self, name: str) -> list[str]:
        return [str(one["name"]) for one in self.wechat.menu(self.wechat.person(name), APPID)]

    def holders(self, name: str) -> set[str]:
        client = Client(APPID)
        number = next((one.id for one in tags.all(client) if one.name == name), None)
        return set(tags.holders(client, number).openids) if number is not None else set()

    def compare(self) -> dict[str, int]:
        assert reconcile.start(APPID, self.world.clock.now, at_once=True)
        self.world.flow()
        walk = walk_records.walk_of(APPID, reconcile.ROUND)
        assert walk is not None
        return dict(walk.counts)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with LocalWechat(seed=1) as local, memory_stack() as stack:
        monkeypatch.setenv("HUILIU_WECHAT_API_URL", local.url)
        settings.cache_clear()
        clock = Clock(NOW)
        clock.install(monkeypatch, apply_menus, tag_fans)
        pump = Pump(stack, clock=clock)
        pump.queue(APPLY_MENUS, apply_menus.apply_menus)
        pump.queue(TAG_FANS, tag_fans.tag_fans)
        secrets.put(APPID, Secret.APP_SECRET, [APP_SECRET])
        wechat = Driver(local.url)
        wechat.account(APPID, "service", secret=APP_SECRET)
        town = Town(FlowingWorld(clock, Account(), pump=pump), wechat)
        town.world.segments("unpaid", "asleep", "vip")
        town.world.account(give=[{"segment": "vip"}], take=["门店会员"])
        yield town
    monkeypatch.undo()
    settings.cache_clear()


def test_the_entry_for_an_unpaid_order_appears_and_goes(town: Town) -> None:
    town.follow("qing")
    town.world.menu("unpaid", "asleep")
    town.world.flow()
    assert records.applied(APPID).state is State.APPLIED, records.applied(APPID).fault
    assert town.menu("qing") == ["新品"]
    town.world.stands("qing", segments=["asleep", "vip"])
    town.world.flow()
    assert town.menu("qing") == ["asleep"]
    town.world.stands("qing", segments=["unpaid", "asleep", "vip"])
    town.world.flow()
    assert town.menu("qing") == ["unpaid"]
    town.world.stands("qing", segments=["vip"])
    town.world.flow()
    assert town.menu("qing") == ["新品"]


def test_another_order_of_menus_shows_at_once(town: Town) -> None:
    town.follow("qing")
    town.world.stands("qing", segments=["unpaid", "asleep"])
    for order in (("unpaid", "asleep"), ("asleep", "unpaid")):
        town.world.menu(*order)
        town.world.flow()
        assert town.menu("qing") == [order[0]]
    town.world.archive("menus", "shop")
    town.world.flow()
    assert town.menu("qing") == []


def test_drift_on_the_platform_is_mended_both_ways(town: Town) -> None:
    qing, hua = town.follow("qing"), town.follow("hua")
    town.world.stands("qing", segments=["vip"])
    town.world.flow()
    assert town.holders("hl:vip") == {qing}
    client = Client(APPID)
    number = next(one.id for one in tags.all(client) if one.name == "hl:vip")
    tags.untag(client, number, [qing])
    tags.tag(client, number, [hua])
    assert town.compare() == {"holders": 1, "extra": 1, "missing": 1}
    assert town.holders("hl:vip") == {qing}


def test_operators_tags_are_taken_over(town: Town) -> None:
    qing = town.follow("qing")
    town.world.flow()
    client = Client(APPID)
    tags.tag(client, tags.create(client, "门店会员"), [qing])
    assert town.compare() == {"taken": 1}
    (event,) = map(events.from_image, town.world.pump.stack.items("events"))
    assert (event.primary.value, event.attributes[0].name) == (qing, "$tag:门店会员")


def test_one_who_unfollowed_keeps_nobody_else_from_the_tag(town: Town) -> None:
    openids = {name: town.follow(name) for name in ("qing", "hua", "lan")}
    town.wechat.act(town.wechat.person("hua"), APPID, "unfollow")
    for name in openids:
        town.world.stands(name, segments=["vip"])
    town.world.flow()
    assert town.holders("hl:vip") == {openids["qing"], openids["lan"]}
