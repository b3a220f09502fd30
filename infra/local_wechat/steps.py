"""The steps that every call goes through. Each lets it pass or raises Refused."""

import json
import re
from typing import Any, Final

from infra.local_wechat.api_tokens import renewed
from infra.local_wechat.call import Api, Auth, Body, Call
from infra.local_wechat.clock import MINUTE_MS, SECOND_MS
from infra.local_wechat.counters import count_day, count_minute
from infra.local_wechat.faults import Effect, striking
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Account, Json, Token, TokenKind
from infra.local_wechat.wire import Request
from infra.local_wechat.world import World

STABLE_GRACE_MS: Final = 5 * MINUTE_MS  # the old one still works when a stable token is renewed in its last minutes
_TOKEN: Final = re.compile(r"[0-9]{2}_[A-Za-z0-9]{100,509}")
_ESCAPE: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")  # of characters that could have stood there themselves


def whose(call: Call) -> None:
    """Finds the account without judging anything yet: the address is checked before the token is."""
    match call.api.auth:
        case Auth.TOKEN:
            found = _holder(call.world, call.request.query.get("access_token", ""))
            call.account = found[0] if found else None
        case Auth.SECRET | Auth.NONE:
            call.account = call.world.accounts.get(_named(call))


def address_allowed(call: Call) -> None:
    """40164 for a caller whose address is not on the account's list; an empty list lets everybody in."""
    if call.account and call.account.allowed_ips and call.request.remote not in call.account.allowed_ips:
        raise Refused(40164, call.request.remote)


def token_present(call: Call) -> None:
    """41001 without an access_token in the query."""
    if call.api.auth is Auth.TOKEN and not call.request.query.get("access_token"):
        raise Refused(41001)


def token_well_formed(call: Call) -> None:
    """40014 for what cannot be a token of this platform."""
    if call.api.auth is Auth.TOKEN and not _TOKEN.fullmatch(call.request.query["access_token"]):
        raise Refused(40014)


def token_current(call: Call) -> None:
    """40001 for a token of nobody, or one that a newer one has put out of force; 42001 for one whose time is over."""
    if call.api.auth is not Auth.TOKEN:
        return
    found = _holder(call.world, call.request.query["access_token"])
    if found is None:
        raise Refused(40001)
    token = found[1]
    if token.superseded_at is not None and call.now >= token.superseded_at + _grace(call.world, token):
        raise Refused(40001)
    if call.now >= token.expires:
        raise Refused(42001)


def rivalled(call: Call) -> None:
    """Another system asks for a classic token now and then, if a test wants one: callers of the same kind lose theirs."""
    every = call.world.choices.rival_seconds * SECOND_MS
    if call.account is None or not every:
        return
    key, turn = ("rival", call.account.appid), call.now // every
    if turn > call.world.counters[key] > 0:
        renewed(call, call.account)
    call.world.counters[key] = turn


def capable(call: Call) -> None:
    """48001 where this kind of account does not have the call, or lost it."""
    account = call.account
    if account is None:
        return
    if account.kind not in call.api.kinds or (call.api.certified and not account.certified) or _listed(account.denied, call.api):
        raise Refused(48001)


def not_banned(call: Call) -> None:
    """48004 where the platform has taken the call away."""
    if call.account and _listed(call.account.banned, call.api):
        raise Refused(48004)


def spared(call: Call) -> None:
    """Faults on demand: a number is refused here, everything else befalls the answer or stands in its place."""
    said = _loosely(call.request)
    facts = {
        "appid": call.account.appid if call.account else "",
        "path": call.api.path,
        "openid": said.get("touser") or said.get("openid"),
        "template_id": said.get("template_id"),
        "auth": call.api.auth,
    }
    call.fault = striking(call.world.faults, facts, call.now, call.world.chance.fraction)
    if call.fault and call.fault.effect is Effect.ERRCODE:
        code, call.fault = int(call.fault.value), None
        raise Refused(code)


def method_right(call: Call) -> None:
    """43002 for a call with a body that is no POST."""
    if call.api.body is not Body.NONE and call.request.method != "POST":
        raise Refused(43002)


def body_read(call: Call) -> None:
    """44002 for an empty body, 47001 for one that is no JSON object in UTF-8, 40033 for one with characters written as escapes."""
    if call.api.body is Body.NONE:
        call.json = dict(call.request.query)
    if call.api.body is not Body.JSON:
        return
    if not call.request.body:
        raise Refused(44002)
    if call.world.choices.strict_utf8 and has_escapes(call.request.body):
        raise Refused(40033)
    try:
        call.json = call.request.json()
    except ValueError as broken:
        raise Refused(47001) from broken


def fields_there(call: Call) -> None:
    """What the call cannot do without; the number says what is missing."""
    for path, errcode in call.api.needs.items():
        if call.field(path) in (None, "", [], {}):
            raise Refused(errcode)


def day_left(call: Call) -> None:
    """45009 when the day's calls are used up."""
    if call.account:
        count_day(call)


def minute_left(call: Call) -> None:
    """45011 when the minute's are."""
    if call.account:
        count_minute(call)


def has_escapes(body: bytes) -> bool:
    """Whether characters beyond ASCII are written as escapes: the platform shows those to fans as they stand, or refuses them."""
    return _ESCAPE.search(body) is not None


def _holder(world: World, value: str) -> tuple[Account, Token] | None:
    for account in world.accounts.values():
        for token in account.tokens:
            if token.value == value:
                return account, token
    return None


def _grace(world: World, token: Token) -> int:
    return world.choices.classic_grace_seconds * SECOND_MS if token.kind is TokenKind.CLASSIC else STABLE_GRACE_MS


def _listed(paths: set[str], api: Api) -> bool:
    return "*" in paths or api.path in paths


def _named(call: Call) -> str:
    return str(call.request.query.get("appid") or _loosely(call.request).get("appid") or "")


def _loosely(request: Request) -> Json:
    """Body and query together, whatever can be read of them; nothing is refused for it yet."""
    try:
        body: Any = json.loads(request.body or b"{}")
    except ValueError:
        body = {}
    return {**request.query, **(body if isinstance(body, dict) else {})}
