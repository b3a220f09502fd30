"""What the report of a journey looks like over HTTP."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from pydantic import BaseModel, Field

from chalicelib.entrypoints.reports import Report
from chalicelib.journeys.counts.census import CONTROL, Census
from chalicelib.journeys.counts.intervals import Share, difference
from chalicelib.journeys.counts.words import TREATED, Where
from chalicelib.journeys.engine.chart import Chart

_DIGITS: Final = 6

Known = tuple[Census, Chart | None]


class RunCounts(BaseModel):
    """Where runs are. Each is in one place, so all of these add up to `entries`; reasons come with their numbers, the commonest first.

    `not_yet` waits for "then not", `held_out` is the control group, `merged` goes on as another run of the same person.
    """

    entries: int
    not_yet: int
    not_entered: dict[str, int]
    held_out: int
    going: int
    failed: dict[str, int]
    ended: dict[str, int]
    merged: int


class RateShown(BaseModel):
    """`reached` of so many: the share, and Wilson's interval, in which it lies 95 times of 100. Null of nobody."""

    of: int
    reached: int
    rate: float | None
    low: float | None
    high: float | None


class GroupReport(RateShown):
    """Runs of a group: those that reached the goal within the window after the entry, and what that brought."""

    revenue: float
    revenue_per_run: float | None


class DifferenceReport(BaseModel):
    """How much greater the share is with the journey than without: `points` (0 to 1), and Newcombe's interval of 95 percent.

    `sure` says that none of it is on the other side of nothing. `lift` is the same as a part of the control group's share, `extra` the runs
    that would not have reached the goal otherwise.
    """

    points: float
    low: float
    high: float
    sure: bool
    lift: float | None
    extra: float


class WindowReport(BaseModel):
    """Those whom the journey did something for against those whom it only watched, each person by their first run in the journey: who is
    treated enters again sooner, and would be counted oftener. Without a control group there is no difference.
    `runs` are all that the journey did something for.
    """

    treated: GroupReport
    control: GroupReport
    difference: DifferenceReport | None
    runs: GroupReport


class NodeReport(BaseModel):
    """A node. `in` counts stays that began, of which `waiting` go on, `failed` stand still, and `out` are over: `ways` tells by which
    outcome, `ended` why the run came to its end there. `in` is `waiting` and `failed` and `out`, at every moment.

    `goals` tells of the messages asked for here, also of those that did not go out, within which windows the goal was reached, `credited`
    how many of them were the newest one asked for before it. `messages` is what became of them, `converted` of those that went out.
    """

    kind: str | None
    came: int = Field(serialization_alias="in")
    waiting: int
    out: int
    failed: int
    ways: dict[str, int]
    ended: dict[str, int]
    failures: dict[str, int]
    goals: dict[str, RateShown]
    credited: int
    messages: Report | None


class VersionReport(BaseModel):
    """One version of the journey: its runs, its goal by window, its nodes."""

    runs: RunCounts
    goal: dict[str, WindowReport]
    nodes: dict[str, NodeReport]


class JourneyReport(BaseModel):
    """A journey, by when its runs were entered. `goal` is of all versions together, by the window as the definition writes it."""

    name: str
    since: str | None
    until: str
    runs: RunCounts
    goal: dict[str, WindowReport]
    versions: dict[str, VersionReport]


def runs_of(found: Collection[Census]) -> RunCounts:
    """Where the runs of versions are."""
    at: Counter[Where] = Counter({where: sum(one.of(where) for one in found) for where in Where})
    return RunCounts(
        entries=at.total(),
        not_yet=at[Where.NOT_YET],
        not_entered=_reasons(found, Where.NOT_ENTERED),
        held_out=at[Where.HELD_OUT],
        going=at[Where.GOING],
        failed=_reasons(found, Where.FAILED),
        ended=_reasons(found, Where.ENDED),
        merged=at[Where.MERGED],
    )


def goal_of_version(census: Census, chart: Chart | None) -> dict[str, WindowReport]:
    """By window, shortest first."""
    return {label: _window([(census, number)]) for number, label in enumerate(_labels(chart))}


def goal_of_all(known: Sequence[Known]) -> dict[str, WindowReport]:
    """By window as it is written: of those versions together that have it."""
    labels = sorted({(length, label) for _, chart in known if chart and chart.goal for label, length in chart.goal.within})
    return {
        label: _window([(census, _labels(chart).index(label)) for census, chart in known if label in _labels(chart)]) for _, label in labels
    }


def shown_node(census: Census, chart: Chart | None, name: str, messages: Report | None) -> NodeReport:
    """A node of a version, or one that runs of it came from."""
    node = chart.nodes.get(name) if chart else None
    ways, ended, failures = census.left(name), census.ended(name), census.failed(name)
    return NodeReport(
        kind=node.kind if node else None,
        came=census.began(name),
        waiting=census.waiting(name),
        out=sum(ways.values()) + sum(ended.values()),
        failed=sum(failures.values()),
        ways=ways,
        ended=ended,
        failures=failures,
        goals={label: _rate(census.reached_after(name, number)) for number, label in enumerate(_labels(chart))}
        if census.posted[name]
        else {},
        credited=census.credited[name],
        messages=messages,
    )


def _window(parts: Sequence[tuple[Census, int]]) -> WindowReport:
    """The groups within a window, which has another number in each version."""
    (treated, earned), (control, kept) = (_group(parts, where) for where in (TREATED, CONTROL))
    return WindowReport(
        treated=_shown(treated, earned),
        control=_shown(control, kept),
        difference=_difference(treated, control),
        runs=_shown(*_group(parts, TREATED, every=True)),
    )


def _group(parts: Sequence[tuple[Census, int]], where: Collection[Where], *, every: bool = False) -> tuple[Share, Decimal]:
    shares = [census.reached(where, number, every=every) for census, number in parts]
    share = Share(sum(one.part for one in shares), sum(one.whole for one in shares))
    return share, sum((census.brought(where, number, every=every) for census, number in parts), Decimal())


def _shown(share: Share, revenue: Decimal) -> GroupReport:
    each = float(revenue / share.whole) if share.whole else None
    return GroupReport(**_rate(share).model_dump(), revenue=float(revenue), revenue_per_run=_rounded(each))


def _difference(treated: Share, control: Share) -> DifferenceReport | None:
    found = difference(treated, control)
    if found is None:
        return None
    points, interval = found
    return DifferenceReport(
        points=round(points, _DIGITS),
        low=round(interval.low, _DIGITS),
        high=round(interval.high, _DIGITS),
        sure=interval.low > 0 or interval.high < 0,
        lift=_rounded(points / control.rate) if control.rate else None,
        extra=round(points * treated.whole, 1),
    )


def _rate(share: Share) -> RateShown:
    found = share.interval
    return RateShown(
        of=share.whole,
        reached=share.part,
        rate=_rounded(share.rate),
        low=_rounded(found.low if found else None),
        high=_rounded(found.high if found else None),
    )


def _labels(chart: Chart | None) -> list[str]:
    """The windows of a goal as the definition writes them, in the order of their numbers."""
    return [label for label, _ in sorted(chart.goal.within, key=lambda one: one[1])] if chart and chart.goal else []


def _reasons(found: Iterable[Census], where: Where) -> dict[str, int]:
    counts = Counter(dict[str, int]())
    for one in found:
        counts.update(one.reasons(where))
    return dict(_by_number(counts))


def _by_number(counts: Counter[str]) -> Iterator[tuple[str, int]]:
    yield from sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
