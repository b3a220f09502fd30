"""Attributes: each keeps the operations that can still matter (see operations.py), in a bounded space. Pure.

Operations may arrive in any order and any number of times; the set of those kept, and so the value, is the same.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from chalicelib.events.model import Event, Json
from chalicelib.events.reserved import TAG_PREFIX
from chalicelib.people.operations import MISSING, Applied, Operations, added, joined, order_of, replay

MAX_ATTRIBUTES: Final = 500
MAX_BYTES: Final = 300_000  # of all operations as JSON: their item must stay well under DynamoDB's 400 KB
CLEAR_NAME: Final = "*"


@dataclass(frozen=True, slots=True)
class Profile:
    """All attributes of a person as the operations that make them. `refused`: how many changes there was no room for in the last step."""

    operations: dict[str, Operations] = field(default_factory=dict)
    refused: int = field(default=0, compare=False)

    def applied(self, events: Iterable[Event]) -> "Profile":
        """With the attribute changes of the events. Idempotent, and indifferent to their order."""
        changes: dict[str, list[Applied]] = {}
        for event in events:
            mark = blake2b(f"{event.primary.key}|{event.time}|{event.id}".encode(), digest_size=6).hexdigest()
            for place, change in enumerate(event.attributes):
                applied = (event.time, f"{event.place:04d}{mark}{place:03d}", change.operation.value, change.value)
                changes.setdefault(change.name, []).append(applied)
        return self._with(changes, added)

    def union(self, other: "Profile") -> "Profile":
        """Both as if all events had come to one person."""
        return self._with(other.operations, joined)

    def values(self) -> Json:
        """The attributes as they stand, by name."""
        found = {name: replay(operations) for name, operations in self.operations.items() if name != CLEAR_NAME}
        return {name: value for name, value in sorted(found.items()) if value is not MISSING}

    def changed_at(self, name: str) -> int:
        """When the attribute last changed, by event time in ms; 0 if never."""
        return max((operation[0] for operation in self.operations.get(name, ())), default=0)

    def _with(self, changes: Mapping[str, Iterable[Applied]], put: Callable[[Operations, Operations], Operations]) -> "Profile":
        cleared = added(self.operations.get(CLEAR_NAME, ()), changes.get(CLEAR_NAME, ()))
        kept = {CLEAR_NAME: cleared} if cleared else {}
        for name, operations in self.operations.items():
            if name != CLEAR_NAME and (left := _left(name, operations, cleared)):
                kept[name] = left
        wanted = {
            name: put(kept.get(name, ()), left)
            for name, more in changes.items()
            if name != CLEAR_NAME and (left := _left(name, more, cleared))
        }
        return _bounded(kept, wanted)


def _left(name: str, operations: Iterable[Applied], cleared: Operations) -> Operations:
    """The operations that come after everything was cleared. Tags given by hand are an operator's word: no client clears them."""
    if name.startswith(TAG_PREFIX):
        return tuple(operations)
    return tuple(one for one in operations if not cleared or order_of(one) > order_of(cleared[-1]))


def _bounded(kept: dict[str, Operations], wanted: dict[str, Operations]) -> Profile:
    """What is kept with what is wanted, as far as there is room."""
    everything = kept | wanted
    if len(everything) <= MAX_ATTRIBUTES and _size(everything) <= MAX_BYTES:
        return Profile(everything)
    room, refused = MAX_BYTES - _size(kept), 0
    for name, operations in wanted.items():
        grows = _size({name: operations}) - (_size({name: kept[name]}) if name in kept else 0)
        if grows <= room and (name in kept or len(kept) < MAX_ATTRIBUTES):
            kept[name] = operations
            room -= grows
        else:
            refused += 1
    return Profile(kept, refused)


def _size(operations: Mapping[str, Operations]) -> int:
    return len(json.dumps(operations, ensure_ascii=False, separators=(",", ":")).encode())
