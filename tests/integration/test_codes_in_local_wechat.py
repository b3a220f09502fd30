"""A code from the request to the follower, against the local WeChat over real sockets: made there, scanned there, credited here."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

import app as application
from chalicelib.settings import settings
from chalicelib.wechat import secrets
from chalicelib.wechat.secrets import Secret
from infra.local_wechat.driver import Driver
from infra.local_wechat.server import LocalWechat
from tests.support.aws import Stack, memory_stack
from tests.support.codes import APPID, put_in_force
from tests.support.gateway import Gateway
from tests.support.loopback import served
from tests.support.ring import Ring, make_ring
from tests.unit.wechat.platform import APP_SECRET
from tests.unit.wechat.samples import ENCODING_KEY, TOKEN


@dataclass(slots=True)
class Town:
    """The ring, and an account that pushes to it and makes codes."""

    ring: Ring
    wechat: Driver

    def code(self, **wanted: Any) -> Any:
        self.ring.operator.now = int(time() * 1000)
        reply = self.ring.operator.call("POST", "/v1/codes", {"account": APPID, "campaign": "referral", **wanted})
        assert (reply.status, reply.json["state"]) == (201, "made"), reply.json
        return reply.json

    def ticket(self, code: Any) -> str:
        """What names the code's picture, which is there for everybody."""
        address: str = code["image_url"]
        with urlopen(address) as picture:
            assert picture.headers["content-type"].startswith("image/")
        return parse_qs(urlsplit(address).query)["ticket"][0]


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with LocalWechat(seed=1) as local, memory_stack() as stack:
        monkeypatch.setenv("HUILIU_WECHAT_API_URL", local.url)
        monkeypatch.setenv("HUILIU_WECHAT_MP_URL", local.url)
        settings.cache_clear()
        yield from _town(stack, Driver(local.url))
    monkeypatch.undo()
    settings.cache_clear()


def _town(stack: Stack, wechat: Driver) -> Iterator[Town]:
    now = int(time() * 1000)
    for secret, value in ((Secret.TOKEN, TOKEN), (Secret.AES_KEY, ENCODING_KEY), (Secret.APP_SECRET, APP_SECRET)):
        secrets.put(APPID, secret, [value])
    put_in_force("accounts", APPID, {"type": "service", "mode": "safe"}, now)
    put_in_force("campaigns", "referral", {"source": "friend", "medium": "code"}, now)
    with served(Gateway(application.app, now=now)) as url:
        address = f"{url}/wechat/{APPID}"
        wechat.account(APPID, token=TOKEN, aes_key=ENCODING_KEY, secret=APP_SECRET, mode="safe", callback_url=address)
        yield Town(make_ring(stack), wechat)


@pytest.mark.parametrize("permanent", [False, True])
def test_a_friend_who_scans_a_persons_code_follows_as_invited_by_them(town: Town, permanent: bool) -> None:
    alice = {"namespace": "user_id", "value": "alice"}
    code = town.code(inviter=alice, permanent=permanent, properties={"level": "gold"})
    assert town.code(inviter=alice, permanent=permanent, properties={"level": "gold"}) == code
    bo = town.wechat.act(town.wechat.person("bo"), APPID, "scan", scene=code["id"])
    assert bo.outcomes == ["delivered"]
    town.ring.flow()
    touch = town.ring.person(f"openid:{APPID}", bo.openid)["first_touch"]
    assert (touch["inviter"], touch["code"], touch["campaign"]["source"]) == ("user_id#alice", code["id"], "friend")
    assert town.ring.names(f"openid:{APPID}", bo.openid)[0] == "WechatSubscribed"


def test_a_fan_who_scans_a_code_later_has_it_as_the_latest_source(town: Town) -> None:
    bo = town.wechat.person("bo")
    town.wechat.act(bo, APPID, "follow", via="search")
    code = town.code()
    openid = town.wechat.act(bo, APPID, "scan", ticket=town.ticket(code)).openid
    town.ring.flow()
    person = town.ring.person(f"openid:{APPID}", openid)
    assert (person["latest_touch"]["code"], person["arrival"].get("code")) == (code["id"], None)


def test_what_wechat_refuses_is_told_and_the_code_waits(town: Town) -> None:
    secrets.put(APPID, Secret.APP_SECRET, ["f" * 32])
    reply = town.ring.operator.call("POST", "/v1/codes", {"account": APPID})
    assert (reply.status, reply.json["code"]) == (502, "wechat_refused")
    assert APP_SECRET not in str(reply.json)
    (pending,) = town.ring.operator.get("/v1/codes").json["items"]
    assert pending["state"] == "pending"
