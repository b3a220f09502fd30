"""Fans: what the platform tells of them, and who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client
from chalicelib.wechat.wire import Method

MAX_BATCH: Final = 100  # openids of one `batch_info`
PAGE: Final = 10_000  # openids that one `page` holds at most
MAX_REMARK: Final = 29  # characters
_LANGUAGE: Final = "zh_CN"

INFO: Final = Api("/cgi-bin/user/info", Method.GET)
BATCH_INFO: Final = Api("/cgi-bin/user/info/batchget")
LIST: Final = Api("/cgi-bin/user/get", Method.GET)
REMARK: Final = Api("/cgi-bin/user/info/updateremark")


@dataclass(frozen=True, slots=True)
class Fan:
    """What the platform tells of a fan. Of somebody who does not follow only `openid`, and `unionid` where one is known.

    `subscribed_at` is epoch ms, 0 when unknown; `scene` says how the fan came (`ADD_SCENE_QR_CODE`; keep those that are unknown);
    `qr_scene` is what the scanned code held, "" for none; `tags` are the platform's numbers.
    """

    openid: str
    following: bool
    unionid: str = ""
    subscribed_at: int = 0
    scene: str = ""
    qr_scene: str = ""
    language: str = ""
    remark: str = ""
    tags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some fans of a list. `next` asks for those that follow, "" at the end; `total` counts all, 0 when the interface does not say."""

    openids: tuple[str, ...]
    next: str
    total: int = 0


def info(client: Client, openid: str) -> Fan:
    """What the platform tells of a person. Raises Unreachable for an openid of another account."""
    return _fan(client.call(INFO, query={"openid": openid, "lang": _LANGUAGE}), openid)


def batch_info(client: Client, openids: Sequence[str]) -> list[Fan]:
    """What the platform tells of up to MAX_BATCH people. One openid that is not the account's fails all (Unreachable, 40003): halve."""
    wanted = [{"openid": openid, "lang": _LANGUAGE} for openid in openids]
    found = client.call(BATCH_INFO, body={"user_list": wanted})
    return [_fan(one, fields.text(one, "openid", BATCH_INFO)) for one in fields.parts(found, "user_info_list")]


def page(client: Client, after: str = "") -> Page:
    """Up to 10,000 fans after one, in an order of the platform's own. 500 calls a day."""
    return page_of(client.call(LIST, query={"next_openid": after} if after else {}))


def set_remark(client: Client, openid: str, remark: str) -> None:
    """Gives a fan a remark of up to MAX_REMARK characters, which the platform's console shows."""
    client.call(REMARK, body={"openid": openid, "remark": remark})


def page_of(found: Json) -> Page:
    """A page of openids out of an answer. An empty page is the last one whatever follows it."""
    openids = fields.texts(fields.part(found, "data"), "openid")
    following = fields.optional(found, "next_openid") if openids else ""
    return Page(openids, following, fields.number(found, "total"))


def _fan(found: Json, openid: str) -> Fan:
    number = fields.number(found, "qr_scene")
    return Fan(
        openid=openid,
        following=fields.number(found, "subscribe") == 1,
        unionid=fields.optional(found, "unionid"),
        subscribed_at=fields.number(found, "subscribe_time") * 1000,
        scene=fields.optional(found, "subscribe_scene"),
        qr_scene=fields.optional(found, "qr_scene_str") or (str(number) if number else ""),
        language=fields.optional(found, "language"),
        remark=fields.optional(found, "remark"),
        tags=fields.numbers(found, "tagid_list"),
    )
