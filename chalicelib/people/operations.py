"""Operations on one attribute: its value is their replay in the order of event time. Pure.

What precedes the last `set` or `unset` can never matter again and is dropped. When too many others are left, the older half is *sealed*:
one operation stands for all of them. What arrives later with a time before that of a sealed operation has no effect, for it may be one
of those that were sealed.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from chalicelib.events.model import Operation

MAX_OPERATIONS: Final = 64
MAX_LIST: Final = 500  # elements of a list attribute
MISSING: Final = object()

# (event time ms, fingerprint of event and place in it, operation, operand): sorts in the order of effect
Applied = tuple[int, str, str, Any]
Order = tuple[int, str]
Operations = tuple[Applied, ...]

SUM: Final = "sum"  # increments, sealed
LIST: Final = "list"  # appends, sealed
_SEALED_AS: Final = {Operation.INCREMENT.value: SUM, Operation.APPEND.value: LIST, SUM: SUM, LIST: LIST}
_SEALED: Final = frozenset({SUM, LIST})
_ENDING: Final = frozenset({Operation.SET.value, Operation.UNSET.value, Operation.CLEAR.value})
_NEVER: Final[Order] = (-1, "")


def order_of(operation: Applied) -> Order:
    """Where the operation stands in time."""
    return operation[0], operation[1]


def added(before: Operations, more: Iterable[Applied]) -> Operations:
    """Those of both that can still matter: the same in any order, and if something comes twice."""
    known: dict[Order, Applied] = {}
    for one in (*before, *more):
        known.setdefault(order_of(one), (one[0], one[1], one[2], one[3]))
    return _compact([known[order] for order in sorted(known)])


def joined(mine: Operations, theirs: Operations) -> Operations:
    """Those of two persons who become one: what one of them has before something that the other has sealed has not come late."""
    floor = max(_floor(mine), _floor(theirs))
    return added(_sealed_up_to(floor, mine), _sealed_up_to(floor, theirs))


def replay(operations: Iterable[Applied]) -> Any:
    """The value that the operations make; MISSING when there is none."""
    value: Any = MISSING
    for _, _, operation, operand in operations:
        value = _step(value, operation, operand)
    return value


def _compact(ordered: Sequence[Applied]) -> Operations:
    start = max((place for place, one in enumerate(ordered) if one[2] in _ENDING), default=-1)
    ending, pending = ordered[max(start, 0) : start + 1], ordered[start + 1 :]
    floor = _floor(pending)
    pending = [one for one in pending if order_of(one) >= floor or one[2] in _SEALED]
    if len(pending) <= MAX_OPERATIONS:
        return (*ending, *pending)
    half = len(pending) - MAX_OPERATIONS // 2
    return (*_sealed(ending, pending[:half]), *pending[half:])


def _floor(operations: Iterable[Applied]) -> Order:
    return max((order_of(one) for one in operations if one[2] in _SEALED), default=_NEVER)


def _sealed_up_to(floor: Order, operations: Operations) -> Operations:
    early = [one for one in operations if order_of(one) <= floor]
    start = sum(one[2] in _ENDING for one in early[:1])  # after the ending that comes first, if any
    return (*_sealed(early[:start], early[start:]), *operations[len(early) :])


def _sealed(ending: Sequence[Applied], pending: Sequence[Applied]) -> Operations:
    """One operation for all of `pending` where they are alike; where they are not, the value that they make is set."""
    kinds = {_SEALED_AS.get(one[2], one[2]) for one in pending}
    if kinds <= {Operation.SET_ONCE.value}:
        return (*ending, *pending[:1])
    time, mark, *_ = pending[-1]
    if kinds == {SUM}:
        return (*ending, (time, mark, SUM, sum(one[3] for one in pending)))
    if kinds == {LIST}:
        return (*ending, (time, mark, LIST, replay(pending)))
    return ((time, mark, Operation.SET.value, replay([*ending, *pending])),)


def _step(value: Any, operation: str, operand: Any) -> Any:
    match operation:
        case Operation.SET:
            return operand
        case Operation.SET_ONCE:
            return operand if value is MISSING else value
        case Operation.INCREMENT | "sum":
            return (value if _is_number(value) else 0) + operand
        case Operation.APPEND | "list":
            return _appended(value, operand)
    return MISSING


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _appended(value: Any, operand: Any) -> list[Any]:
    """A list with the new elements at its end, each once."""
    base = value if isinstance(value, list) else [] if value is MISSING else [value]
    more = operand if isinstance(operand, list) else [operand]
    return [*base, *(one for place, one in enumerate(more) if one not in base and one not in more[:place])][:MAX_LIST]
