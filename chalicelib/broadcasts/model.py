"""A broadcast: one message for everybody in a segment. What was asked, and its states. Pure. Times are epoch ms, 0 for never.

scheduled -> running -> done          how far everybody in the segment has been gone through
scheduled -> counting -> running      where people are told their rank; one that cannot be told is refused
none <-> paused, then cancelled       whether its messages may go out; it may be paused and resumed whenever, and cancelled once
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from chalicelib.broadcasts.ranking import Ranking
from chalicelib.dispatch.model import Order, Source, SourceKind
from chalicelib.dispatch.tally_sheets import BETWEEN, report_of_broadcast
from chalicelib.errors import Conflict
from chalicelib.events.model import Json
from chalicelib.messages.model import message_id
from chalicelib.messages.templates.model import Category, ChannelName

NEVER: Final = 0
AHEAD_MS: Final = 366 * 86_400_000  # how far ahead a broadcast may be made
ID_PREFIX: Final = "b_"
_ID_LENGTH: Final = 20  # hex digits


class BroadcastCancelled(Conflict):
    """It was cancelled, which is for good."""

    code = "broadcast_cancelled"


class KeyReused(Conflict):
    """The key is that of another request."""

    code = "key_reused"


class Phase(StrEnum):
    """How far the segment has been gone through."""

    SCHEDULED = "scheduled"
    COUNTING = "counting"  # what values people have, before anybody is told their rank
    RUNNING = "running"
    DONE = "done"  # everybody has a message, which may still be on its way
    REFUSED = "refused"  # nobody is told: there is no ranking


class Hold(StrEnum):
    """What keeps its messages from going out. The values are stable."""

    PAUSED = "paused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked, for good. `version` and `category` are those of the template when it was asked.

    `excepted` are segments whose people are left out. `at`: when to begin, NEVER for at once. `lasts_ms`: how long after the beginning a
    message is worth nothing any more, None for ever. `rank`: what people are ranked by, and told of it. The rest is as in an order.
    """

    segment: str
    template: str
    version: int
    category: Category
    excepted: tuple[str, ...] = ()
    at: int = NEVER
    channels: tuple[ChannelName, ...] = ()
    strict: bool = False
    split: str = ""
    data: Json = field(default_factory=dict)
    lasts_ms: int | None = None
    rank: Ranking | None = None

    def same_as(self, other: "Wanted") -> bool:
        """Whether it is the same request, whatever version of the template is in force by now."""
        return replace(self, version=other.version, category=other.category) == other


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast as it stands. `rev` counts writes; each is conditional on it. `expected` is how many there were in the segment when it
    began. `reason` is why it was refused.
    """

    id: str
    wanted: Wanted
    created_at: int
    created_by: str
    phase: Phase = Phase.SCHEDULED
    hold: Hold | None = None
    started_at: int = NEVER
    finished_at: int = NEVER
    expected: int = 0
    rev: int = 0
    reason: str = ""

    @property
    def state(self) -> str:
        """What is told of it: what holds it, else how far it is."""
        return (self.phase if self.phase is Phase.REFUSED else self.hold or self.phase).value

    @property
    def report(self) -> str:
        """The report that counts its messages."""
        return report_of_broadcast(self.id)

    @property
    def goes_on(self) -> bool:
        """Whether more people are to be gone through now."""
        return self.phase in (Phase.COUNTING, Phase.RUNNING) and self.hold is None


def broadcast_id(caller: str, key: str) -> str:
    """The id of what a caller asked for under a key, always the same."""
    return ID_PREFIX + message_id("broadcasts", caller, key)[:_ID_LENGTH]


def message_of(broadcast: str, person: str) -> str:
    """The id of the message of a broadcast to a person: there is one."""
    return message_id("broadcast", broadcast, person)


def order_of(one: Broadcast, person: str, sheet: str, now: int) -> Order:
    """What is asked for one person. `sheet` is where it is counted."""
    wanted = one.wanted
    return Order(
        id=message_of(one.id, person),
        person=person,
        template=wanted.template,
        version=wanted.version,
        category=wanted.category,
        source=Source(SourceKind.BROADCAST, one.id),
        asked_at=now,
        channels=wanted.channels,
        strict=wanted.strict,
        data=wanted.data,
        expires=None if wanted.lasts_ms is None else one.started_at + wanted.lasts_ms,
        split=wanted.split,
        report=one.report + BETWEEN + sheet,
    )


def started(one: Broadcast, expected: int, now: int) -> Broadcast:
    """It begins; once."""
    first = Phase.RUNNING if one.wanted.rank is None else Phase.COUNTING
    return replace(one, phase=first, started_at=now, expected=expected) if one.phase is Phase.SCHEDULED else one


def ranked(one: Broadcast) -> Broadcast:
    """Everybody was counted, and the ranks are settled; once."""
    return replace(one, phase=Phase.RUNNING) if one.phase is Phase.COUNTING else one


def refused(one: Broadcast, reason: str, now: int) -> Broadcast:
    """It cannot be told; once, and before anybody was."""
    return replace(one, phase=Phase.REFUSED, reason=reason, finished_at=now) if one.phase is Phase.COUNTING else one


def finished(one: Broadcast, now: int) -> Broadcast:
    """Everybody has been gone through; once."""
    return replace(one, phase=Phase.DONE, finished_at=now) if one.phase is Phase.RUNNING else one


def paused(one: Broadcast) -> Broadcast:
    """Nothing more goes out for the time being. Raises BroadcastCancelled."""
    return replace(_alive(one), hold=Hold.PAUSED)


def resumed(one: Broadcast) -> Broadcast:
    """It goes on. Raises BroadcastCancelled."""
    return replace(_alive(one), hold=None)


def cancelled(one: Broadcast) -> Broadcast:
    """Nothing more goes out, for good."""
    return replace(one, hold=Hold.CANCELLED)


def _alive(one: Broadcast) -> Broadcast:
    if one.hold is Hold.CANCELLED:
        raise BroadcastCancelled("the broadcast was cancelled; make a new one, under a key of its own")
    return one
