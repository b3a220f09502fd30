"""What channels have in common whose messages go over a provider: finding the account and its adapter, asking, counting.

Whatever the provider does is an Outcome. Faults of our own stores before it was called are Busy.

A channel of this kind (`sms.py`, `push.py`, `webhook.py`) says what the adapter is given.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.channels.channel import NO_KEY, Parcel
from chalicelib.channels.drawn import DrawnKeys
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers import adapters, connected, reaching
from chalicelib.providers.adapter import Adapter, Means
from chalicelib.providers.addresses import OPEN
from chalicelib.providers.credentials import CredentialInvalid
from chalicelib.providers.model import Account, Message, Outcome, Reason, Result
from chalicelib.settings import settings
from chalicelib.telemetry import count_provider_call

NO_KEY_NEEDED: Final = ""
KEYS_DRAWN: Final = "keys_drawn"  # counted as what such a call came to
LOOKED_UP: Final = "looked_up"

M = TypeVar("M", bound=Message)

_drawn: Final = DrawnKeys()


@dataclass(frozen=True, slots=True)
class Ready(Generic[M]):
    """A message with the account that it goes by and who carries it."""

    message: M
    account: Account
    adapter: Adapter[Any]


class Carried(ABC, Generic[M]):
    """A channel whose messages a provider carries."""

    name: ChannelName  # a plain attribute, as the protocol has it

    @abstractmethod
    def message(self, parcel: Parcel, account: Account) -> M | Outcome:
        """What the adapter is given, or why there can be nothing."""

    def adapter_name(self, parcel: Parcel) -> str:
        """The adapter that the template was written for; the account has to have it."""
        return f"{self.name.value}_{parcel.body.get('provider', '')}"

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """Asks the provider once."""
        ready = self._ready(parcel)
        if isinstance(ready, Outcome):
            return ready
        outcome = ready.adapter.send(ready.message, ready.account, now, means())
        count_provider_call(ready.account.name, ready.account.adapter, outcome.kind.value)
        return _with_receipts(outcome, ready)

    def key_lives_ms(self, parcel: Parcel) -> int:
        """As the adapter says, whatever the account is like by now. Where keys are drawn, no message goes out without one."""
        name = self.adapter_name(parcel)
        return adapters.adapter(name).keys_live_ms if name in adapters.names() else NO_KEY

    def draw_key(self, parcel: Parcel, now: int) -> str | Outcome:
        """One for each message where the adapter draws keys; several are drawn at once and kept for the next ones."""
        ready = self._ready(parcel)
        if isinstance(ready, Outcome):
            return ready
        if not ready.adapter.draws_keys:
            return NO_KEY_NEEDED
        return _drawn.next(ready.account.name, now, lambda count: _drawn_now(ready, count, now))

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> Outcome | None:
        """As the adapter tells, None where it cannot. Nothing can be told while the account is not what it was."""
        ready = self._ready(parcel)
        if isinstance(ready, Outcome):
            return Outcome(Result.UNKNOWN, ready.reason, raw_code=ready.raw_code)
        found = ready.adapter.look_up(ready.message, sent_at, ready.account, now, means())
        if found is not None:
            count_provider_call(ready.account.name, ready.account.adapter, LOOKED_UP)
        return found and _with_receipts(found, ready)

    def per_minute(self, account: str) -> int | None:
        """As the account says, else its provider."""
        found = _account(account)
        return None if isinstance(found, Outcome) else adapters.adapter(found.adapter).rate(found)

    def per_day(self, account: str) -> int | None:  # noqa: ARG002 - other channels have one
        """Providers limit days by their own count and say so when it is reached."""
        return None

    def _ready(self, parcel: Parcel) -> Ready[M] | Outcome:
        account = _account(parcel.account)
        if isinstance(account, Outcome):
            return account
        wanted = self.adapter_name(parcel)
        if account.adapter != wanted:
            detail = f"the template is for {wanted}, the account {account.name} is of {account.adapter}"
            return Outcome(Result.MISCONFIGURED, Reason.ACCOUNT_MISMATCH, raw_code=detail, called=False)
        message = self.message(parcel, account)
        return message if isinstance(message, Outcome) else Ready(message, account, adapters.adapter(wanted))


def means() -> Means:
    """What adapters work with. Webhooks reach this machine on a developer's own stack only."""
    return reaching.guarded(OPEN) if settings().local_webhooks else reaching.REAL


def forget() -> None:
    """Draws keys anew at the next use."""
    _drawn.clear()


def _with_receipts(outcome: Outcome, ready: Ready[Any]) -> Outcome:
    return replace(outcome, by_key=True) if ready.adapter.receipts_by_key else outcome


def _account(name: str) -> Account | Outcome:
    """Raises Busy while our own stores cannot be read: nothing was called."""
    try:
        found = connected.account_of(name)
    except CredentialInvalid as invalid:
        return Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED, raw_code=str(invalid))
    except (BotoCoreError, ClientError, PynamoDBException) as error:
        raise Busy("the account cannot be read now") from error
    return found or Outcome(Result.MISCONFIGURED, Reason.ACCOUNT_UNKNOWN, raw_code=f"no account {name} is in force", called=False)


def _drawn_now(ready: Ready[Any], count: int, now: int) -> tuple[str, ...] | Outcome:
    found = ready.adapter.draw_keys(count, ready.account, now, means())
    count_provider_call(ready.account.name, ready.account.adapter, found.kind.value if isinstance(found, Outcome) else KEYS_DRAWN)
    return found
