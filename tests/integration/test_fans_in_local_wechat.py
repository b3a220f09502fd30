"""Fans and visitors of the local WeChat, over real sockets: found after lost pushes, and one person in account, mini program and page."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import time
from typing import Any
from urllib.parse import quote

import pytest

import app as application
from chalicelib.entrypoints import read_fans as entrypoint
from chalicelib.fans import connected
from chalicelib.settings import settings
from chalicelib.wechat import secrets
from chalicelib.wechat.secrets import Secret
from infra.local_wechat.driver import Driver
from infra.local_wechat.server import LocalWechat
from infra.mappings import READ_FANS
from tests.support.aws import memory_stack
from tests.support.clock import Clock
from tests.support.fans import publish
from tests.support.gateway import Gateway
from tests.support.loopback import served
from tests.support.ring import Ring, make_ring
from tests.unit.wechat.platform import APP_SECRET
from tests.unit.wechat.samples import ENCODING_KEY, TOKEN

SHOP, MINI = "wx77aa00bb11cc22dd", "wx5e0b1c2d3f4a5b6c"
MINUTES = 120_000


@dataclass(slots=True)
class Town:
    """The ring, an account and a mini program of one brand, and the people of the town."""

    ring: Ring
    wechat: Driver
    clock: Clock

    def flow(self) -> None:
        """Everything is done, also what waits for a minute or two."""
        self.ring.flow()
        self.clock.pass_by(MINUTES)
        self.ring.flow()

    def sync(self) -> Any:
        self.ring.operator.now = self.clock.now
        path = f"/v1/accounts/{SHOP}/sync"
        assert self.ring.operator.call("POST", path).status == 202
        self.flow()
        return self.ring.operator.get(path).json

    def openid(self, person: str, appid: str = SHOP) -> str:
        return str(self.wechat.relation(person, appid)["openid"])

    def names(self, person: str) -> list[str]:
        return self.ring.names(f"openid:{SHOP}", self.openid(person))

    def post(self, path: str, **body: Any) -> Any:
        self.ring.shop.now = self.clock.now
        reply = self.ring.shop.call("POST", path, body)
        assert reply.status == 200, reply.json
        return reply.json


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with LocalWechat(seed=1) as local, memory_stack() as stack:
        monkeypatch.setenv("HUILIU_WECHAT_API_URL", local.url)
        settings.cache_clear()
        clock, wechat = Clock(int(time() * 1000)), Driver(local.url)
        clock.install(monkeypatch, entrypoint)
        publish([SHOP], "service", clock.now)
        publish([MINI], "mini_program", clock.now)
        ring = make_ring(stack, clock=clock)
        ring.pump.queue(READ_FANS, entrypoint.read_fans)
        with served(Gateway(application.app, now=clock.now)) as url:
            for appid, kind in ((SHOP, "service"), (MINI, "mini_program")):
                _connect(wechat, url, appid, kind)
            yield Town(ring, wechat, clock)
    monkeypatch.undo()
    settings.cache_clear()
    connected.forget()


def _connect(wechat: Driver, url: str, appid: str, kind: str) -> None:
    for secret, value in ((Secret.TOKEN, TOKEN), (Secret.AES_KEY, ENCODING_KEY), (Secret.APP_SECRET, APP_SECRET)):
        secrets.put(appid, secret, [value])
    address = f"{url}/wechat/{appid}"
    wechat.account(appid, kind, token=TOKEN, aes_key=ENCODING_KEY, secret=APP_SECRET, callback_url=address, open_platform="brand")


def test_after_a_minute_of_lost_pushes_a_sync_finds_who_came_and_who_left(town: Town) -> None:
    mulan, xuan, wu = (town.wechat.person(name) for name in ("mulan", "xuan", "wu"))
    for person in (mulan, wu):
        assert town.wechat.act(person, SHOP, "follow").outcomes == ["delivered"]
    town.flow()
    town.wechat.push_fault("down", appid=SHOP, count=2)
    town.wechat.act(xuan, SHOP, "follow")
    town.wechat.act(wu, SHOP, "unfollow")
    town.wechat.no_push_faults()
    shown = town.sync()
    assert {name: shown[name] for name in ("state", "fans_listed", "found_following", "found_gone")} == {
        "state": "done",
        "fans_listed": 2,
        "found_following": 1,
        "found_gone": 1,
    }
    assert town.names(mulan) == ["WechatSubscribed"]
    assert town.names(xuan) == ["WechatSubscribed"]
    assert sorted(town.names(wu)) == ["WechatSubscribed", "WechatUnsubscribed"]
    assert town.sync()["found_following"] == 0


def test_fan_mini_program_visitor_and_reader_of_a_page_are_one_person(town: Town) -> None:
    mulan = town.wechat.person("mulan", mobile="13987654321")
    town.wechat.act(mulan, SHOP, "follow")
    code = town.wechat.act(mulan, MINI, "open_mini").gives["code"]
    asked = Gateway(application.app, now=town.clock.now).get(f"/mp_login&code={quote(code)}&appid={MINI}")
    assert asked.json == {"openid": town.openid(mulan, MINI)}
    code = town.wechat.act(mulan, MINI, "open_mini").gives["code"]
    assert town.post(f"/v1/mini/{MINI}/login", code=code, anonymous_id="anon-1")["openid"] == town.openid(mulan, MINI)
    code = town.wechat.act(mulan, MINI, "phone_button").gives["code"]
    phone = town.post(f"/v1/mini/{MINI}/phone", code=code, openid=town.openid(mulan, MINI))
    assert phone == {"phone": "139****4321"}
    code = town.wechat.act(mulan, SHOP, "oauth", scope="snsapi_userinfo", redirect_uri="https://shop.example/").gives["code"]
    assert town.post(f"/v1/oauth/{SHOP}", code=code)["openid"] == town.openid(mulan)
    town.flow()
    names = ((f"openid:{SHOP}", town.openid(mulan)), (f"openid:{MINI}", town.openid(mulan, MINI)), ("anonymous_id", "anon-1"))
    persons = [town.ring.person(*one) for one in (*names, ("mobile", "13987654321"))]
    assert len({one["person_id"] for one in persons}) == 1
    assert f"wechat:{SHOP}" in persons[0]["attributes"]


def test_the_made_up_person_of_a_snapshot_page_joins_nobody(town: Town) -> None:
    shadow = town.wechat.person("shadow", snapshot=True)
    code = town.wechat.act(shadow, SHOP, "oauth", scope="snsapi_base", redirect_uri="https://shop.example/").gives["code"]
    assert town.post(f"/v1/oauth/{SHOP}", code=code, anonymous_id="anon-1") == {"openid": None, "unionid": None, "snapshot": True}
    town.flow()
    assert town.ring.ask("anonymous_id", "anon-1").status == 404
