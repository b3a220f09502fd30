"""Walks: something is done for everybody on a list, part by part, whoever dies meanwhile. Pure. Times are epoch ms, 0 for never.

everybody in a segment enters a journey (`enter`), once a firing of its schedule has come; those who are to know their rank are counted
before (`count`); dates of everybody are looked through (`dates`); everybody inside is ended, moved, tried again, or looked at.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from chalicelib.events.model import Json

NEVER: Final = 0
SHARDS: Final = "0123456789abcdef"  # of every list: a segment's people, a journey's people, everybody
AGAIN: Final = "+"  # behind the shard: gone through once more, for whoever came onto the list in the meantime
SETTLE_SECONDS: Final = 30  # from the beginning to the second round: until every process knows how the journey stands
LOST_MS: Final = 30 * 60_000  # a part that has not moved for so long has lost its message, or waits in a long queue
KEPT_MS: Final = 7 * 86_400_000
KEPT_DATES_MS: Final = 70 * 86_400_000  # longer than two rounds of dates are apart
_MARK_BYTES: Final = 4
_EXCERPT: Final = 500  # characters of a message that nobody understands


class What(StrEnum):
    """What a walk does. The values are stable."""

    ENTER = "enter"
    COUNT = "count"
    DATES = "dates"
    END = "end"
    MOVE = "move"
    RETRY = "retry"
    WAKE = "wake"


class Over(StrEnum):
    """Whom a walk goes over."""

    SEGMENT = "segment"  # everybody who is in it
    INSIDE = "inside"  # everybody whose runs are known
    EVERYBODY = "everybody"


_OVER: Final = {What.ENTER: Over.SEGMENT, What.COUNT: Over.SEGMENT, What.DATES: Over.EVERYBODY}
_ONCE: Final = frozenset({What.COUNT, What.DATES, What.RETRY})  # nobody is missed who is not met later anyway
_WANTED: Final = frozenset({What.MOVE, What.RETRY})  # with arguments of their own


class MessageUnreadable(ValueError):
    """A message on the queue that is not ours."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk. `at` is the instant that it is about (a firing, an operator's word), `version` the journey's then; `id` names both and what
    is done, so that beginning it twice is beginning it once. `by` is who wanted it (a key's id, "" for time). `sent_at`: when all parts had
    their messages. `reason` is why it came to nothing, where it did.
    """

    journey: str
    what: What
    at: int
    begun_at: int
    version: int = 0
    by: str = ""
    arguments: Json = field(default_factory=dict)
    sent_at: int = NEVER
    finished_at: int = NEVER
    reason: str = ""

    @property
    def id(self) -> str:
        """What it is called; in order of the instants. Of one instant an operator may want several."""
        wanted = f"@{_short(self.arguments)}" if self.what in _WANTED else ""
        return f"{self.at:013d}@{self.what.value}{wanted}"

    @property
    def over(self) -> Over:
        """Whom it goes over."""
        return _OVER.get(self.what, Over.INSIDE)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its parts."""
        again = () if self.what in _ONCE else tuple(shard + AGAIN for shard in SHARDS)
        return (*SHARDS, *again)

    @property
    def expires(self) -> int:
        """When nobody asks for it any more (ms)."""
        return self.begun_at + (KEPT_DATES_MS if self.what is What.DATES else KEPT_MS)


@dataclass(frozen=True, slots=True)
class Part:
    """How far a part is: begun at `begun_at`, `after` is where its list is read on, `pages` how many were gone through, `counts` what
    became of whom. `holder` is the message whose worker moved it last, at `moved_at`.
    """

    name: str
    begun_at: int = NEVER
    after: str = ""
    pages: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    histogram: bytes = b""
    holder: str = ""
    moved_at: int = NEVER
    finished_at: int = NEVER
    reason: str = ""

    @property
    def shard(self) -> str:
        """Which part of the list it goes through."""
        return self.name[0]

    @property
    def is_second(self) -> bool:
        """Whether the list was gone through before."""
        return self.name.endswith(AGAIN)

    def is_lost(self, walk: Walk, now: int) -> bool:
        """Whether nobody seems to be at it."""
        return not self.finished_at and max(self.moved_at, walk.sent_at, walk.begun_at) + LOST_MS < now


@dataclass(frozen=True, slots=True)
class GoOn:
    """A message: a part of a walk is to be carried on."""

    journey: str
    walk: str
    part: str

    @property
    def text(self) -> str:
        """The body."""
        return json.dumps({"journey": self.journey, "walk": self.walk, "part": self.part})


def message_of(body: str) -> GoOn:
    """What a message asks for. Raises MessageUnreadable."""
    try:
        found = json.loads(body)
        message = GoOn(str(found["journey"]), str(found["walk"]), str(found["part"]))
        if message.part not in {*SHARDS, *(shard + AGAIN for shard in SHARDS)}:
            raise ValueError("there is no such part")
    except (ValueError, KeyError, TypeError) as error:
        raise MessageUnreadable(f"no part of a walk: {body[:_EXCERPT]}") from error
    return message


def added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Both together."""
    return {name: counts.get(name, 0) + more.get(name, 0) for name in sorted({*counts, *more})}


def _short(arguments: Json) -> str:
    return blake2b(json.dumps(arguments, sort_keys=True).encode(), digest_size=_MARK_BYTES).hexdigest()
