"""Web pages inside WeChat: who opens them, with that person's consent, and what lets a page use WeChat's buttons."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

from chalicelib.settings import settings
from chalicelib.wechat.apis import Api, Credential, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client
from chalicelib.wechat.wire import Method

EXCHANGE: Final = Api("/sns/oauth2/access_token", Method.GET, credential=Credential.SECRET)
USER_INFO: Final = Api("/sns/userinfo", Method.GET, credential=Credential.PERSON)
REFRESH: Final = Api("/sns/oauth2/refresh_token", Method.GET, credential=Credential.PERSON)
TICKET: Final = Api("/cgi-bin/ticket/getticket", Method.GET)


class Scope(StrEnum):
    """What the person is asked for."""

    BASE = "snsapi_base"  # nothing is shown; the openid alone
    USER_INFO = "snsapi_userinfo"  # a page asks; name, picture and unionid


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to. `snapshot`: WeChat showed the page to a made-up person; openid and unionid are nobody's, never keep them.

    `token` lives `seconds`, `refresh` 30 days. Neither is the account's token.
    """

    openid: str
    unionid: str
    snapshot: bool
    scope: tuple[str, ...]
    seconds: int
    token: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person shows of themselves; the name may be any text. `snapshot` as in Consent."""

    openid: str
    unionid: str
    name: str
    picture: str
    snapshot: bool = False


def authorize_url(appid: str, redirect: str, scope: Scope, state: str) -> str:
    """Where to send a browser so that it comes back to `redirect` with `code` and `state` (letters and digits, at most 128)."""
    # The platform checks the order of these, and the fragment.
    query = urlencode(
        {"appid": appid, "redirect_uri": redirect, "response_type": "code", "scope": scope, "state": state}, quote_via=quote, safe=""
    )
    return f"{settings().wechat_open_url}/connect/oauth2/authorize?{query}#wechat_redirect"


def exchange(client: Client, code: str) -> Consent:
    """Who came back with a code, which works once, for 5 minutes. Raises Dropped: 40029 invalid, 40163 used already."""
    return _consent(client.call(EXCHANGE, query={"code": code, "grant_type": "authorization_code"}), EXCHANGE)


def refreshed(client: Client, refresh: str) -> Consent:
    """The consent with a token that lives on. Raises Dropped (40030, 42007) when the person has to be asked again."""
    query = {"appid": client.appid, "refresh_token": refresh, "grant_type": "refresh_token"}
    return _consent(client.call(REFRESH, query=query), REFRESH)


def profile(client: Client, consent: Consent) -> Profile:
    """What the person shows, if asked for Scope.USER_INFO. Raises Misconfigured (48001) for less, Dropped for a token that is over."""
    found = client.call(USER_INFO, query={"access_token": consent.token, "openid": consent.openid, "lang": "zh_CN"})
    return Profile(
        openid=fields.text(found, "openid", USER_INFO),
        unionid=fields.optional(found, "unionid"),
        name=fields.optional(found, "nickname"),
        picture=fields.optional(found, "headimgurl"),
        snapshot=consent.snapshot or _is_snapshot(found),
    )


def page_signature(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """The signature that lets a page use WeChat's JavaScript: of the ticket (`tickets.ticket`) and the page's address, its fragment cut."""
    page = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"  # in this order, nothing escaped
    return hashlib.sha1(signed.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _consent(found: Json, api: Api) -> Consent:
    return Consent(
        openid=fields.text(found, "openid", api),
        unionid=fields.optional(found, "unionid"),
        snapshot=_is_snapshot(found),
        scope=tuple(fields.optional(found, "scope").split(",")),
        seconds=fields.number(found, "expires_in"),
        token=fields.text(found, "access_token", api),
        refresh=fields.optional(found, "refresh_token"),
    )


def _is_snapshot(found: Json) -> bool:
    return fields.number(found, "is_snapshotuser") == 1
