"""Somebody at the door of a journey: what makes an entry of an event, and what speaks against it. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Json, Kind
from chalicelib.events.reserved import Journeyed
from chalicelib.journeys.engine.chart import Chart, Policy, occurs
from chalicelib.journeys.engine.enrolling import DAY_MS, goal_window
from chalicelib.journeys.engine.model import Enrolment, Mark, Run, RunState
from chalicelib.journeys.engine.scope import entry_of
from chalicelib.signals.comparing import plain_text
from chalicelib.signals.paths import PROPERTIES, value_at

MOST_OPEN: Final = 50  # runs of a person in a journey
MOST_BYTES: Final = 200_000  # of what runs of a person keep of their entries, as JSON: all lie in one item
MOST_DEEP: Final = 5  # journeys that lead one to the next
OLDEST_MS: Final = DAY_MS  # by the true clock: what is told later than that enters nobody
DEPTH: Final = "depth"  # in events of journeys: how many journeys had led to the run that they tell of
INITIAL: Final = "initial"  # marks what a rule that is new found of everybody: nobody did anything
_HAPPENED: Final = frozenset({Kind.TRACK, Kind.DERIVED})
_OF_JOURNEYS: Final = frozenset(Journeyed)


class Refused(StrEnum):
    """Why an entry begins no run. The values are stable."""

    NOT_RUNNING = "not_running"  # the journey is paused, draining or stopped
    KEY_MISSING = "key_missing"  # the event lacks what would tell the runs apart
    TOO_OLD = "too_old"
    TOO_DEEP = "too_deep"
    ONCE = "once"  # nobody enters twice, or not twice with this key
    INSIDE = "inside"  # a run with this key is under way, or was at that moment
    LIMIT = "limit"
    TOO_MANY_OPEN = "too_many_open"
    NOT_IN_SEGMENT = "not_in_segment"
    TOO_LARGE = "too_large"  # with what runs of theirs keep of their entries
    CAP_REACHED = "cap_reached"  # of everybody's entries


@dataclass(frozen=True, slots=True)
class EntryRefusal:
    """An entry that begins no run: why, and the numbers that decided."""

    code: Refused
    found: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody at the door. `run` is the id of the run that this entry begins, however often it is delivered; `by` the key of the
    identifier that enters; `seed` what decides lots where no earlier run does; `at` when (ms); `entry` what texts and matches see of it;
    `depth` how many journeys led here. `body` tells what was asked for apart from something else under the same id.
    """

    run: str
    key: str
    by: str
    seed: str
    at: int
    entry: Json = field(default_factory=dict)
    depth: int = 0
    body: str = ""


def arrival_of(chart: Chart, event: Event, person: str) -> Arrival | EntryRefusal | None:
    """The entry that an event of a person makes; None when it does not open the door."""
    expected, key = chart.door.expected, ""
    if expected is None or event.kind not in _HAPPENED or event.properties.get(INITIAL) or not occurs(expected, event):
        return None
    if chart.door.key:
        key = plain_text(value_at(event, chart.door.key)) or ""
        if not key:
            return EntryRefusal(Refused.KEY_MISSING, {"key": chart.door.key})
    entry = {"name": event.name, "time": rfc3339(event.time), "properties": event.properties}
    return Arrival(entry_of(chart.name, event), key, event.primary.key, person, event.time, entry, _depth(event))


def kept(entry: Json, paths: tuple[str, ...] | None) -> Json:
    """What a run keeps of its entry: those properties that anybody asks for, all where that is not known (None)."""
    if paths is None:
        return entry
    wanted = {path.removeprefix(f"{PROPERTIES}.") for path in paths}
    properties = entry.get(PROPERTIES, {})
    return entry | {
        PROPERTIES: {name: properties[name] for name in properties if any(one == name or one.startswith(f"{name}.") for one in wanted)}
    }


def refused(chart: Chart, enrolment: Enrolment, arrival: Arrival, now: int) -> EntryRefusal | None:
    """What speaks against an entry, but for the segment; None for nothing."""
    if arrival.depth > MOST_DEEP:
        return EntryRefusal(Refused.TOO_DEEP, {"depth": arrival.depth})
    if arrival.at < now - OLDEST_MS:
        return EntryRefusal(Refused.TOO_OLD, {"at": rfc3339(arrival.at)})
    return _by_policy(chart, enrolment, arrival) or _by_limit(chart, enrolment.marks, arrival) or _by_room(enrolment.runs, arrival)


def _depth(event: Event) -> int:
    """How many journeys led to an event. One that gives points which let people in leads to the next one as if it entered it; rings of
    journeys that hear of one another's ends alone are refused with the definition.
    """
    if event.name not in _OF_JOURNEYS:
        return 0
    return int(event.properties.get(DEPTH, 0)) + (event.name == Journeyed.POINTS_GIVEN)


def _by_policy(chart: Chart, enrolment: Enrolment, arrival: Arrival) -> EntryRefusal | None:
    policy = chart.door.re_entry.policy
    if policy is Policy.NEVER:
        before = next((mark for mark in enrolment.marks if mark.counts and mark.key == arrival.key), None)
        return EntryRefusal(Refused.ONCE, {"entered": rfc3339(before.at)}) if before else None
    if policy is Policy.ALWAYS:
        return None
    inside = next((run for run in enrolment.runs if run.key == arrival.key and _is_in_the_way(chart, run, arrival.at)), None)
    return EntryRefusal(Refused.INSIDE, {"run": inside.id}) if inside else None


def _is_in_the_way(chart: Chart, run: Run, at: int) -> bool:
    """Whether a run is under way, or was at that moment. Who is only watched is so for as long as the goal counts."""
    if run.state is RunState.HELD_OUT:
        return at < run.entered_at + goal_window(chart)
    return run.open or at < run.ended_at


def _by_limit(chart: Chart, marks: Iterable[Mark], arrival: Arrival) -> EntryRefusal | None:
    limit, within = chart.door.re_entry.limit, chart.door.re_entry.within
    counted = [mark.at for mark in marks if mark.counts and abs(arrival.at - mark.at) < within] if limit else []
    return EntryRefusal(Refused.LIMIT, {"entries": len(counted), "limit": limit}) if limit and len(counted) >= limit else None


def _by_room(runs: Sequence[Run], arrival: Arrival) -> EntryRefusal | None:
    """All runs of a person lie in one item, which is not to grow too large for the store."""
    open_runs = sum(run.open for run in runs)
    if open_runs >= MOST_OPEN:
        return EntryRefusal(Refused.TOO_MANY_OPEN, {"open": open_runs})
    size = sum(
        len(json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        for entry in (arrival.entry, *(run.entry for run in runs))
    )
    return EntryRefusal(Refused.TOO_LARGE, {"bytes": size, "most": MOST_BYTES}) if size > MOST_BYTES else None
