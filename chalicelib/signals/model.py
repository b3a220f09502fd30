"""What a signal is, and what is kept of it for one person. Pure.

A signal is a matcher (event name and property filter) that some rule needs. Its state is bounded and the same in any order of events:
the total, the first and last time, the sum of a property, the newest `keep` hits, and counts by day where a rule caps points by day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.signals.filters import Filter

ANY_EVENT: Final = "*"  # whatever happened; neither changes of attributes nor what rules themselves derived
KEEPS: Final = (0, 4, 16, 48, 101)  # how many newest hits a signal may keep: one more than the largest count that is asked for
MAX_COUNT: Final = 100  # the largest count within a window that a rule may ask for
MAX_DAYS: Final = 101  # newest active days of which counts are kept; points of days before them are not counted
MILLION: Final = 1_000_000  # sums are kept in millionths, so that no order of adding gives another result
MAX_SUMMAND: Final = 1e12  # a number beyond it is not summed
MAX_TEXT: Final = 64  # characters of a text value that are kept

Value = int | str | None  # of a hit: a number in millionths, a text, or nothing
Hit = tuple[int, Value]  # (event time in ms, value)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a rule needs to be kept. Equal demands share one signal.

    `value` is the path of the property or context part that is kept with each hit and summed if it is a number (`properties.amount`,
    `context.channel`; "" for none), `keep` one of KEEPS, `per_day` the count at which a day is full (0: days are not counted),
    `zone` the time zone of those days.
    """

    event: str
    where: Filter = field(default_factory=Filter)
    keep: int = 0
    value: str = ""
    per_day: int = 0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """A demand with the small number that stands for it in stored people, and the version of the plan that brought it in."""

    number: int
    since: int
    demand: Demand


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a signal for one person; times in ms, 0 for never; `sum` in millionths.

    `hits` are newest first, ordered by time and then value. `days` are (day number since 1970 in the demand's zone, count up to `per_day`),
    newest first.
    """

    total: int = 0
    first: int = 0
    last: int = 0
    sum: int = 0
    hits: tuple[Hit, ...] = ()
    days: tuple[tuple[int, int], ...] = ()


NOTHING: Final = State()

Entry = tuple[
    int, tuple[tuple[int, Value], ...]
]  # what one event adds: (its time in ms, (signal number, value) of each signal that it hits)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The states of a person's signals by number. `through` counts the journal entries that are in it since it was begun."""

    states: Mapping[int, State] = field(default_factory=dict)
    through: int = 0


@dataclass(frozen=True, slots=True)
class Journal:
    """What the newest events add and the ledger does not hold yet: `start` is the place of the first entry in the count of `through`."""

    entries: tuple[Entry, ...] = ()
    start: int = 0

    def added(self, entries: Iterable[Entry]) -> "Journal":
        """With more entries at its end."""
        return Journal((*self.entries, *entries), self.start)
