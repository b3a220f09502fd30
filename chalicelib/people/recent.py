"""Which events a person has applied: a bounded ring of fingerprints, and blocks that hold what fell out of it.

A redelivered event must not count twice, however many others came in between. The ring answers for the newest; what it drops is
spilled into blocks that live as long as a stream can redeliver. An event is looked up in the blocks only if it was written
before the last spill, so a live stream pays nothing for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

FINGERPRINT_BYTES: Final = 6  # 48 bits: over a full ring one false match in 4e12 events
RING_EVENTS: Final = 40  # 240 bytes of the person item's first kilobyte
SPILL_EVENTS: Final = 20  # one block item, a write unit, for so many events of a busy person
CHUNK_EVENTS: Final = RING_EVENTS - SPILL_EVENTS  # at most so many events in one write: what spills was applied by an earlier write
BLOCK_LIFE_MS: Final = 48 * 3_600_000  # twice what a DynamoDB stream keeps
CLOCK_MARGIN_MS: Final = 60_000  # how far the clocks of a lambda and of DynamoDB may lie apart


def fingerprint(text: str) -> bytes:
    """The six bytes that stand for an event key or an identifier set."""
    return blake2b(text.encode(), digest_size=FINGERPRINT_BYTES).digest()


@dataclass(frozen=True, slots=True)
class Recent:
    """`ring`: fingerprints, oldest first. `spills`: person id that owns blocks -> time in ms of its last spill."""

    ring: tuple[bytes, ...] = ()
    spills: dict[str, int] = field(default_factory=dict)

    def holds(self, event: bytes) -> bool:
        """Whether the ring says that the event was applied."""
        return event in self.ring

    def owners_to_ask(self, written_at: int) -> tuple[str, ...]:
        """Whose blocks may hold an event that was written at `written_at` (ms by DynamoDB's clock; 0 if not known)."""
        return tuple(owner for owner, at in sorted(self.spills.items()) if at + CLOCK_MARGIN_MS >= written_at)

    def added(self, events: Iterable[bytes], owner: str, now: int) -> tuple["Recent", tuple[bytes, ...]]:
        """The ring with the events in it, and what has to be written to a block of `owner` first (empty in most cases)."""
        ring = (*self.ring, *events)
        spills = {name: at for name, at in self.spills.items() if at + BLOCK_LIFE_MS > now}
        if len(ring) <= RING_EVENTS:
            return Recent(ring=ring, spills=spills), ()
        cut = max(SPILL_EVENTS, len(ring) - RING_EVENTS)
        return Recent(ring=ring[cut:], spills={**spills, owner: now}), ring[:cut]

    def union(self, other: "Recent") -> "Recent":
        """What either applied. The ring may be twice as long until the next events push it out."""
        spills = {**other.spills, **self.spills}
        for name in self.spills.keys() & other.spills.keys():
            spills[name] = max(self.spills[name], other.spills[name])
        return Recent(ring=(*other.ring, *(one for one in self.ring if one not in other.ring)), spills=spills)


KNOWN_SETS: Final = 12  # 168 bytes; a person seen with more combinations of identifiers re-reads its evidence now and then


@dataclass(frozen=True, slots=True)
class KnownSets:
    """Combinations of identifiers whose evidence is recorded and which belong to the person, with the earliest time they were seen.

    While a set is listed on the *current version* of a person, an event with that set needs no look at its identifiers: this is
    what makes the steady state one read and one write. Everything that moves an identifier clears or rewrites the list.
    """

    sets: tuple[tuple[bytes, int], ...] = ()

    def covers(self, one: bytes, at: int) -> bool:
        """Whether the evidence of the set is recorded for events at or after some time <= `at` (ms)."""
        return any(known == one and first <= at for known, first in self.sets)

    def added(self, one: bytes, at: int) -> "KnownSets":
        """With the set, newest last; the oldest entry goes when there are too many."""
        first = min([at, *(first for known, first in self.sets if known == one)])
        rest = tuple(entry for entry in self.sets if entry[0] != one)
        return replace(self, sets=(*rest, (one, first))[-KNOWN_SETS:])

    def union(self, other: "KnownSets") -> "KnownSets":
        """What either covers, within the bound."""
        merged = self
        for one, at in other.sets:
            merged = merged.added(one, at)
        return merged
