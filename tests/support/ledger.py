"""The ledger of messages in plain memory, and a channel with all that sending asks for around it: for tests without a store."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from unittest.mock import patch

from chalicelib.channels.channel import Channel, Parcel
from chalicelib.dispatch import store
from chalicelib.dispatch.model import Message, Source
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result


@dataclass
class MemoryLedger:
    """What `dispatch.store` answers, from a dictionary. `before` is called before each call of the store, `after` after each; `changes`
    are what its stream would tell.
    """

    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    kept: dict[str, Message] = field(default_factory=dict)
    changes: list[Message] = field(default_factory=list)

    def put_new(self, message: Message) -> bool:
        """As the store's."""
        self.before()
        new = message.id not in self.kept
        if new:
            self._keep(message)
        self.after()
        return new

    def find(self, message_id: str) -> Message | None:
        """As the store's."""
        self.before()
        found = self.kept.get(message_id)
        self.after()
        return found

    def find_many(self, message_ids: Iterable[str]) -> dict[str, Message]:
        """As the store's."""
        self.before()
        return {one: self.kept[one] for one in message_ids if one in self.kept}

    def replace(self, before: Message, after: Message) -> bool:
        """As the store's."""
        self.before()
        same = before.id in self.kept and self.kept[before.id].rev == before.rev
        if same:
            self._keep(after)
        self.after()
        return same

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Stands in for the store."""
        names = ("put_new", "find", "find_many", "replace")
        with patch.multiple(store, **{name: getattr(self, name) for name in names}):
            yield

    def _keep(self, message: Message) -> None:
        self.kept[message.id] = message
        self.changes.append(message)


@dataclass
class Desk(Channel):
    """A channel and the means around it. `answers` come in turn, the last one for ever; an exception among them is raised.

    `keyed`: how long a key lives (ms). `hold`, `gone`, `full`: what is said of the broadcast, the address, the account.
    `at_the_gate` and `during` are called just before the claim, and in the middle of the call.
    """

    answers: Sequence[Outcome | Exception] = (Outcome(Result.SENT, provider_id="4411"),)
    keyed: int = 0
    drawn: str | Outcome = ""
    hold: str | None = None
    gone: str | None = None
    only: str = ""  # address that is gone; "" for all
    full: int | None = None
    at_the_gate: Callable[[], None] = lambda: None
    during: Callable[[], None] = lambda: None
    left_behind: bool = False  # whether the platform was called for groups that were left behind
    name: ChannelName = ChannelName.SMS
    sent: list[Parcel] = field(default_factory=list)
    groups: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    told: list[Outcome] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def channel(self, name: ChannelName) -> Channel:
        """Itself, whatever the name."""
        assert name
        return self

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """The next answer."""
        self.sent.append(parcel)
        self.during()
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def key_lives_ms(self, parcel: Parcel) -> int:
        """As it was made."""
        return self.keyed

    def draw_key(self, parcel: Parcel, now: int) -> str | Outcome:
        """As it was made."""
        return self.drawn

    def look_up(self, parcel: Parcel, sent_at: int, now: int) -> Outcome | None:
        """Never tells."""
        return None

    def per_minute(self, account: str) -> int | None:
        """As many as one likes."""
        return None

    def per_day(self, account: str) -> int | None:
        """As many as one likes."""
        return None

    def held(self, source: Source) -> str | None:
        """As it was made."""
        return self.hold

    def still(self, parcel: Parcel, now: int) -> str | None:
        """As it was made."""
        return self.gone if self.only in ("", parcel.address) else None

    def admit(self, channel: ChannelName, account: str, now: int) -> int | None:
        """As it was made."""
        self.at_the_gate()
        return self.full if self.full is not None and now < self.full else None

    def learned(self, parcel: Parcel, outcome: Outcome, now: int) -> None:
        """Remembers it."""
        self.told.append(outcome)

    def chance(self) -> float:
        """The middle."""
        return 0.5

    def new_group(self) -> str:
        """Numbered."""
        return f"group-{next(self.numbers)}"

    def send_group(self, group: str, parcels: Sequence[Parcel], now: int) -> Mapping[str, Outcome]:
        """One answer for all."""
        self.groups.append((group, tuple(one.id for one in parcels)))
        outcome = self.send(parcels[0], now)
        return {one.id: outcome for one in parcels}

    def called(self, group: str, now: int) -> bool:
        """As it was made."""
        return self.left_behind
