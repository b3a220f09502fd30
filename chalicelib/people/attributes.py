"""Attributes: each keeps the operations that can still matter, and its value is their replay in the order of event time.

Operations may arrive in any order and any number of times; the set of those kept, and so the value, is the same. What precedes
the last `set` or `unset` can never matter again and is dropped. An attribute with more than MAX_OPERATIONS pending increments or
appends is sealed: its older half becomes one `set`, and an operation that arrives later with a time before it has no effect.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from chalicelib.events.model import Event, Json, Operation

MAX_OPERATIONS: Final = 64
MAX_ATTRIBUTES: Final = 500
MAX_LIST: Final = 500  # elements of a list attribute
MAX_TEXT: Final = 100_000  # characters of all operations together: their item must stay well under DynamoDB's 400 KB
CLEAR_NAME: Final = "*"

# (event time ms, fingerprint of event and place in it, operation, operand): sorts in the order of effect
Applied = tuple[int, str, str, Any]

_ENDING: Final = frozenset({Operation.SET.value, Operation.UNSET.value, Operation.CLEAR.value})
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Profile:
    """All attributes of a person as the operations that make them."""

    operations: dict[str, tuple[Applied, ...]] = field(default_factory=dict)

    def applied(self, events: Iterable[Event]) -> "Profile":
        """With the attribute changes of the events. Idempotent, and indifferent to their order."""
        changes: dict[str, list[Applied]] = {}
        for event in events:
            mark = blake2b(f"{event.primary.key}|{event.time}|{event.id}".encode(), digest_size=6).hexdigest()
            for place, change in enumerate(event.attributes):
                applied = (event.time, f"{event.place:04d}{mark}{place:03d}", change.operation.value, change.value)
                changes.setdefault(change.name, []).append(applied)
        return self._with(changes)

    def union(self, other: "Profile") -> "Profile":
        """Both as if all events had come to one person."""
        return self._with(other.operations)

    def values(self) -> Json:
        """The attributes as they stand, by name."""
        cleared = self._cleared()
        found = {name: _replay(cleared, operations) for name, operations in self.operations.items() if name != CLEAR_NAME}
        return {name: value for name, value in sorted(found.items()) if value is not _MISSING}

    def changed_at(self, name: str) -> int:
        """When the attribute last changed, by event time in ms; 0 if never."""
        return max((operation[0] for operation in self.operations.get(name, ())), default=0)

    def _cleared(self) -> tuple[Applied, ...]:
        return self.operations.get(CLEAR_NAME, ())

    def _with(self, changes: Mapping[str, Iterable[Applied]]) -> "Profile":
        operations = dict(self.operations)
        for name, more in changes.items():
            if name not in operations and len(operations) >= MAX_ATTRIBUTES:
                continue
            operations[name] = _compact({*map(_frozen, operations.get(name, ())), *map(_frozen, more)})
        return Profile(operations)


@dataclass(frozen=True, slots=True)
class _Frozen:
    """An operation that can be in a set although its operand may be a list; ordered by effect."""

    order: tuple[int, str]
    operation: Applied

    def __hash__(self) -> int:
        return hash(self.order)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self.order == other.order


def _frozen(operation: Applied) -> _Frozen:
    return _Frozen((operation[0], operation[1]), tuple(operation))


def _compact(operations: set[_Frozen]) -> tuple[Applied, ...]:
    ordered = [one.operation for one in sorted(operations, key=lambda one: one.order)]
    start = max((place for place, one in enumerate(ordered) if one[2] in _ENDING), default=0)
    kept = ordered[start:]
    if len(kept) > MAX_OPERATIONS:
        half = kept[: len(kept) - MAX_OPERATIONS // 2]
        kept = [(half[-1][0], half[-1][1], Operation.SET.value, _replay((), tuple(half))), *kept[len(half) :]]
    return tuple(kept)


def _replay(cleared: tuple[Applied, ...], operations: tuple[Applied, ...]) -> Any:
    value: Any = _MISSING
    for _, _, operation, operand in sorted((*cleared, *operations), key=lambda one: (one[0], one[1])):
        value = _step(value, operation, operand)
    return value


def _step(value: Any, operation: str, operand: Any) -> Any:
    match operation:
        case Operation.SET:
            return operand
        case Operation.SET_ONCE:
            return operand if value is _MISSING else value
        case Operation.INCREMENT:
            return (value if _is_number(value) else 0) + operand
        case Operation.APPEND:
            return _appended(value, operand)
    return _MISSING


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _appended(value: Any, operand: Any) -> list[Any]:
    """A list with the new elements at its end, each once."""
    base = value if isinstance(value, list) else [] if value is _MISSING else [value]
    more = operand if isinstance(operand, list) else [operand]
    return [*base, *(one for place, one in enumerate(more) if one not in base and one not in more[:place])][:MAX_LIST]
