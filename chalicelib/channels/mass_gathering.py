"""A gathering: mass messages with the same words of an account that has only a call or so a day, until they all go in one, to a tag. Pure.

    OPEN     who comes is given the tag, and waits
    CLOSED   nobody comes any more; all are looked at once more and claimed, who must not get it loses the tag, then one call
    OVER     the call is made, or there was nobody left to call for

Workers do not talk to each other: that one who saw it open has ended, one knows by the time that has gone by. All times are epoch ms.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

from chalicelib.events.model import Json

QUIET_MS: Final = 5 * 60_000  # without anybody new, it closes
LONGEST_MS: Final = 60 * 60_000  # after so long it closes, whoever may come
MOST: Final = 100_000  # members; a tag that more have cannot be deleted
WORKER_MS: Final = 90_000  # no lambda that sends lives for longer
FENCE_MS: Final = 2 * WORKER_MS  # one that closes tells when it began, and so does one that joins: either may be as old as that
TAG_KEPT_MS: Final = 60 * 60_000  # after the call: the platform takes it on first, and looks who has the tag later
FORGOTTEN_MS: Final = 12 * 86_400_000  # nothing waits in a queue for so long
NO_TAG: Final = 0
_TAG_NAME: Final = "hg:"
_DIGITS: Final = 12
_KEY_DIGITS: Final = 32


class Phase(StrEnum):
    """Where a gathering is. The values are stable."""

    OPEN = "open"
    CLOSED = "closed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Gathering:
    """`id` is also the key of its call. `words` tells what is said (`words_of`), `tag` the platform's number of its tag.

    `last_at` is when somebody joined last, `count` how many did; `walked_at` since when somebody goes through its members, 0 when nobody
    does; `rev` counts writes.
    """

    id: str
    account: str
    words: str
    opened_at: int
    last_at: int
    phase: Phase = Phase.OPEN
    count: int = 0
    closed_at: int = 0
    walked_at: int = 0
    ended_at: int = 0
    tag: int = NO_TAG
    rev: int = 0

    @property
    def tag_name(self) -> str:
        """What the account's operators see."""
        return _TAG_NAME + self.id[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Member:
    """A message of a gathering, by the trip of this number to this fan."""

    message: str
    attempt: int
    openid: str


@dataclass(frozen=True, slots=True)
class Share:
    """Those who were given the tag in one call; `given`: they have it, else they may."""

    id: str
    members: tuple[Member, ...] = field(repr=False)
    given: bool = False


def words_of(account: str, body: Json) -> str:
    """What an account says, as one short word that differs for other words."""
    return sha256(json.dumps([account, body], sort_keys=True).encode()).hexdigest()[:_KEY_DIGITS]


def closes_at(gathering: Gathering, shut_until: int | None, scale: float) -> int:
    """When an open gathering closes: not before the account may be called again. `scale`: how much faster time is (1 in production)."""
    if gathering.count >= MOST:
        return max(gathering.last_at, shut_until or 0)
    quiet, longest = gathering.last_at + round(QUIET_MS / scale), gathering.opened_at + round(LONGEST_MS / scale)
    return max(min(quiet, longest), shut_until or 0)


def joined(gathering: Gathering, more: int, now: int) -> Gathering:
    """With so many members more."""
    return replace(gathering, count=gathering.count + more, last_at=max(gathering.last_at, now), rev=gathering.rev + 1)


def tagged(gathering: Gathering, tag: int) -> Gathering:
    """With its tag."""
    return replace(gathering, tag=tag, rev=gathering.rev + 1)


def closed(gathering: Gathering, now: int) -> Gathering:
    """Nobody joins any more."""
    return replace(gathering, phase=Phase.CLOSED, closed_at=now, rev=gathering.rev + 1)


def walked(gathering: Gathering, now: int) -> Gathering:
    """Somebody goes through its members; with 0, nobody does."""
    return replace(gathering, walked_at=now, rev=gathering.rev + 1)


def over(gathering: Gathering, now: int) -> Gathering:
    """Done with."""
    return replace(gathering, phase=Phase.OVER, ended_at=now, rev=gathering.rev + 1)


def walk_at(gathering: Gathering) -> int:
    """When somebody may go through the members of a closed one: nobody who saw it open, and nobody who began before, is alive any more."""
    return max(gathering.closed_at + FENCE_MS, gathering.walked_at + WORKER_MS if gathering.walked_at else 0)


def tag_goes_at(gathering: Gathering, scale: float) -> int:
    """When its tag may be deleted."""
    if gathering.phase is Phase.OVER:
        return gathering.ended_at + round(TAG_KEPT_MS / scale)
    return gathering.last_at + FORGOTTEN_MS


def members_of(shares: Iterable[Share]) -> dict[str, Member]:
    """By message, all who have the tag for certain."""
    return {one.message: one for share in shares if share.given for one in share.members}


def losers_of(shares: Iterable[Share], kept: Mapping[str, str]) -> list[str]:
    """The fans who have the tag, or may have it, and for whom nothing is to go; `kept` are openids by message."""
    stay = set(kept.values())
    return [one for one in dict.fromkeys(member.openid for share in shares for member in share.members) if one not in stay]


def packed(members: Sequence[Member]) -> str:
    """Members as text: a line for each."""
    return "\n".join(f"{one.message} {one.attempt} {one.openid}" for one in members)


def unpacked(text: str) -> tuple[Member, ...]:
    """The members of a text."""
    rows = (line.split(" ", 2) for line in text.split("\n") if line)
    return tuple(Member(message, int(attempt), openid) for message, attempt, openid in rows)
