"""What WeChat's channels have in common: the account has to be of a kind that has the channel, one call is made, its end is an Outcome.

A channel of this kind (`template.py`, `subscribe.py`, `customer_service.py`, `mass.py`) says what is called, and what is learnt from it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.channels import wechat_verdicts
from chalicelib.channels.channel import NO_KEY, Parcel
from chalicelib.errors import Busy, HuiliuError
from chalicelib.fans import connected, parting
from chalicelib.messages.policy.decisions import Reason as Refusal
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.telemetry import logger
from chalicelib.wechat import quotas
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import WechatError

NO_KEY_NEEDED: Final = ""
OPENID: Final = "touser"
TEMPLATE: Final = "template_id"
TEMPLATE_PAUSE_MS: Final = 10 * 60_000  # how long nobody calls for a template that the platform refuses: it punishes those who insist
_OF_TEMPLATES: Final = (Refusal.TEMPLATE_BLOCKED, Reason.TEMPLATE_UNAPPROVED)
PER_MINUTE: Final = 12_000  # the platform tells no limit, but answers -1 to a few hundred calls at once; ours take some 100 ms each
_STORES: Final = (PynamoDBException, BotoCoreError, ClientError)  # what our own raise
_FAULTS: Final = (*_STORES, HuiliuError)
Connect = Callable[[str], Client]


class WechatChannel(ABC):
    """A channel whose messages go by the API of WeChat. `connect` gives an account's client; tests put another in its place."""

    name: ChannelName  # a plain attribute, as the protocol has it
    _kinds: ClassVar[frozenset[AccountType]] = frozenset({AccountType.SERVICE})  # of accounts that have such messages

    def __init__(self, connect: Connect = Client) -> None:
        self.connect = connect

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """Asks the platform once, and keeps what it says of the fan. Raises Busy when our own stores fail us before the call."""
        with nothing_called():
            return self._sent(parcel, now)

    def _sent(self, parcel: Parcel, now: int) -> Outcome:
        kind = connected.type_of(parcel.account)
        if fault := self.unfit(parcel.account, kind) or _banned(parcel, now):
            return fault
        outcome = self.carry(parcel, kind, now)
        if outcome.reason == Refusal.NOT_FOLLOWING:
            noted(lambda: parting.gone(parcel.account, parcel.address, now))
        elif outcome.reason in _OF_TEMPLATES:
            noted(lambda: quotas.close(parcel.account, _template(parcel), now + TEMPLATE_PAUSE_MS, now))
        return outcome

    @abstractmethod
    def carry(self, parcel: Parcel, kind: AccountType | None, now: int) -> Outcome:
        """What the call came to, with what only this channel learns from it."""

    def unfit(self, appid: str, kind: AccountType | None) -> Outcome | None:
        """Why no message of this channel can go by the account, None when it can."""
        if kind is None:
            return Outcome(Result.MISCONFIGURED, Reason.ACCOUNT_UNKNOWN, raw_code=f"no account {appid} is in force", called=False)
        if kind not in self._kinds:
            detail = f"{kind} accounts have no {self.name} messages"
            return Outcome(Result.MISCONFIGURED, Reason.ACCOUNT_MISMATCH, raw_code=detail, called=False)
        return None

    def key_lives_ms(self, parcel: Parcel) -> int:  # noqa: ARG002 - some channels have keys
        """The platform takes no key."""
        return NO_KEY

    def draw_key(self, parcel: Parcel, now: int) -> str | Outcome:  # noqa: ARG002 - as the protocol has it
        """Keys are our own."""
        return NO_KEY_NEEDED

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> Outcome | None:  # noqa: ARG002 - as the protocol has it
        """The platform cannot be asked; it pushes what became of template messages and notices."""
        return None

    def per_minute(self, account: str) -> int | None:  # noqa: ARG002 - the same for all
        """A pace that the platform bears."""
        return PER_MINUTE

    def per_day(self, account: str) -> int | None:  # noqa: ARG002 - as the protocol has it
        """The platform's own count holds, which differs by account: when it says that the day is used up, nobody calls before midnight."""
        return None


@contextmanager
def nothing_called() -> Iterator[None]:
    """Faults of our own stores become Busy. They come before the call, or with its refusal: what follows a call is `noted`."""
    try:
        yield
    except _STORES as error:
        raise Busy("the message's channel could not read what it needs; it is tried again later") from error


def _template(parcel: Parcel) -> str:
    """The platform's template, as something of the account that may be closed; "" where there is none."""
    template = parcel.body.get(TEMPLATE)
    return f"template#{template}" if template else ""


def _banned(parcel: Parcel, now: int) -> Outcome | None:
    """Whether the platform has just refused the template itself, to whomever it was to go."""
    template = _template(parcel)
    if not template or quotas.closed_until(parcel.account, template, now) is None:
        return None
    return Outcome(Result.REFUSED, Refusal.TEMPLATE_BLOCKED, called=False)


def called(call: Callable[[], str]) -> Outcome:
    """What a call for one message came to; it gives the platform's number of the message."""
    try:
        return Outcome(Result.SENT, provider_id=call())
    except WechatError as error:
        return wechat_verdicts.outcome_of(error)


@contextmanager
def given_back(give_back: Callable[[], object]) -> Iterator[None]:
    """Gives back what was taken for a call that our own stores did not let come about."""
    try:
        yield
    except _FAULTS:
        noted(give_back)
        raise


def noted(note: Callable[[], object]) -> None:
    """Keeps what a call taught. The outcome of the call counts more: what cannot be kept now is logged, and the next call tells again."""
    try:
        note()
    except _FAULTS:
        logger.exception("what a message taught could not be kept")
