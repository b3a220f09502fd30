"""What is kept of a person in a journey: runs in their order, the ended ones for as long as anything depends on them, entries. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from chalicelib.journeys.engine.asked import messages_of
from chalicelib.journeys.engine.chart import Chart, Policy
from chalicelib.journeys.engine.model import NEVER, Arm, Effect, Enrolment, Mark, Note, Run, Send, Why, Withdraw, message_of
from chalicelib.journeys.engine.stepping import Moved

DAY_MS: Final = 86_400_000
MARKED_MS: Final = 2 * DAY_MS  # how long entries are known at least; older events enter nobody (see `arrivals.OLDEST_MS`)
MOST_MARKS: Final = 200
KEPT_WHOLE: Final = 5  # ended runs that are kept whatever their goal
MOST_KEPT: Final = 50  # of those that events may still mean
COMPARED_MS: Final = 400 * DAY_MS  # how long it is known who had been inside, where there is a control group
RECALLED: Final = "recalled"  # in what the last visit tells: why messages were called back after the end

Charts = Mapping[int, Chart]


def changed(enrolment: Enrolment, moves: Sequence[Moved], charts: Charts, now: int) -> Enrolment:
    """The enrolment with runs that moved or began, and what follows. The same object when there are none.

    The outbox speaks of each of them: what is counted is told by it.
    """
    if not moves:
        return enrolment
    runs = {run.id: run for run in enrolment.runs}
    outbox = enrolment.outbox
    for moved, effects in moves:
        run, outbox = _settled(moved, effects, outbox)
        runs[run.id] = _told_apart(run, runs, enrolment.marks)
    spoken_of = {one.run for one in outbox}
    outbox = (*outbox, *(Note(one) for one in dict.fromkeys(run.id for run, _ in moves) if one not in spoken_of))
    marks = tuple(_counted(mark, runs) for mark in enrolment.marks)
    kept = _kept(runs.values(), outbox, charts, now)
    return replace(enrolment, runs=kept, marks=marks, outbox=outbox, expires=_expires(kept, marks, enrolment.expires, charts))


def marked(enrolment: Enrolment, run: Run, chart: Chart, now: int, body: str = "") -> Enrolment:
    """With the entry of a run written down; entries that nothing asks about any more are forgotten."""
    kept = _needed((*enrolment.marks, Mark(run.id, run.entered_at, key=run.key, body=body)), chart, now)
    return replace(enrolment, marks=kept)


def tidied(enrolment: Enrolment, charts: Charts, now: int) -> Enrolment:
    """With its runs in order, those forgotten on which nothing depends, and `expires` as it is then.

    Of whom the outbox speaks is still there: whoever carries it out asks about the run.
    """
    kept = _kept(enrolment.runs, enrolment.outbox, charts, now)
    return replace(enrolment, runs=kept, expires=_expires(kept, enrolment.marks, enrolment.expires, charts))


def goal_window(chart: Chart) -> int:
    """The longest time (ms) after an entry or a message within which a goal counts; 0 without a goal."""
    return max((length for _, length in chart.goal.within), default=0) if chart.goal else 0


def may_be_called_back(run: Run, chart: Chart, now: int) -> bool:
    """Whether an exit would still call back messages of a run that has come to its end by itself."""
    if not chart.exits or run.reason in (Why.EXITED, Why.STOPPED, Why.MERGED) or now > _ended(run)[0] + MARKED_MS:
        return False
    return bool(messages_of(run, chart))


def joined_marks(mine: Iterable[Mark], theirs: Iterable[Mark]) -> tuple[Mark, ...]:
    """The entries of both, each once, oldest first. It counts if it does for either."""
    found: dict[str, Mark] = {}
    for mark in (*mine, *theirs):
        known = found.get(mark.run, mark)
        found[mark.run] = replace(known, counts=known.counts or mark.counts)
    return tuple(sorted(found.values(), key=lambda mark: (mark.at, mark.run)))


def _kept(runs: Collection[Run], outbox: Iterable[Effect], charts: Charts, now: int) -> tuple[Run, ...]:
    """The open ones by their entry, then those that are over, newest first."""
    if len(runs) == 1:
        return tuple(runs)
    going = sorted((run for run in runs if run.open), key=lambda run: (run.entered_at, run.id))
    others = sorted((run for run in runs if not run.open), key=_ended, reverse=True)
    if len(others) <= KEPT_WHOLE:
        return (*going, *others)
    spoken_of = {one.run for one in outbox}
    whole = {run.id for place, run in enumerate(others) if place < KEPT_WHOLE or run.id in spoken_of}
    thin = {run.id: _thin(run) for run in others if run.id not in whole and _still_matters(run, charts, now)}
    last = set(list(thin)[:MOST_KEPT])
    return (*going, *(thin.get(run.id, run) for run in others if run.id in whole or run.id in last))


def _settled(run: Run, effects: tuple[Effect, ...], outbox: tuple[Effect, ...]) -> tuple[Run, tuple[Effect, ...]]:
    """The outbox with what follows now. Of a run only the newest timer matters, and what is called back before anybody asked for it is not
    asked for.
    """
    timed = not run.due or any(isinstance(one, Arm) for one in effects)
    left = [one for one in outbox if not (timed and isinstance(one, Arm) and one.run == run.id)]
    recalled = {message for one in effects if isinstance(one, Withdraw) for message in one.messages}
    unasked = {message_of(one.run, one.node, one.visit) for one in left if isinstance(one, Send)} & recalled
    if not unasked:
        return run, (*left, *effects)
    asked = [one for one in left if not (isinstance(one, Send) and message_of(one.run, one.node, one.visit) in unasked)]
    return replace(run, sent=tuple(one for one in run.sent if one.message not in unasked)), (*asked, *_but(effects, unasked))


def _but(effects: Iterable[Effect], unasked: set[str]) -> Iterator[Effect]:
    """What follows, with nothing called back that was never asked for."""
    for one in effects:
        messages = tuple(each for each in one.messages if each not in unasked) if isinstance(one, Withdraw) else ()
        if isinstance(one, Withdraw) and messages:
            yield replace(one, messages=messages)
        elif not isinstance(one, Withdraw):
            yield one


def _told_apart(run: Run, runs: Mapping[str, Run], marks: Iterable[Mark]) -> Run:
    """The run, which is new or has just come inside, with whether the person had been inside before. What is inside keeps what it says.

    Runs that are forgotten live on in what the later ones say, and in marks.
    """
    known = runs.get(run.id)
    if run.again or (known and (known.inside or not run.inside)):
        return run
    others = [one for one in runs.values() if one.id != run.id]
    before = any(one.inside or one.again for one in others)
    return replace(run, again=before or any(mark.counts and mark.run != run.id and mark.run not in runs for mark in marks))


def _counted(mark: Mark, runs: Mapping[str, Run]) -> Mark:
    run = runs.get(mark.run)
    return replace(mark, counts=False) if run and mark.counts and not run.open and not run.inside else mark


def _needed(marks: Sequence[Mark], chart: Chart, now: int) -> tuple[Mark, ...]:
    if chart.door.re_entry.policy is not Policy.NEVER:
        oldest = now - max(MARKED_MS, chart.door.re_entry.within)
        marks = [mark for mark in marks if mark.at > oldest]
    if len(marks) > MOST_MARKS:  # those that do not count go first, then the oldest
        by_worth = sorted(marks, key=lambda mark: (mark.counts, mark.at, mark.run))[len(marks) - MOST_MARKS :]
        marks = by_worth
    return tuple(sorted(marks, key=lambda mark: (mark.at, mark.run)))


def _ended(run: Run) -> tuple[int, str]:
    return max(run.ended_at, run.entered_at), run.id


def _still_matters(run: Run, charts: Charts, now: int) -> bool:
    """Whether an event may still mean a run that is over: its goal, or what calls its messages back. Of an unknown version: it may."""
    if not run.inside or run.reason == Why.MERGED:
        return False
    chart, (ended, _) = charts.get(run.version), _ended(run)
    if chart is None:
        return True
    return may_be_called_back(run, chart, now) or (chart.goal is not None and not run.reached and now <= ended + goal_window(chart))


def _thin(run: Run) -> Run:
    """Without the reasons of its steps, but for whether its messages were called back."""
    return replace(run, visits=tuple(replace(one, why=None) if one.why and RECALLED not in one.why else one for one in run.visits))


def _expires(runs: Collection[Run], marks: Collection[Mark], before: int, charts: Charts) -> int:
    """When nothing can depend on it any more; NEVER while a run is open, or where who entered may never again."""
    doors = [chart.door.re_entry for chart in charts.values()]
    if any(run.open for run in runs) or any(door.policy is Policy.NEVER for door in doors):
        return NEVER
    last = max((*(_ended(run)[0] for run in runs), *(mark.at for mark in marks)), default=NEVER)
    window = max((goal_window(chart) for chart in charts.values()), default=0)
    kept = max((COMPARED_MS if chart.control else MARKED_MS for chart in charts.values()), default=MARKED_MS)
    return max(before, last + window + max((door.within for door in doors), default=0) + kept) if last else NEVER
