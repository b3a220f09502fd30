"""Whom a broadcast would reach, counted from decisions. Pure."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from chalicelib.errors import BadRequest
from chalicelib.messages.policy.decisions import Decision, Defer, Refuse, Send

MAX_COUNT: Final = 10**12


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people were looked at, and of them by which channel they would be told, for what they would have to wait, and why they would
    not be told. `excepted` are those of a segment that is left out.
    """

    checked: int = 0
    excepted: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Reach") -> "Reach":
        return Reach(
            self.checked + other.checked,
            self.excepted + other.excepted,
            self.channels + other.channels,
            self.waits + other.waits,
            self.refusals + other.refusals,
        )

    def packed(self) -> tuple[str, ...]:
        """For a cursor."""
        counters = (self.channels, self.waits, self.refusals)
        return str(self.checked), str(self.excepted), *(json.dumps(one, separators=(",", ":")) for one in counters)


def reach_of(decisions: Iterable[Decision]) -> Reach:
    """What decisions add up to, one for each person."""
    found = Reach()
    for decision in decisions:
        match decision:
            case Send():
                one = Reach(channels=Counter([decision.route.channel.value]))
            case Defer():
                one = Reach(waits=Counter([decision.reason.value]))
            case Refuse():
                one = Reach(refusals=Counter([decision.reason.value]))
        found += one + Reach(checked=1)
    return found


def unpacked(parts: tuple[str, ...]) -> Reach:
    """From a cursor. Raises BadRequest for what nobody packed."""
    try:
        checked, excepted, *counters = (json.loads(part) for part in parts)
        return Reach(_count(checked), _count(excepted), *(_counter(one) for one in counters))
    except (ValueError, TypeError, RecursionError) as error:
        raise BadRequest("cursor is not one that this preview gave") from error


def _counter(found: object) -> Counter[str]:
    if not isinstance(found, dict):
        raise TypeError("not a table of counts")
    return Counter({str(name): _count(count) for name, count in found.items()})


def _count(found: object) -> int:
    if not isinstance(found, int) or not 0 <= found <= MAX_COUNT:
        raise ValueError("not a count")
    return found
