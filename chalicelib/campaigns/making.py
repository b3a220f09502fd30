"""Making codes on demand: what was asked for is checked and kept, then WeChat is asked, then its answer is kept.

Whoever dies in between leaves a code that is pending. Asking for the same again finishes it, with the same scene: never a second one.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from chalicelib.campaigns import store
from chalicelib.campaigns.model import MAX_LIFETIME_MS, MAX_PERMANENT, MIN_LIFETIME_MS, Asked, Code
from chalicelib.campaigns.published import campaign_now
from chalicelib.campaigns.refusals import refused
from chalicelib.definitions import store as definitions
from chalicelib.errors import NotFound
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.accounts import AccountDocument, AccountType

_MS: Final = 1000  # in a second


@dataclass(frozen=True, slots=True)
class Ticket:
    """WeChat's answer: what names the picture, what the picture holds, and for how many seconds (None: for good)."""

    ticket: str
    url: str
    expires_seconds: int | None


class Platform(Protocol):
    """WeChat, as far as codes need it."""

    def create(self, account: str, scene: str, expire_seconds: int | None) -> Ticket:
        """A code of the account with a scene, None for one without an end. Raises WechatRefused, WechatLimited, WechatBusy."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many codes without an end an account has, of how many."""

    account: str
    used: int
    limit: int = MAX_PERMANENT


def code(asked: Asked, lifetime: int, platform: Platform, *, key: str = "", by: str, now: int) -> Code:
    """The code that stands for what was asked for, ready to be shown for `lifetime` ms: the one that there is, renewed where it ends too
    soon, or a new one.

    `key` is the caller's idempotency key, `by` a key's id. Raises DocumentInvalid, KeyReused, QuotaExhausted and what `Platform` raises.
    """
    _check(asked, lifetime, now)
    if key:
        store.claim_key(key, asked.id, now)
    found = store.find(asked.id) or store.create(Code(asked.id, asked, created_at=now, created_by=by))
    return found if found.is_good(lifetime, now) else _finished(found, lifetime, platform, now)


def renewed(code_id: str, lifetime: int, platform: Platform, now: int) -> Code:
    """The code with a new end, `lifetime` ms from now, and a new picture; what was printed works until its own end. A pending code is
    finished, one without an end stays as it is. Raises NotFound, DocumentInvalid and what `Platform` raises.
    """
    found = existing(code_id)
    _check(found.asked, lifetime, now)
    return found if found.asked.permanent and found.ticket else _finished(found, lifetime, platform, now)


def existing(code_id: str) -> Code:
    """The code of that id. Raises NotFound."""
    if found := store.find(code_id):
        return found
    raise NotFound("there is no such code")


def quota(account: str) -> Quota:
    """How far the account's quota of codes without an end is used up. Codes that others made for the account are not known here."""
    return Quota(account, store.permanent_used(account))


def _finished(pending: Code, lifetime: int, platform: Platform, now: int) -> Code:
    wanted = None if pending.asked.permanent else lifetime // _MS
    ticket = platform.create(pending.asked.account, pending.id, wanted)
    seconds = wanted if ticket.expires_seconds is None else ticket.expires_seconds
    ends = None if pending.asked.permanent or seconds is None else now + seconds * _MS
    return store.complete(pending.made(ticket.ticket, ticket.url, ends))


def _check(asked: Asked, lifetime: int, now: int) -> None:
    if not MIN_LIFETIME_MS <= lifetime <= MAX_LIFETIME_MS:
        raise refused("expires_in", "lifetime_invalid", "a temporary code lasts from 1m to 30d")
    _check_account(asked.account)
    if asked.campaign:
        _check_campaign(asked, now)


def _check_account(account: str) -> None:
    found = definitions.published(ACCOUNTS, account)
    if found is None:
        raise refused("account", "account_unknown", f"no account {account} is in force")
    if AccountDocument.model_validate(found.document).type is AccountType.MINI_PROGRAM:
        raise refused("account", "account_unsuitable", "mini programs have other codes; take the appid of an official account")


def _check_campaign(asked: Asked, now: int) -> None:
    found = campaign_now(asked.campaign)
    if found is None:
        raise refused("campaign", "campaign_unknown", f"there is no campaign {asked.campaign}")
    if found.is_over(now):
        raise refused("campaign", "campaign_over", f"the campaign {asked.campaign} is not in force or has ended")
    if not found.takes(asked.account):
        raise refused("campaign", "campaign_of_others", f"the campaign {asked.campaign} is not for the account {asked.account}")
