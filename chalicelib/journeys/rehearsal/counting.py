"""What a rehearsal counts over everybody, who are gone through one by one: entries under a cap, and values for ranks. Pure.

Who came first is not known before everybody was looked at. So everybody is gone through again with what was counted, until it stays the
same: then each window of a cap, and each firing with ranks, was played with what came of all those before it.

    following(played, most)        # the round that is needed after one; None when there is nothing more to find out
"""

from bisect import insort
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from chalicelib.broadcasts.ranking import Histogram, Missing, Ranking, Standing, Table, Value

MOST_KEPT: Final = 3_000  # instants of entries, and values, that are kept apart: they travel with the cursor
MOST_ROUNDS: Final = 10
MOST_WINDOWS: Final = 10_000  # of a cap, in a span


@dataclass(frozen=True, slots=True)
class Known:
    """What the rounds before have found. `full`: by the window (ms) whose places are all taken, the instant at which the last one was, and
    how many were taken at that very instant. `ranks` and `without`: by firing, how many people had which value, and how many none.
    """

    full: dict[int, tuple[int, int]] = field(default_factory=dict)
    ranks: dict[int, dict[Value, int]] = field(default_factory=dict)
    without: dict[int, int] = field(default_factory=dict)


@dataclass
class Round:
    """Everybody gone through once, with what was `known` before; all of it goes into cursors.

    In the last round, which is not `exact`, nothing is found out any more: places are given in the order in which people are gone through.
    `tried` are the first instants at which somebody could enter, by window, as many as there are places; `taken` the places that were
    given of those for which it matters; `values` and `without` what was counted for ranks. `too_much`: more than is kept.
    """

    number: int = 1
    exact: bool = True
    known: Known = field(default_factory=Known)
    tried: dict[int, list[int]] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    values: dict[int, dict[Value, int]] = field(default_factory=dict)
    without: dict[int, int] = field(default_factory=dict)
    kept: int = 0

    @property
    def too_much(self) -> bool:
        """Whether there was more than is kept; then nothing is."""
        return self.kept > MOST_KEPT

    def gives_up(self, most: int) -> bool:
        """Whether nothing of this round counts any more, under a cap of so many (0: none): the next one is the last."""
        return bool(most) and self.exact and self.too_much

    @cached_property
    def _tables(self) -> dict[int, Table]:
        """Those of firings that somebody has asked about."""
        return {}

    def takes_place(self, window: int, at: int, most: int) -> bool:
        """Whether somebody who could enter at an instant finds a place in its window, which has so many."""
        places = most
        if self.exact:
            self._try(window, at, most)
            last, places = self.known.full.get(window, (at + 1, 0))
            if at != last:
                return at < last
        taken = self.taken.get(window, 0)
        self.taken[window] = min(taken + 1, places)
        return taken < places

    def standing(self, at: int, value: Value | None, ranking: Ranking) -> Standing | None:
        """Where somebody with a value stands at a firing: the first of one before all were counted. None for who is left out."""
        self._count(at, value)
        if at in self.known.ranks:
            if at not in self._tables:
                self._tables[at] = Table.of(Histogram(self.known.ranks[at], self.known.without.get(at, 0)), ranking)
            return self._tables[at].standing(value)
        return None if value is None and ranking.missing is Missing.OUT else Standing(1, 1, value)

    def _try(self, window: int, at: int, most: int) -> None:
        if self.too_much:
            return
        found = self.tried.setdefault(window, [])
        insort(found, at)
        self.kept += len(found) <= most
        del found[most:]
        self._forget_what_is_too_much()

    def _count(self, at: int, value: Value | None) -> None:
        if self.too_much or not self.exact:
            return
        if value is None:
            self.without[at] = self.without.get(at, 0) + 1
        found = self.values.setdefault(at, {})
        if value is not None:
            self.kept += value not in found
            found[value] = found.get(value, 0) + 1
        self._forget_what_is_too_much()

    def _forget_what_is_too_much(self) -> None:
        if self.too_much:
            self.tried, self.values, self.without = {}, {}, {}


def following(played: Round, most: int) -> Round | None:
    """The round after one, of a journey that lets in so many at `most` (0: all); None if it would find out nothing."""
    if not played.exact or (played.too_much and not most):
        return None
    known = Known({window: _last(found) for window, found in played.tried.items() if len(found) == most}, played.values, played.without)
    if known == played.known and not played.too_much:
        return None
    return Round(played.number + 1, exact=not played.too_much and played.number < MOST_ROUNDS, known=known)


def _last(instants: list[int]) -> tuple[int, int]:
    return instants[-1], instants.count(instants[-1])
