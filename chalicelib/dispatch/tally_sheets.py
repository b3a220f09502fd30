"""Counting messages without counting one twice: sheets that note of each message where it is, and what they add up to. Pure.

A sheet is an item of some hundred messages that are on their way together: `m<beginning of the id>` -> `s1`, two letters for state and
channel, and the reason behind them. The last note of a message stands, so what is noted twice counts once; a count is only ever taken of
notes. Beside it `u<beginning of the id>` notes what the message is credited with.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from zlib import crc32

from chalicelib.dispatch.model import Message, Order, State
from chalicelib.dispatch.moves import way_of_arrival
from chalicelib.messages.templates.model import ChannelName

WINDOW_MS: Final = 10_000  # of messages asked for one by one: at 100 a second a sheet of theirs has 250
SHARDS: Final = 4
MARK: Final = 12  # characters of a message's id: among a thousand, the chance that two are alike is one in five hundred million
BETWEEN: Final = "/"  # in `Order.report`: behind it stands the sheet
_NOTED: Final = "m"

# A letter each, for a sheet is paid for by its size. The letters are stored: they never change their meaning.
_STATES: Final = {
    State.ACCEPTED: "a",
    State.DEFERRED: "w",
    State.QUEUED: "q",
    State.CLAIMED: "h",
    State.SENT: "s",
    State.DELIVERED: "d",
    State.CLICKED: "c",
    State.FAILED: "f",
    State.UNKNOWN: "u",
    State.REFUSED: "r",
}
_CHANNELS: Final = {
    ChannelName.TEMPLATE: "t",
    ChannelName.SUBSCRIBE: "b",
    ChannelName.CUSTOMER_SERVICE: "k",
    ChannelName.MASS: "m",
    ChannelName.SMS: "s",
    ChannelName.PUSH: "p",
    ChannelName.WEBHOOK: "w",
    ChannelName.POPUP: "o",
}
_NO_CHANNEL: Final = "-"
_STATE_OF: Final = {letter: state for state, letter in _STATES.items()}
_CHANNEL_OF: Final = {letter: channel.value for channel, letter in _CHANNELS.items()} | {_NO_CHANNEL: ""}
_TOLD: Final = frozenset({State.FAILED, State.UNKNOWN, State.REFUSED, State.DEFERRED})  # states whose reason is counted
WENT_OUT: Final = (State.SENT, State.DELIVERED, State.CLICKED)


class Credit(StrEnum):
    """What a person did that a message is credited with. The values are the first letters of attributes."""

    UNFOLLOWED = "u"
    CONVERTED = "v"


_CREDITS: Final = {one.value: one for one in Credit}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is noted: the report, and the sheet in it."""

    report: str
    sheet: str


@dataclass(frozen=True, slots=True)
class Note:
    """Where a message is: its state, by which channel ("" where none was chosen), and why."""

    state: State
    channel: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What notes add up to: messages by note, credits by kind and channel."""

    notes: Counter[Note] = field(default_factory=Counter)
    credits: Counter[tuple[Credit, str]] = field(default_factory=Counter)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.notes + other.notes, self.credits + other.credits)

    def of(self, *states: State) -> int:
        """How many are in one of the states."""
        return sum(count for note, count in self.notes.items() if note.state in states)

    @property
    def total(self) -> int:
        """How many messages were noted."""
        return self.notes.total()

    @property
    def states(self) -> dict[State, int]:
        """How many are in each state that any of them is in."""
        return {state: count for state in State if (count := self.of(state))}

    def reasons(self, state: State) -> dict[str, int]:
        """Why those of a state are in it, the commonest reason first."""
        found: Counter[str] = Counter()
        for note, count in self.notes.items():
            if note.state is state:
                found[note.reason] += count
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))

    def credited(self, credit: Credit) -> int:
        """How many were credited with it."""
        return sum(count for (kind, _), count in self.credits.items() if kind is credit)

    def by_channel(self) -> dict[str, "Counts"]:
        """The counts of each channel that was chosen for any of them."""
        names = {note.channel for note in self.notes} | {channel for _, channel in self.credits}
        return {name: self._of_channel(name) for name in sorted(names - {""})}

    def _of_channel(self, name: str) -> "Counts":
        notes = Counter({note: count for note, count in self.notes.items() if note.channel == name})
        return Counts(notes, Counter({key: count for key, count in self.credits.items() if key[1] == name}))


def report_of_template(name: str) -> str:
    """The report that counts the messages of a template which were asked for one by one."""
    return f"template#{name}"


def report_of_broadcast(broadcast: str) -> str:
    """The report of a broadcast."""
    return f"broadcast#{broadcast}"


def place_of(order: Order) -> Place:
    """Where a message is noted, always the same: on the sheet that its order names, else on that of its template and time."""
    report, _, sheet = order.report.partition(BETWEEN)
    return Place(report or report_of_template(order.template), sheet or f"{window_key(order.asked_at)}#{crc32(order.id.encode()) % SHARDS}")


def window_key(at: int) -> str:
    """The beginning of the sheets of the window that an instant (ms) falls into; they sort by time."""
    return f"{at - at % WINDOW_MS:013d}"


def attribute_of(message: Message) -> str:
    """The attribute that notes the message."""
    return _NOTED + message.id[:MARK]


def credit_of(message: Message, credit: Credit) -> str:
    """The attribute that notes a credit of the message."""
    return credit.value + message.id[:MARK]


def word_of(message: Message) -> str:
    """The note of a message as it is stored."""
    channel = _channel(message)
    return _STATES[message.state] + (_CHANNELS[channel] if channel else _NO_CHANNEL) + (message.reason if message.state in _TOLD else "")


def channel_word(message: Message) -> str:
    """The channel of a message as a credit stores it."""
    channel = _channel(message)
    return _CHANNELS[channel] if channel else _NO_CHANNEL


def note_of(word: str) -> Note:
    """What a stored note says. Raises KeyError for none of ours."""
    return Note(_STATE_OF[word[0]], _CHANNEL_OF[word[1]], word[2:])


def added_up(sheets: Iterable[Mapping[str, Any]]) -> Counts:
    """The counts of sheets in DynamoDB's typed JSON; attributes that are no notes are passed by."""
    words: Counter[str] = Counter()
    credited: Counter[tuple[Credit, str]] = Counter()
    for sheet in sheets:
        for name, value in sheet.items():
            if len(name) != MARK + 1 or "S" not in value:
                continue
            if name[0] == _NOTED:
                words[value["S"]] += 1
            elif name[0] in _CREDITS:
                credited[_CREDITS[name[0]], _CHANNEL_OF[value["S"]]] += 1
    notes: Counter[Note] = Counter()
    for word, count in words.items():
        notes[note_of(word)] += count
    return Counts(notes, credited)


def newest(messages: Iterable[Message]) -> dict[str, Message]:
    """Of each message the image that was written last."""
    found: dict[str, Message] = {}
    for one in messages:
        if one.id not in found or one.rev > found[one.id].rev:
            found[one.id] = one
    return found


def _channel(message: Message) -> ChannelName | None:
    way = way_of_arrival(message) or message.trip
    return way.channel if way is not None else None
