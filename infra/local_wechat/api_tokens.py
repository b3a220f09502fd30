"""Calls for access tokens: the classic one, each of which puts the one before out of force, and the stable one, which callers share."""

from typing import Final

from infra.local_wechat.call import OFFICIAL, Api, Auth, Body, Call
from infra.local_wechat.clock import MINUTE_MS, SECOND_MS, china_day
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Account, Json, Token, TokenKind

LIFE_SECONDS: Final = 7200
_RENEWED_MS: Final = 5 * MINUTE_MS  # before the end of a stable token
_FORCED_APART_MS: Final = 30 * SECOND_MS
_FORCED_PER_DAY: Final = 20
_GRANT: Final = "client_credential"
_TICKETS: Final = frozenset({"jsapi", "wx_card"})
_TICKET_LETTERS: Final = 86
_KEPT: Final = 6  # tokens of each kind per account; older ones are nobody's


def classic(call: Call) -> Json:
    """A new token with each call; the one before works for five more minutes."""
    return _told(renewed(call, _known(call)), call.now)


def renewed(call: Call, account: Account) -> Token:
    """A new classic token, and the end of the one before."""
    for token in _of(account, TokenKind.CLASSIC):
        if token.superseded_at is None:
            token.superseded_at = call.now
    return _issued(call, account, TokenKind.CLASSIC)


def stable(call: Call) -> Json:
    """The same token for everybody until its last five minutes; `force_refresh` puts it out of force at once, for when it leaked."""
    account = _known(call)
    current = next((token for token in _of(account, TokenKind.STABLE) if token.superseded_at is None), None)
    if current and call.field("force_refresh") is True and _may_force(call, account):
        current.superseded_at = current.expires = -1  # no grace: nobody may use it any more
        return _told(_issued(call, account, TokenKind.STABLE), call.now)
    if current and call.now < current.expires - _RENEWED_MS:
        return _told(current, call.now)
    if current:
        current.superseded_at = call.now
    return _told(_issued(call, account, TokenKind.STABLE), call.now)


def ticket(call: Call) -> Json:
    """What pages sign with, the same for everybody until it ends. Raises Refused (40035)."""
    kind = call.text("type")
    if kind not in _TICKETS:
        raise Refused(40035, "type")
    tickets = call.caller.tickets
    if kind not in tickets or call.now >= tickets[kind].expires:
        value = call.world.chance.text(_TICKET_LETTERS)
        tickets[kind] = Token(value, TokenKind.STABLE, call.now, call.now + LIFE_SECONDS * SECOND_MS)
    return {"ticket": tickets[kind].value, "expires_in": (tickets[kind].expires - call.now) // SECOND_MS}


def _known(call: Call) -> Account:
    """The account, with the right secret. Raises Refused (40002, 41002, 40013, 41004, 40125, 40243)."""
    if call.text("grant_type") != _GRANT:
        raise Refused(40002)
    account = with_secret(call, "secret")
    if account.secret_frozen:
        raise Refused(40243)
    return account


def with_secret(call: Call, name: str) -> Account:
    """Whoever names an account and its secret. Raises Refused (41002, 40013, 41004, 40125)."""
    if not call.text("appid"):
        raise Refused(41002)
    if call.account is None:
        raise Refused(40013)
    if not call.text(name):
        raise Refused(41004)
    if call.text(name) != call.account.secret:
        raise Refused(40125)
    return call.account


def _may_force(call: Call, account: Account) -> bool:
    """Whether a forced refresh counts; within half a minute of the last one it is the same as none. Raises Refused (45009)."""
    if account.forced_at is not None and call.now < account.forced_at + _FORCED_APART_MS:
        return False
    key = ("forced", account.appid, china_day(call.now))
    if call.world.counters[key] >= _FORCED_PER_DAY:
        raise Refused(45009)
    call.world.counters[key] += 1
    account.forced_at = call.now
    return True


def _of(account: Account, kind: TokenKind) -> list[Token]:
    return [token for token in account.tokens if token.kind is kind]


def _issued(call: Call, account: Account, kind: TokenKind) -> Token:
    token = Token(call.world.chance.token(), kind, call.now, call.now + LIFE_SECONDS * SECOND_MS)
    others = [one for one in account.tokens if one.kind is not kind]
    account.tokens = [*others, *_of(account, kind)[1 - _KEPT :], token]
    return token


def _told(token: Token, now: int) -> Json:
    return {"access_token": token.value, "expires_in": (token.expires - now) // SECOND_MS}


APIS: Final = (
    Api("/cgi-bin/token", classic, auth=Auth.SECRET, body=Body.NONE, per_day=(2000, 200), bare=True),
    Api("/cgi-bin/stable_token", stable, auth=Auth.SECRET, per_day=(500_000, 500_000), per_minute=10_000, bare=True),
    Api("/cgi-bin/ticket/getticket", ticket, body=Body.NONE, kinds=OFFICIAL),
)
