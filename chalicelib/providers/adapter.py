"""What every adapter is: a class in a file of its own, `sms_NAME.py` or `push_NAME.py`, with its instance as `ADAPTER`. Pure.

    class Example(Adapter[SmsMessage]):
        secrets = ("api_key",)

        def _send(self, message: SmsMessage, account: Account, now: int, means: Means) -> Outcome:
            answer = means.send(Request(...))
            ...

    ADAPTER: Final = Example()

It signs, asks through `means` and reads the answer. It keeps nothing, logs nothing and repeats nothing: what happens next is the
dispatcher's. `docs/providers.md` goes through one.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeVar

from chalicelib.outgoing.wire import Answer, NoAnswer, Request
from chalicelib.providers.model import Account, CallbackInvalid, Message, Outcome, Reason, Receipt, Reply, Result
from chalicelib.providers.texts import FREE, Wording

MAX_CALLBACK_BYTES: Final = 1 << 20
PER_MINUTE: Final = "per_minute"  # a setting that accounts of every adapter may have
CALLBACK: Final = "callback"  # a secret that accounts of every adapter may have: the last part of the addresses that the provider calls

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Means:
    """What adapters work with, so that tests can put other things in place. `send` goes to providers, `send_elsewhere` to addresses
    that others chose (both raise NoAnswer); `nonce` gives letters and digits that never come twice.
    """

    send: Callable[[Request], Answer]
    send_elsewhere: Callable[[Request], Answer]
    nonce: Callable[[], str]


class Pulls(StrEnum):
    """How `pulled` has to be asked for receipts."""

    NOTHING = "nothing"  # the provider calls us, or nobody
    WAITING = "waiting"  # it gives whatever it has, once; needless where it calls us
    THESE = "these"  # it tells of the messages that one names, as often as one likes


class Adapter(ABC, Generic[M]):
    """One provider. `secrets` and `settings` are what an account of it must have, `optional_secrets` and `options` what it may have
    besides; `url` is where it is unless the account says otherwise.

    `keys_live_ms` says for how long the provider recognises a key that it was given before: so long an unknown outcome may be tried again
    with the same key and nobody is told twice. 0: it honours none, and what is unknown stays so until a receipt or `look_up` tells.
    `receipts_by_key`: what it tells later of a message names our id, or it tells nothing; else messages are found by its own numbers, at a
    write more for each. `acknowledgement` is what its callbacks have to be answered with. `per_minute` is how many calls it takes from one
    account in a minute, as its documents say; None where they do not. `wording` is for SMS: how texts are written that it takes.
    `most_bytes` is for push: the largest payload.
    """

    url: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[str, ...]] = ()
    optional_secrets: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[str, ...]] = ()
    keys_live_ms: ClassVar[int] = 0
    draws_keys: ClassVar[bool] = False
    receipts_by_key: ClassVar[bool] = False
    acknowledgement: ClassVar[bytes] = b""
    per_minute: ClassVar[int | None] = None
    pulls: ClassVar[Pulls] = Pulls.NOTHING
    wording: ClassVar[Wording] = FREE
    most_bytes: ClassVar[int] = 4096

    def send(self, message: M, account: Account, now: int, means: Means) -> Outcome:
        """Asks the provider to carry a message, once. Raises nothing for what the provider does. `now` is epoch ms."""
        lacking = self.lacking(account)
        if lacking is not None:
            return lacking
        try:
            return self._send(message, account, now, means)
        except NoAnswer as lost:
            return lost_answer(lost)

    def look_up(self, message: M, sent_at: int, account: Account, now: int, means: Means) -> Outcome | None:  # noqa: ARG002 - for others
        """What became of a message whose outcome is unknown: SENT or why not; UNKNOWN while the provider does not know it (yet). None:
        this provider cannot tell.
        """
        return None

    def draw_keys(self, count: int, account: Account, now: int, means: Means) -> tuple[str, ...] | Outcome:  # noqa: ARG002 - for others
        """Keys for as many messages (`provider_key`), to be kept before the first attempt; or why there are none."""
        return ("",) * count

    def receipts(self, body: bytes) -> tuple[Receipt, ...]:
        """What a callback tells of messages that were sent. Raises CallbackInvalid."""
        raise CallbackInvalid(f"this provider calls back with no receipts ({len(body)} bytes came)")

    def replies(self, body: bytes) -> tuple[Reply, ...]:
        """What a callback tells of answers by persons. Raises CallbackInvalid."""
        raise CallbackInvalid(f"this provider calls back with no replies ({len(body)} bytes came)")

    def pulled(self, provider_ids: Sequence[str], account: Account, now: int, means: Means) -> tuple[Receipt, ...]:  # noqa: ARG002
        """Receipts that the provider gives when asked, of these messages or of whatever it has, as `pulls` says. Raises NoAnswer."""
        return ()

    def key_lives_ms(self, message: M) -> int:
        """For how long this message's unknown outcome may be tried again with its key; 0 when the provider would not recognise it."""
        return 0 if self.draws_keys and not message.provider_key else self.keys_live_ms

    def lacking(self, account: Account) -> Outcome | None:
        """The outcome for an account that lacks a secret or a setting, None for one that is complete."""
        if not all(account.secret(name) for name in self.secrets):
            return Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_MISSING)
        if not all(account.setting(name) for name in self.settings):
            return Outcome(Result.MISCONFIGURED, Reason.REQUEST_INVALID, raw_code="a setting is missing")
        return None

    def rate(self, account: Account) -> int | None:
        """How many calls a minute the account may make: as its setting `per_minute` says, else the provider; None for as many as one
        likes.
        """
        return int(account.setting(PER_MINUTE) or 0) or self.per_minute

    def setting_fault(self, settings: Mapping[str, str]) -> str:  # noqa: ARG002 - for others
        """What is wrong with the value of a setting, for whoever writes it; "" when nothing is."""
        return ""

    def base(self, account: Account) -> str:
        """Where the account's provider is, without a slash at the end."""
        return (account.url or self.url).rstrip("/")

    @abstractmethod
    def _send(self, message: M, account: Account, now: int, means: Means) -> Outcome:
        """As `send`, for an account that is complete; may raise NoAnswer."""


def lost_answer(lost: NoAnswer) -> Outcome:
    """What a call came to that nobody answered."""
    if lost.sent_maybe:
        return Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)
    return Outcome(Result.RETRY, Reason.PROVIDER_AWAY)


def json_object(body: bytes) -> dict[str, Any] | None:
    """The object that an answer holds; None when it holds none."""
    found = _json(body)
    return found if isinstance(found, dict) else None


def callback_items(body: bytes) -> list[dict[str, Any]]:
    """The objects of a callback: a JSON array of them, or one by itself. Raises CallbackInvalid."""
    found = _json(body) if len(body) <= MAX_CALLBACK_BYTES else None
    items = found if isinstance(found, list) else [found]
    objects = [one for one in items if isinstance(one, dict)]
    if len(objects) < len(items):
        raise CallbackInvalid("the body must be a JSON object or an array of them")
    return objects


def text_of(item: dict[str, Any], *names: str) -> str:
    """The first of these fields that says something, as text; "" when none does."""
    return next((str(item[name]) for name in names if item.get(name) not in (None, "")), "")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None  # both of them mean the same to whoever asks: not readable
