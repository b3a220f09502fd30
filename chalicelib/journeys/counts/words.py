"""What is noted of a run in one word: where it is and how it came there. Pure.

A word begins with the `rev` of the write that it tells of, which grows with every write of the run, also where it moves to another person:
so the greater word is the later one.

    13 4 ;0:,1:t,2:@ ;0/5k+ ;5k/12.5 ;g
    |  |  |           |      |        |_ where it is, and the reason
    |  |  |           |      |_ the goal: how long after the entry (ms, base 36), and what it brought
    |  |  |           |_ messages: the node, how long before the goal, `+` for the newest of them
    |  |  |_ stays: the node, how they ended (nothing: `next`; `@` not yet, `!` failed, `.` the end), `*` how often
    |  |_ the version
    |_ `rev`, behind the number of its digits

Where it is is a capital letter when the person had been inside before.

Nodes are numbers in the order of their names in that version. A node of another version, which a run was moved from, is its name.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import OUTSIDE, Run, RunState, Sent, Visit, Why

WAITING, FAILED, LAST = "@", "!", "."  # how a stay has ended that has not, or was the last
MERGED: Final = Why.MERGED.value
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"  # sorted as their values are
_NAMED: Final = "="  # before a node that is no number
_OUTCOMES: Final = {"next": "", "then": "t", "else": "e", "moved": "m"}
_OUTCOME_OF: Final = {letter: outcome for outcome, letter in _OUTCOMES.items()}


class Where(StrEnum):
    """Where a run is. The letters are stored: they never change their meaning."""

    NOT_YET = "o"  # "A, then not B", and B may still happen
    NOT_ENTERED = "x"
    HELD_OUT = "h"
    GOING = "g"
    FAILED = "f"
    ENDED = "e"
    MERGED = "m"  # it goes on as another run, which counts


TREATED: Final = (Where.GOING, Where.FAILED, Where.ENDED)  # whom the journey did something for, each once


@dataclass(frozen=True, slots=True)
class Legend:
    """What the numbers of a version stand for: its nodes, and its goal's windows (ms), shortest first."""

    nodes: tuple[str, ...] = ()
    windows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A message, or `count` of a node; `before` the goal by so many ms (None: not before it)."""

    node: str
    before: int | None = None
    credited: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Word:
    """What is noted of a run. `stays`: how often it left which node how. `goal`: ms after the entry, and what it brought. `again`: the
    person had been inside before.
    """

    version: int
    where: Where
    reason: str = ""
    stays: tuple[tuple[str, str, int], ...] = ()
    posted: tuple[Posted, ...] = ()
    goal: tuple[int, Decimal] | None = None
    again: bool = False
    rev: int = field(default=1, compare=False)

    def reason_at(self, how: str) -> str:
        """Why a stay ended as it did, where that is the run's own reason."""
        if how not in (FAILED, LAST):
            return ""
        return MERGED if self.where is Where.MERGED else self.reason


def legend_of(chart: Chart | None) -> Legend:
    """The legend of a version; one that names nothing where it is not at hand."""
    if chart is None:
        return Legend()
    return Legend(tuple(sorted(chart.nodes)), tuple(sorted(length for _, length in chart.goal.within)) if chart.goal else ())


def word_of(run: Run, rev: int, legend: Legend) -> str:
    """The note of a run as it is stored; later writes have greater words."""
    where = where_of(run)
    numbers = {name: str(number) for number, name in enumerate(legend.nodes)}
    stays = Counter(_stay(run, visit, last=place == len(run.visits)) for place, visit in enumerate(run.visits, 1) if visit.node != OUTSIDE)
    posted = Counter(_posted(run, one) for one in run.sent) if where is not Where.MERGED else Counter[Posted]()
    reason = run.reason if where is not Where.MERGED else ""
    parts = (
        str(run.version),
        ",".join(f"{_number(node, numbers)}:{_OUTCOMES.get(how, how)}{_times(count)}" for (node, how), count in stays.items()),
        ",".join(_number(one.node, numbers) + _before(one) + _times(count) for one, count in posted.items()),
        f"{_written(max(0, run.reached.at - run.entered_at))}/{run.reached.revenue}" if run.reached else "",
        (where.upper() if run.again else where.value) + reason,
    )
    return counted(rev) + ";".join(parts)


def read(word: str, legend: Legend) -> Word:
    """What a stored note says. Raises ValueError, KeyError or IndexError for none of ours."""
    length = int(word[0], 36) + 1
    version, stays, posted, goal, where = word[length:].split(";", 4)
    return Word(
        version=int(version),
        where=Where(where[0].lower()),
        reason=where[1:],
        stays=tuple(_read_stay(one, legend) for one in stays.split(",") if one),
        posted=tuple(_read_posted(one, legend) for one in posted.split(",") if one),
        goal=(int(goal.partition("/")[0], 36), Decimal(goal.partition("/")[2])) if goal else None,
        again=where[0].isupper(),
        rev=int(word[1:length], 36),
    )


def version_in(word: str) -> int:
    """The version that a stored note is of."""
    return int(word[int(word[0], 36) + 1 :].partition(";")[0])


def counted(rev: int) -> str:
    """A number (from 1) as it begins a word: of two words the greater one has the greater number."""
    digits = _written(rev)
    return _DIGITS[len(digits)] + digits


def where_of(run: Run) -> Where:
    """Where a run is, for counts."""
    if not run.inside:
        return Where.NOT_ENTERED if run.state is RunState.ENDED else Where.NOT_YET
    if run.reason == Why.MERGED and run.state is RunState.ENDED:
        return Where.MERGED
    return {
        RunState.GOING: Where.GOING,
        RunState.HELD_OUT: Where.HELD_OUT,
        RunState.ENDED: Where.ENDED,
        RunState.FAILED: Where.FAILED,
    }[run.state]


def _stay(run: Run, visit: Visit, *, last: bool) -> tuple[str, str]:
    """(node, how it ended). A stay that is over and not gone on from is not over for us: the run is there."""
    if not last:
        return visit.node, visit.outcome
    ways = {RunState.GOING: WAITING, RunState.FAILED: FAILED}
    return visit.node, ways.get(run.state, LAST)


def _posted(run: Run, sent: Sent) -> Posted:
    if run.reached is None or sent.at > run.reached.at:
        return Posted(sent.node)
    return Posted(sent.node, run.reached.at - sent.at, sent.message == run.reached.message)


def _number(node: str, numbers: dict[str, str]) -> str:
    return numbers.get(node, _NAMED + node)


def _times(count: int) -> str:
    return f"*{count}" if count > 1 else ""


def _before(one: Posted) -> str:
    return "" if one.before is None else f"/{_written(one.before)}" + ("+" if one.credited else "")


def _read_stay(text: str, legend: Legend) -> tuple[str, str, int]:
    text, _, count = text.partition("*")
    node, _, how = text.partition(":")
    return _name(node, legend), _OUTCOME_OF.get(how, how), int(count or 1)


def _read_posted(text: str, legend: Legend) -> Posted:
    text, _, count = text.partition("*")
    node, _, before = text.partition("/")
    return Posted(_name(node, legend), int(before.rstrip("+"), 36) if before else None, before.endswith("+"), int(count or 1))


def _name(node: str, legend: Legend) -> str:
    if node.startswith(_NAMED):
        return node.removeprefix(_NAMED)
    return legend.nodes[int(node)] if int(node) < len(legend.nodes) else f"#{node}"


def _written(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
