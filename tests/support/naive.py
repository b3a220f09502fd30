"""Conditions decided the plain way: from the document as it was written and the full list of events, nothing kept, nothing compiled.

It is slow and obvious, and knows none of the modules that it is compared with.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.events.model import Event, Json, Kind
from tests.support.naive_values import COMPARISONS, asked, into, summand

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
NEWEST = 101  # sums within a window and sequences look at so many newest events


@dataclass(frozen=True)
class Subject:
    """One person with everything that ever happened, and what earlier rules found."""

    events: Sequence[Event] = ()
    attributes: Json = field(default_factory=dict)
    manual: Mapping[str, int] = field(default_factory=dict)
    touches: Json = field(default_factory=dict)
    scores: Mapping[str, int | float] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    derived: Json = field(default_factory=dict)
    stage: str = ""
    segments: frozenset[str] = frozenset()

    @property
    def namespaces(self) -> set[str]:
        """Those of all identifiers that any event came with."""
        return {one.namespace for event in self.events for one in event.identifiers}

    @property
    def activity(self) -> list[int]:
        """The times at which the person did something, sorted."""
        return sorted(event.time for event in self.events if event.kind not in {Kind.PROFILE, Kind.DERIVED})


def holds(condition: Json, who: Subject, now: int) -> bool:
    """Whether the condition of a document holds for the person at an instant (ms)."""
    shape = next(name for name in SHAPES if name in condition)
    return SHAPES[shape](condition, who, now)


def moments(condition: Json, who: Subject) -> set[int]:
    """Every instant at which the outcome could change without a new event: any event plus any length of time in the document."""
    lengths = {duration(text) for text in _durations(condition)}
    return {event.time + length for event in who.events for length in lengths}


def duration(text: str) -> int:
    """Milliseconds of a duration such as `7d`."""
    return int(text[:-1]) * UNITS_MS[text[-1]]


def _durations(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in {"within", "last", "before"} and isinstance(inner, str):
                yield inner
            yield from _durations(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _durations(inner)


def _all(condition: Json, who: Subject, now: int) -> bool:
    return all(holds(one, who, now) for one in condition["all"])


def _any(condition: Json, who: Subject, now: int) -> bool:
    return any(holds(one, who, now) for one in condition["any"])


def _not(condition: Json, who: Subject, now: int) -> bool:
    return not holds(condition["not"], who, now)


def _event(condition: Json, who: Subject, now: int) -> bool:
    found = _matching(condition, who)
    if "within" in condition:
        found = [event for event in found if event.time > now - duration(condition["within"])]
    count = condition.get("count", 1)
    return asked(len(found), count if isinstance(count, dict) else {"gte": count})


def _sum(condition: Json, who: Subject, now: int) -> bool:
    found = _matching(condition, who)
    if "within" in condition:
        newest = sorted(found, key=lambda event: _newness(event, condition["sum"]), reverse=True)[:NEWEST]
        found = [event for event in newest if event.time > now - duration(condition["within"])]
    total = sum((summand(_at(event, condition["sum"])) for event in found), Decimal(0))
    return asked(total, {name: operand for name, operand in condition.items() if name in COMPARISONS})


def _sequence(condition: Json, who: Subject, now: int) -> bool:
    steps = []
    for step in condition["sequence"]:
        times = sorted(event.time for event in _matching(step, who))[-NEWEST:]
        if "last" in condition:
            times = [time for time in times if time > now - duration(condition["last"])]
        steps.append((times, step.get("count", 1)))
    longest = duration(condition["within"]) if "within" in condition else None
    times, count = steps[0]
    for first in times[count - 1 :]:
        last = _finished(first, steps[1:])
        if last is not None and (longest is None or last - first <= longest):
            return True
    return False


def _finished(after: int, steps: Sequence[tuple[list[int], int]]) -> int | None:
    for times, count in steps:
        later = [time for time in times if time > after]
        if len(later) < count:
            return None
        after = later[count - 1]
    return after


def _attribute(condition: Json, who: Subject, now: int) -> bool:
    name = condition["attribute"]
    if name.split(".")[0] in {"$first_touch", "$latest_touch", "$arrival"}:
        value = into(who.touches, name[1:])
    else:
        value = into(who.attributes, name)
        value = who.derived.get(name) if value is None else value
    return asked(value, {operator: operand for operator, operand in condition.items() if operator != "attribute"})


def _tag(condition: Json, who: Subject, now: int) -> bool:
    name, by = condition["tag"], condition.get("by")
    if "eq" in condition:
        return by != "manual" and who.tags.get(name) == condition["eq"]
    return (by != "rule" and name in who.manual) or (by != "manual" and name in who.tags)


def _score(condition: Json, who: Subject, now: int) -> bool:
    name = condition["score"]
    if "band" in condition:
        return bool(who.bands.get(name) == condition["band"])
    return asked(who.scores.get(name), {operator: operand for operator, operand in condition.items() if operator != "score"})


def _segment(condition: Json, who: Subject, now: int) -> bool:
    return condition["segment"] in who.segments


def _lifecycle(condition: Json, who: Subject, now: int) -> bool:
    return bool(who.stage == condition["lifecycle"])


def _seen(condition: Json, who: Subject, now: int) -> bool:
    if not who.activity:
        return False
    seen, when = (who.activity[-1], condition["last_seen"]) if "last_seen" in condition else (who.activity[0], condition["first_seen"])
    long_ago = "before" not in when or seen <= now - duration(when["before"])
    of_late = "within" not in when or seen > now - duration(when["within"])
    return long_ago and of_late


def _identifier(condition: Json, who: Subject, now: int) -> bool:
    name = condition["identifier"]
    return any(name in {one, one.split(":")[0]} for one in who.namespaces) is condition["exists"]


def _reachable(condition: Json, who: Subject, now: int) -> bool:
    channel, bases = condition["reachable"], {one.split(":")[0] for one in who.namespaces}
    if channel == "sms":
        return "mobile" in bases
    if channel == "email":
        return "email" in bases
    if channel == "push":
        return "device_id" in bases or bool(who.attributes.get("push_token"))
    followed = max((event.time for event in _matching({"event": "WechatSubscribed"}, who)), default=0)
    left = max((event.time for event in _matching({"event": "WechatUnsubscribed"}, who)), default=0)
    return "openid" in bases and left <= followed


def _matching(step: Json, who: Subject) -> list[Event]:
    return [event for event in who.events if _named(event, step["event"]) and _filtered(event, step.get("where", {}))]


def _named(event: Event, name: str) -> bool:
    if event.kind is Kind.PROFILE:
        return False
    return event.name == name or (name == "*" and event.kind is not Kind.DERIVED)


def _filtered(event: Event, where: Json) -> bool:
    return all(asked(_at(event, path), tests if isinstance(tests, dict) else {"eq": tests}) for path, tests in where.items())


def _at(event: Event, path: str) -> Any:
    if path.startswith("context."):
        return into(event.context, path.removeprefix("context."))
    return into(event.properties, path.removeprefix("properties."))


def _newness(event: Event, path: str) -> tuple[int, int, Decimal, str]:
    """Newest first; of one instant texts before numbers before nothing, and greater before smaller ones."""
    value = _at(event, path)
    if isinstance(value, bool | str):
        return event.time, 2, Decimal(0), (str(value).lower() if isinstance(value, bool) else value)
    is_nothing = isinstance(value, list | dict | None)
    return event.time, 0 if is_nothing else 1, summand(value), ""


SHAPES: dict[str, Callable[[Json, Subject, int], bool]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "sum": _sum,  # before `event`, which it comes with
    "event": _event,
    "sequence": _sequence,
    "attribute": _attribute,
    "tag": _tag,
    "score": _score,
    "segment": _segment,
    "lifecycle": _lifecycle,
    "last_seen": _seen,
    "first_seen": _seen,
    "identifier": _identifier,
    "reachable": _reachable,
}
