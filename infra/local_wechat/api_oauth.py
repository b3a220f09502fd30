"""Signing in on pages inside WeChat: the page that asks a person, and the calls that tell a server who it was."""

from html import escape
from typing import Final
from urllib.parse import urlencode, urlsplit

from infra.local_wechat.api_tokens import with_secret
from infra.local_wechat.call import SERVICE, Api, Auth, Body, Call
from infra.local_wechat.clock import DAY_MS, SECOND_MS
from infra.local_wechat.grants import exchanged, granted
from infra.local_wechat.refusals import Refused
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.setting import known
from infra.local_wechat.state import GrantKind, Json, UserToken
from infra.local_wechat.wire import FOUND, HTML_TYPE, Answer, Request
from infra.local_wechat.world import World

BASE: Final = "snsapi_base"
USERINFO: Final = "snsapi_userinfo"
_LIFE_SECONDS: Final = 7200
_REFRESH_DAYS: Final = 30
_TOKEN_LETTERS: Final = 88


def authorize(world: World, request: Request) -> Answer:
    """Sends the person's browser back with a code. `person` says who holds the phone; without it a page asks.

    `?appid&redirect_uri&response_type=code&scope&state`
    """
    asked = request.query
    if asked.get("response_type") != "code" or asked.get("scope") not in {BASE, USERINFO}:
        raise Nonsense("response_type must be code, and scope snsapi_base or snsapi_userinfo")
    if urlsplit(asked.get("redirect_uri", "")).scheme not in {"http", "https"}:
        raise Nonsense("redirect_uri must be an address")
    if "person" not in asked:
        return Answer(_asking(world, request).encode(), content_type=HTML_TYPE)
    with known():
        relation = world.relation(asked.get("appid", ""), asked["person"])
    made = granted(world, relation, GrantKind.OAUTH, asked["scope"])
    target = asked["redirect_uri"]
    query = urlencode({"code": made.code, "state": asked.get("state", "")})
    return Answer(status=FOUND, headers={"Location": f"{target}{'&' if urlsplit(target).query else '?'}{query}"})


def access_token(call: Call) -> Json:
    """Exchanges the code. Raises Refused (41008, 40029, 40163)."""
    account = with_secret(call, "secret")
    grant = exchanged(call.world, call.text("code"), GrantKind.OAUTH, account.appid)
    chance = call.world.chance
    token = UserToken(
        chance.text(_TOKEN_LETTERS),
        chance.text(_TOKEN_LETTERS),
        account.appid,
        grant.person,
        grant.scope,
        call.now + _LIFE_SECONDS * SECOND_MS,
        call.now + _REFRESH_DAYS * DAY_MS,
    )
    call.world.user_tokens[token.value] = token
    return _told(call, token)


def refresh(call: Call) -> Json:
    """A token of the same person, for two hours more. Raises Refused (40030, 42002)."""
    asked = call.text("refresh_token")
    for token in [token for token in call.world.user_tokens.values() if asked and token.refresh == asked]:
        if call.now >= token.refresh_expires:
            raise Refused(42002)
        del call.world.user_tokens[token.value]
        token.value, token.expires = call.world.chance.text(_TOKEN_LETTERS), call.now + _LIFE_SECONDS * SECOND_MS
        call.world.user_tokens[token.value] = token
        return _told(call, token)
    raise Refused(40030)


def user_info(call: Call) -> Json:
    """Name and picture, if the person consented to more than being recognised. Raises Refused (48001)."""
    token = _token(call)
    if token.scope != USERINFO:
        raise Refused(48001)
    person = call.world.persons[token.person]
    fan = call.world.relation(token.appid, token.person)
    unionid = call.world.unionid(fan)
    return {
        "openid": fan.openid,
        "nickname": "微信用户" if person.snapshot else person.name,
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "https://thirdwx.qlogo.cn/mmopen/vi_32/0/132",
        "privilege": [],
        **({"unionid": unionid} if unionid else {}),
    }


def valid(call: Call) -> Json:
    """Whether a token of a person still works."""
    _token(call)
    return {}


def _token(call: Call) -> UserToken:
    """The person's token. Raises Refused (41001, 40001, 42001, 40003)."""
    if not call.text("access_token"):
        raise Refused(41001)
    token = call.world.user_tokens.get(call.text("access_token"))
    if token is None:
        raise Refused(40001)
    if call.now >= token.expires:
        raise Refused(42001)
    if call.text("openid") != call.world.relation(token.appid, token.person).openid:
        raise Refused(40003)
    return token


def _told(call: Call, token: UserToken) -> Json:
    fan = call.world.relation(token.appid, token.person)
    unionid = call.world.unionid(fan) if token.scope == USERINFO else ""
    return {
        "access_token": token.value,
        "expires_in": _LIFE_SECONDS,
        "refresh_token": token.refresh,
        "openid": fan.openid,
        "scope": token.scope,
        **({"is_snapshotuser": 1} if call.world.persons[token.person].snapshot else {}),
        **({"unionid": unionid} if unionid else {}),
    }


def _asking(world: World, request: Request) -> str:
    people = "".join(
        f'<li><a href="?{escape(urlencode({**request.query, "person": person.id}))}">{escape(person.name)}</a>'
        for person in world.persons.values()
    )
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>Who are you?</title><h1>Who are you?</h1><ul>{people}</ul></html>"


APIS: Final = (
    Api("/sns/oauth2/access_token", access_token, auth=Auth.SECRET, body=Body.NONE, kinds=SERVICE, per_minute=50_000, bare=True),
    Api("/sns/oauth2/refresh_token", refresh, auth=Auth.NONE, body=Body.NONE, bare=True),
    Api("/sns/userinfo", user_info, auth=Auth.NONE, body=Body.NONE, bare=True),
    Api("/sns/auth", valid, auth=Auth.NONE, body=Body.NONE),
)
ROUTES: Final = (Route("GET", "/connect/oauth2/authorize", authorize),)
