"""Two people turn out to be one, or one turns out to be two: what becomes of their runs. Pure.

Of two threads that one person would not have had at a time, the earlier goes on. What the other has sent and done is not sent or done
again, and counts for the one that goes on. Runs of different keys stay apart. Who parts takes along what their identifiers entered.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chalicelib.journeys.engine.chart import Policy
from chalicelib.journeys.engine.enrolling import Charts, changed, goal_window, joined_marks, tidied
from chalicelib.journeys.engine.model import GOES_ON, NEVER, OUTSIDE, Arm, Credited, Effect, Enrolment, Run, RunState, Sent, Why, Withdraw
from chalicelib.journeys.engine.stepping import Moved, over

Taken = Counter[str]


def united(mine: Enrolment, theirs: Enrolment, charts: Charts, now: int) -> Enrolment:
    """The enrolment of the one person that both are: mine, with everything of theirs."""
    if not theirs.runs and not theirs.marks:
        return mine
    others = {run.id: run for run in theirs.runs}
    both: dict[str, Run] = {}
    for run in (*mine.runs, *theirs.runs):
        both[run.id] = _further(both.get(run.id, run), run)
    sides = {run.id for run in mine.runs}, set(others)
    whole = replace(
        mine,
        runs=tuple(both.values()),
        marks=joined_marks(mine.marks, theirs.marks),
        expires=max(mine.expires, theirs.expires),
    )
    twice: list[Moved] = [(both[one], ()) for one in others if one in sides[0]]  # nobody knows which of the two copies was counted last
    moves = _replaced(twice, _timers([both[one] for one in others], charts))
    for key in sorted({run.key for run in both.values()}):
        moves = _replaced(moves, _one_thread([run for run in both.values() if run.key == key], sides, charts, now, whole.journey))
    return tidied(changed(whole, moves, charts, now), charts, now)


def parted(mine: Enrolment, theirs: Enrolment, wanted: Callable[[Run], bool], charts: Charts, now: int) -> tuple[Enrolment, Enrolment]:
    """Mine without the runs that are wanted, and theirs with them. The same objects when there are none.

    Entries whose run is forgotten are known to both afterwards, so that nobody enters twice by one of them; they count for mine only.
    """
    leaving = tuple(run for run in mine.runs if wanted(run))
    if not leaving:
        return mine, theirs
    gone, known = {run.id for run in leaving}, {run.id for run in mine.runs}
    marks = tuple(
        mark if mark.run in gone else replace(mark, counts=False) for mark in mine.marks if mark.run in gone or mark.run not in known
    )
    left = replace(
        mine, runs=tuple(run for run in mine.runs if run.id not in gone), marks=tuple(mark for mark in mine.marks if mark.run not in gone)
    )
    return tidied(left, charts, now), united(theirs, replace(mine, runs=leaving, marks=marks, outbox=()), charts, now)


def _further(one: Run, two: Run) -> Run:
    """Of two copies of a run, which an entry that was delivered to both made: the one that has come further."""
    return max(one, two, key=lambda run: (not run.open, len(run.visits), run.since, run.due))


def _timers(runs: Iterable[Run], charts: Charts) -> list[Moved]:
    """Timers go by the person, who is another one now."""
    waiting = [run for run in runs if run.state is RunState.GOING and run.due and run.version in charts]
    return [(run, (Arm(run.id, run.due + charts[run.version].grace),)) for run in waiting]


def _replaced(moves: Sequence[Moved], later: Sequence[Moved]) -> list[Moved]:
    """With runs that moved once more, and what followed before, unless the run is over."""
    effects: dict[str, tuple[Effect, ...]] = {run.id: more for run, more in moves}
    merged = [(run, (*(effects.get(run.id, ()) if run.open else ()), *more)) for run, more in later]
    ids = {run.id for run, _ in later}
    return [*(one for one in moves if one[0].id not in ids), *merged]


def _one_thread(runs: list[Run], sides: tuple[set[str], set[str]], charts: Charts, now: int, journey: str) -> list[Moved]:
    """Of the threads with one key, those that change because there are some on both sides: the earliest goes on."""
    rivals = [run for run in runs if _is_thread(run, charts, now)]
    if any(not any(run.id in side for run in rivals) for side in sides) or len(rivals) < 2:  # noqa: PLR2004 - it takes two
        return []
    first, *rest = sorted(rivals, key=lambda run: (run.state is RunState.HELD_OUT, run.node == OUTSIDE, run.entered_at, run.id))
    lost: list[Moved] = []
    for run in rest:
        first, moved = _joined(first, run, charts, now, journey)
        lost.append(moved)
    return [(first, ()), *lost]


def _is_thread(run: Run, charts: Charts, now: int) -> bool:
    """Whether it stands in the way of another one: under way, or watched while the goal counts, where nobody is inside twice."""
    chart = charts.get(run.version)
    if chart and chart.door.re_entry.policy is Policy.ALWAYS:
        return False
    if run.state is RunState.HELD_OUT:
        return chart is not None and now < run.entered_at + goal_window(chart)
    return run.open


def _joined(first: Run, other: Run, charts: Charts, now: int, journey: str) -> tuple[Run, Moved]:
    """The thread that goes on, with what the other has done; and the other, over. Of a message that both have asked for, one goes."""
    done, twice = _steps(other, charts), {one.node for one in first.sent}
    more = done - _steps(first, charts)
    taken = (*first.taken, *other.taken, *((node, now) for node in sorted(more.elements())))
    double = tuple(one.message for one in other.sent if one.node in twice)
    goals = [one for one in (first.reached, other.reached) if one and one.at >= first.entered_at]
    reached = min(goals, key=lambda one: (one.at, one.mark), default=None)
    whole = replace(first, taken=taken, sent=_sorted((*first.sent, *(one for one in other.sent if one.node not in twice))), reached=reached)
    ended, _ = over(journey, other, Why.MERGED, max(now, other.since), {GOES_ON: first.id}, quiet=True)
    credited = reached.message if reached else ""
    lost = [one.message for one in (first.reached, other.reached) if one and one.message not in ("", credited)]
    return whole, (ended, (*(Credited(other.id, "", one) for one in lost), *((Withdraw(other.id, double),) if double else ())))


def _steps(run: Run, charts: Charts) -> Taken:
    """How often it has sent or acted, by node."""
    chart = charts.get(run.version)
    acting = {name for name, node in chart.nodes.items() if node.kind in ("send", "do")} if chart else {one.node for one in run.sent}
    return Counter(visit.node for visit in run.visits if visit.node in acting and visit.until != NEVER and visit.outcome == "next")


def _sorted(sent: Iterable[Sent]) -> tuple[Sent, ...]:
    return tuple(sorted(sent, key=lambda one: (one.at, one.message)))
