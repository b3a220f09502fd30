"""Ranks among the people of a broadcast: "you are 12th of 3,400". Pure.

    histogram = merged(counted(values of some) for each part)      # before anybody is told
    Table.of(histogram, ranking).standing(value)                   # of one person, when their turn comes

A histogram says how many people have which value. It is all that a rank needs, adds up in any order, and is small: most values are shared.
"""

import json
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from math import isfinite
from typing import Any, Final

from chalicelib.events.model import Json

MAX_VALUES: Final = 10_000  # different ones: some 100 KB, deflated, of the 400 KB that an item holds
TOO_MANY: Final = "rank_values_too_many"  # why a broadcast is refused
NOT_RANKED: Final = "rank_missing"  # why somebody without a value is not told
FIELDS: Final = ("rank", "ranked", "value")  # of `data.` in texts

Value = int | float


class By(StrEnum):
    """What people are ranked by. The values are stable, as are those below."""

    SCORE = "score"
    ATTRIBUTE = "attribute"


class Direction(StrEnum):
    """Who is the first."""

    DESC = "desc"  # whoever has most
    ASC = "asc"


class Missing(StrEnum):
    """What becomes of people without a value."""

    LAST = "last"  # they share the rank behind all others
    OUT = "out"  # they are not told, and not counted among the others


class TooManyValues(Exception):
    """There are more different values than MAX_VALUES."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was asked: by the score or attribute of which name."""

    by: By
    name: str
    direction: Direction = Direction.DESC
    missing: Missing = Missing.OUT

    def value_in(self, portrait: Json) -> Value | None:
        """A person's value, out of what texts may show of them; None where there is none, or it is no number."""
        found = portrait["scores" if self.by is By.SCORE else "attributes"].get(self.name)
        is_number = isinstance(found, int | float) and not isinstance(found, bool) and isfinite(found)
        return found if is_number else None


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many people have which value, and how many have none."""

    counts: Mapping[Value, int] = field(default_factory=dict)
    without: int = 0

    @property
    def people(self) -> int:
        """All who were counted."""
        return sum(self.counts.values()) + self.without

    def packed(self) -> bytes:
        """For storage."""
        return zlib.compress(json.dumps([self.without, *map(list, self.counts.items())], separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands: `rank` of `ranked`, with a `value` (None: without one)."""

    rank: int
    ranked: int
    value: Value | None

    def data(self) -> dict[str, Any]:
        """As texts have it, in `data.`."""
        return {"rank": self.rank, "ranked": self.ranked, "value": self.value}


@dataclass(frozen=True, slots=True)
class Table:
    """All ranks: the values with the best first, as numbers that rise, and how many people stand before each; `with_value` before none."""

    places: tuple[Value, ...]
    before: tuple[int, ...]
    with_value: int
    without: int
    ranking: Ranking

    @classmethod
    def of(cls, histogram: Histogram, ranking: Ranking) -> "Table":
        """The table of what was counted."""
        found = sorted((_place(value, ranking), count) for value, count in histogram.counts.items())
        before = tuple(accumulate((count for _, count in found), initial=0))
        return cls(tuple(place for place, _ in found), before, before[-1], histogram.without, ranking)

    @property
    def ranked(self) -> int:
        """How many there are; one at least, for somebody who asks stands there."""
        return max(self.with_value + (self.without if self.ranking.missing is Missing.LAST else 0), 1)

    def standing(self, value: Value | None) -> Standing | None:
        """Where somebody with that value stands: behind all who stand better, equals at the same rank. A value that nobody had when it was
        counted goes between its neighbours, one behind all of them shares the last rank. None for whoever is left out.
        """
        if value is None:
            return None if self.ranking.missing is Missing.OUT else self._at(self.with_value, None)
        return self._at(self.before[bisect_left(self.places, _place(value, self.ranking))], value)

    def _at(self, better: int, value: Value | None) -> Standing:
        return Standing(min(better + 1, self.ranked), self.ranked, value)


def counted(values: Iterable[Value | None]) -> Histogram:
    """The histogram of some people's values. Raises TooManyValues."""
    counts = Counter(values)
    without = counts.pop(None, 0)
    return merged([Histogram({value: count for value, count in counts.items() if value is not None}, without)])


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """That of all of them. Raises TooManyValues."""
    counts: Counter[Value] = Counter()
    without = 0
    for one in histograms:
        counts.update(one.counts)
        without += one.without
        if len(counts) > MAX_VALUES:
            raise TooManyValues(f"people have more than {MAX_VALUES} different values")
    return Histogram(dict(counts), without)


def unpacked(stored: bytes) -> Histogram:
    """From storage; of nothing, nobody was counted."""
    if not stored:
        return Histogram()
    without, *counts = json.loads(zlib.decompress(stored))
    return Histogram(dict(counts), without)


def _place(value: Value, ranking: Ranking) -> Value:
    return -value if ranking.direction is Direction.DESC else value
