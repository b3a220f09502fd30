"""What a rehearsal comes to: stories added up, small enough to travel in a cursor. Pure.

Totals are numbers by key: what is counted, and then by what (`("sent", "offer", "sms")`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.entering import BECAUSE
from chalicelib.journeys.engine.model import OUTSIDE, Run, RunState
from chalicelib.journeys.rehearsal.rehearsed import DEFERRED, REFUSED, SENT, Handed, Post, Story

Key = tuple[str, ...]
Totals = Counter[Key]


class Counted(StrEnum):
    """What is counted. The values are in cursors."""

    PEOPLE = "people"  # looked at
    LEFT_OUT = "left_out"  # reason: too much to be looked at
    ENTERED = "entered"
    HELD_OUT = "held_out"
    TURNED_AWAY = "turned_away"  # reason
    OUTSIDE = "outside"  # "A, then not B", and not decided yet
    INSIDE = "inside"  # node
    FAILED = "failed"  # node
    ENDED = "ended"  # reason
    CONVERTED = "converted"  # window
    CONVERTED_HELD_OUT = "converted_held_out"  # window
    SENT = "sent"  # node, channel
    REFUSED = "refused"  # node, reason
    DEFERRED = "deferred"  # node, reason: whatever came of it
    WAITING = "waiting"  # node: deferred, and the clock has stopped
    ACTED = "acted"  # node, act
    HANDED = "handed"  # node, other journey
    NOT_HANDED = "not_handed"  # node, reason


_OF_POST = {SENT: Counted.SENT, REFUSED: Counted.REFUSED, DEFERRED: Counted.WAITING}


def totals_of(chart: Chart, story: Story) -> Totals:
    """The numbers of one person."""
    found = Totals()
    found.update(key for run in story.runs for key in _of_run(chart, run))
    found.update(key for post in story.posts for key in _of_post(post))
    found.update((Counted.ACTED.value, deed.node, act) for deed in story.deeds for act in deed.acts)
    found.update(_of_handed(deed.node, one) for deed in story.deeds for one in deed.handed)
    found.update((Counted.TURNED_AWAY.value, one.code.value) for one in story.turned)
    return found


def kept(totals: Totals) -> list[list[str | int]]:
    """As JSON has it."""
    return [[*key, number] for key, number in sorted(totals.items())]


def totals_from(rows: Iterable[list[str | int]]) -> Totals:
    """What `kept` made. Raises ValueError for anything else."""
    found = Totals()
    for *key, number in rows:
        if not isinstance(number, int) or number < 0 or not all(isinstance(one, str) for one in key):
            raise ValueError("no totals")
        found[tuple(map(str, key))] = number
    return found


def _of_run(chart: Chart, run: Run) -> Iterator[Key]:
    if not run.inside:
        because = (run.visits[-1].why or {}).get(BECAUSE, run.reason) if run.visits else run.reason
        yield (Counted.OUTSIDE.value,) if run.open else (Counted.TURNED_AWAY.value, because)
        return
    held_out = run.state is RunState.HELD_OUT
    yield (Counted.HELD_OUT.value if held_out else Counted.ENTERED.value,)
    if run.state is RunState.ENDED:
        yield Counted.ENDED.value, run.reason
    elif not held_out and run.node != OUTSIDE:
        yield (Counted.FAILED if run.state is RunState.FAILED else Counted.INSIDE).value, run.node
    if run.reached is not None and chart.goal is not None:
        converted = Counted.CONVERTED_HELD_OUT if held_out else Counted.CONVERTED
        yield from ((converted.value, text) for text, within in chart.goal.within if run.reached.at - run.entered_at <= within)


def _of_handed(node: str, handed: Handed) -> Key:
    if handed.refusal is None:
        return Counted.HANDED.value, node, handed.journey
    return Counted.NOT_HANDED.value, node, handed.refusal.value


def _of_post(post: Post) -> Iterator[Key]:
    how = {SENT: (post.channel,), REFUSED: (post.reason,)}.get(post.state, ())
    yield _OF_POST[post.state].value, post.node, *how
    if post.waited:
        yield Counted.DEFERRED.value, post.node, post.waited
