"""What the notes of a journey's runs add up to, version by version. Pure.

At every node as many stays began as are going on, have failed, have ended there, or were left: `Census.began` is their sum by its making.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from chalicelib.journeys.counts.intervals import Share
from chalicelib.journeys.counts.sheets import MARK, NOTED
from chalicelib.journeys.counts.words import FAILED, LAST, WAITING, Legend, Where, Word, read, version_in

CONTROL: Final = (Where.HELD_OUT,)
_ANY_REV: Final = "11"


@dataclass(frozen=True, slots=True)
class Stay:
    """Stays at a node that ended the same way; `reason` of those that failed or were the last."""

    node: str
    how: str
    reason: str = ""


@dataclass(slots=True)
class Census:
    """The runs of one version. Windows are numbers, shortest first; a goal is counted at the shortest that it lies in.

    `firsts` are the runs of people who had not been inside before. Groups are compared by these only: who is treated may enter again as
    soon as the run is over, who is watched not before the goal's window is, so that of all runs the lively have more among the treated.
    """

    windows: tuple[int, ...] = ()
    runs: Counter[tuple[Where, str]] = field(default_factory=Counter)
    firsts: Counter[Where] = field(default_factory=Counter)
    stays: Counter[Stay] = field(default_factory=Counter)
    posted: Counter[str] = field(default_factory=Counter)
    credited: Counter[str] = field(default_factory=Counter)
    after_posts: Counter[tuple[str, int]] = field(default_factory=Counter)
    goals: Counter[tuple[Where, int, bool]] = field(default_factory=Counter)
    revenue: dict[tuple[Where, int, bool], Decimal] = field(default_factory=dict)

    def add(self, word: Word, times: int = 1) -> None:
        """Counts a run, or several of which the same is noted."""
        self.runs[word.where, word.reason] += times
        self.firsts[word.where] += 0 if word.again else times
        for node, how, count in word.stays:
            self.stays[Stay(node, how, word.reason_at(how))] += count * times
        for one in word.posted:
            self.posted[one.node] += one.count * times
            self.credited[one.node] += one.credited * one.count * times
            if one.before is not None:
                self.after_posts[one.node, bisect_left(self.windows, one.before)] += one.count * times
        if word.goal is not None:
            place = word.where, bisect_left(self.windows, word.goal[0]), word.again
            self.goals[place] += times
            self.revenue[place] = self.revenue.get(place, Decimal()) + word.goal[1] * times

    def of(self, *where: Where) -> int:
        """How many runs are there."""
        return sum(count for (place, _), count in self.runs.items() if place in where)

    def reasons(self, *where: Where) -> dict[str, int]:
        """Why runs are there, the commonest reason first."""
        return _sorted(Counter(), ((reason, count) for (place, reason), count in self.runs.items() if place in where))

    @property
    def nodes(self) -> set[str]:
        """The names of the nodes that anybody came to, or was sent something at."""
        return {stay.node for stay in self.stays} | set(self.posted)

    def began(self, node: str) -> int:
        """How many stays there were at a node."""
        return sum(count for stay, count in self.stays.items() if stay.node == node)

    def waiting(self, node: str) -> int:
        """How many are there."""
        return self.stays[Stay(node, WAITING)]

    def failed(self, node: str) -> dict[str, int]:
        """How many stand still there, by reason."""
        return self._by_reason(node, FAILED)

    def ended(self, node: str) -> dict[str, int]:
        """How many came to their end there, by reason."""
        return self._by_reason(node, LAST)

    def left(self, node: str) -> dict[str, int]:
        """How many went on from there, by outcome."""
        ways = ((stay.how, count) for stay, count in self.stays.items() if stay.node == node and stay.how not in (WAITING, FAILED, LAST))
        return _sorted(Counter(), ways)

    def reached(self, where: Iterable[Where], window: int, *, every: bool = False) -> Share:
        """Of the first runs there, or of every one, those whose goal lies within a window after the entry."""
        places = tuple(where)
        part = sum(
            count for (place, number, again), count in self.goals.items() if place in places and number <= window and (every or not again)
        )
        return Share(part, self.of(*places) if every else sum(self.firsts[place] for place in places))

    def brought(self, where: Iterable[Where], window: int, *, every: bool = False) -> Decimal:
        """What those goals brought."""
        places = tuple(where)
        found = self.revenue.items()
        return sum(
            (value for (place, number, again), value in found if place in places and number <= window and (every or not again)), Decimal()
        )

    def reached_after(self, node: str, window: int) -> Share:
        """Of the messages of a node, those within a window of which the goal was reached."""
        part = sum(count for (name, number), count in self.after_posts.items() if name == node and number <= window)
        return Share(part, self.posted[node])

    def _by_reason(self, node: str, how: str) -> dict[str, int]:
        return _sorted(Counter(), ((stay.reason, count) for stay, count in self.stays.items() if stay.node == node and stay.how == how))


def added_up(sheets: Iterable[Mapping[str, Any]], legend_of: Callable[[int], Legend]) -> dict[int, Census]:
    """The counts of sheets in DynamoDB's typed JSON, by version; attributes that are no notes are passed by."""
    words: Counter[str] = Counter()
    for sheet in sheets:
        for name, value in sheet.items():
            if name[0] == NOTED and len(name) == MARK + 1:
                words[value["S"][int(value["S"][0], 36) + 1 :]] += 1  # what they say, whichever write it was
    found: dict[int, Census] = {}
    legends: dict[int, Legend] = {}
    for text, times in words.items():
        version = version_in(_ANY_REV + text)
        legend = legends.get(version) or legends.setdefault(version, legend_of(version))
        census = found.setdefault(version, Census(legend.windows))
        census.add(read(_ANY_REV + text, legend), times)
    return dict(sorted(found.items()))


def _sorted(counter: Counter[str], counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    for name, count in counted:
        counter[name] += count
    return dict(sorted(counter.items(), key=lambda one: (-one[1], one[0])))
