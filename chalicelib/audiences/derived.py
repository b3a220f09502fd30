"""Derived attributes: what a person's events say of them, worked out whenever it is read. Pure, and the same in any order of events.

Values come from the newest 101 events of the kind; counts and sums without a window come from all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.audiences.counting import shown
from chalicelib.audiences.documents import DerivedDocument
from chalicelib.audiences.evaluating import scaled
from chalicelib.audiences.judgement import Fact
from chalicelib.audiences.matchers import Matcher
from chalicelib.audiences.parts import Measure, Preceding, Tally
from chalicelib.audiences.scores import NEWEST
from chalicelib.signals.comparing import number_of
from chalicelib.signals.fold import summand
from chalicelib.signals.model import NOTHING, Demand, Hit, State

Derivation = tuple[Fact | None, int | None]  # (what is found, the next instant in ms at which that may change without a new event)
_Ever = Callable[[State], Fact | None]
_OfHits = Callable[[Sequence[Hit]], Fact | None]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A derived attribute, ready to be worked out from the signal `number`.

    `within` is in ms, 0 for ever; `then` is the signal whose last hit is looked back from.
    """

    way: str
    number: int
    within: int = 0
    then: int | None = None

    def found(self, states: Mapping[int, State], now: int) -> Derivation:
        """What the signals say at `now` (ms)."""
        state = states.get(self.number, NOTHING)
        if self.then is not None:
            before = states.get(self.then, NOTHING).last
            return _latest([hit for hit in state.hits[:NEWEST] if hit[0] < before]), None
        if not self.within:
            return (_EVER[self.way](state) if self.way in _EVER else _OF_HITS[self.way](state.hits[:NEWEST])), None
        hits = [hit for hit in state.hits[:NEWEST] if hit[0] > now - self.within]
        return _OF_HITS[self.way](hits), hits[-1][0] + self.within if hits else None


def attribute_demands(document: DerivedDocument) -> list[Demand]:
    """What the document needs to be kept: the signal of its way first, then that of `then`."""
    way, matcher = next(document.ways())
    found = [_demand(way, matcher)]
    if isinstance(matcher, Preceding):
        found.append(Demand(matcher.then.event, matcher.then.filter))
    return found


def attribute_of(document: DerivedDocument, numbers: Sequence[int], scale: float = 1) -> Attribute:
    """The attribute over the signals of its demands, by number. Durations are divided by `scale`."""
    way, matcher = next(document.ways())
    within = matcher.within if isinstance(matcher, Measure | Tally) else None
    return Attribute(way, numbers[0], scaled(within, scale) if within else 0, numbers[1] if len(numbers) > 1 else None)


def _demand(way: str, matcher: Matcher) -> Demand:
    windowed = isinstance(matcher, Measure | Tally) and matcher.within is not None
    value = "" if isinstance(matcher, Tally) else getattr(matcher, "property", "")
    return Demand(matcher.event, matcher.filter, keep=NEWEST if windowed or way not in _EVER else 0, value=value)


def _valued(hits: Sequence[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit[1] is not None]


def _plain(value: Any) -> Any:
    return shown(value) if isinstance(value, int) else value


def _most(hits: Sequence[Hit]) -> Fact | None:
    tally: dict[Any, tuple[int, int]] = {}
    for time, value in _valued(hits):
        count, last = tally.get(value, (0, 0))
        tally[value] = (count + 1, max(last, time))
    if not tally:
        return None
    value, (_, last) = min(tally.items(), key=lambda one: (-one[1][0], -one[1][1], str(_plain(one[0]))))
    return Fact(_plain(value), last)


def _latest(hits: Sequence[Hit]) -> Fact | None:
    return next((Fact(_plain(value), time) for time, value in _valued(hits)), None)


def _first(hits: Sequence[Hit]) -> Fact | None:
    return _latest(hits[::-1])


def _count(hits: Sequence[Hit]) -> Fact | None:
    return Fact(len(hits), hits[0][0] if hits else 0)


def _sum(hits: Sequence[Hit]) -> Fact | None:
    return Fact(shown(sum(summand(value) for _, value in hits)), hits[0][0] if hits else 0)


def _average(hits: Sequence[Hit]) -> Fact | None:
    numbers = [(time, summand(value)) for time, value in hits if isinstance(value, int) or number_of(value) is not None]
    if not numbers:
        return None
    total, count = sum(number for _, number in numbers), len(numbers)
    return Fact(shown((2 * total + count) // (2 * count)), numbers[0][0])  # to the nearest millionth


_OF_HITS: Final[Mapping[str, _OfHits]] = {
    "most": _most,
    "latest": _latest,
    "first": _first,
    "count": _count,
    "sum": _sum,
    "average": _average,
    "latest_before": _latest,
}
_EVER: Final[Mapping[str, _Ever]] = {
    "count": lambda state: Fact(state.total, state.last),
    "sum": lambda state: Fact(shown(state.sum), state.last),
}
