"""Rules applied the plain way: from their documents as they were written and the full list of events; see naive.py."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.events.model import Event, Json
from tests.support import naive
from tests.support.naive import NEWEST, Subject, duration, holds
from tests.support.naive_values import into, summand

Definition = tuple[str, str, Json]  # (kind, name, document)

NEWEST_DAYS = 101  # days on which points are capped
MILLION = 1_000_000
LONGEST_TEXT = 64  # characters of a value that are kept


def judged(definitions: Iterable[Definition], who: Subject, now: int) -> Subject:
    """The person with what the rules find at an instant (ms). Each definition stands after those that it asks for."""
    who = replace(who, scores={}, bands={}, tags={}, derived={}, stage="", segments=frozenset())
    for kind, name, document in definitions:
        who = _applied(kind, name, document, who, now)
    return who


def moments(definitions: Iterable[Definition], who: Subject) -> set[int]:
    """Every instant, of those that lie near, at which something could change without a new event."""
    found: set[int] = set()
    for _, _, document in definitions:
        found |= naive.moments(document, who)
        fading = {duration(rule["decay"]["every"]) for rule in document.get("rules", ()) if "decay" in rule}
        found |= {event.time + times * every for event in who.events for every in fading for times in range(1, 30)}
    return found


def _applied(kind: str, name: str, document: Json, who: Subject, now: int) -> Subject:
    if kind == "scores":
        value = sum((points(rule, who, now) for rule in document["rules"]), Fraction(0))
        bands = [band["name"] for band in document.get("bands", ()) if "upto" not in band or value <= Fraction(str(band["upto"]))]
        return replace(who, scores={**who.scores, name: _plain(value)}, bands={**who.bands, **({name: bands[0]} if bands else {})})
    if kind == "derived-attributes":
        value = derived(document, who, now)
        return replace(who, derived={**who.derived, **({} if value is None else {name: value})})
    if kind == "segments":
        return replace(who, segments=who.segments | {name}) if holds(document["where"], who, now) else who
    if kind == "lifecycle":
        return replace(who, stage=next((stage["name"] for stage in document["stages"] if holds(stage["where"], who, now)), ""))
    values = document["values"] if "values" in document else [{"value": "", "where": document["where"]}]
    found = [value["value"] for value in values if holds(value["where"], who, now)]
    return replace(who, tags={**who.tags, **({name: found[0]} if found else {})})


def points(rule: Json, who: Subject, now: int) -> Fraction:
    """What one rule of a score adds."""
    add = Fraction(str(rule["add"]))
    if "if" in rule:
        return add if holds(rule["if"], who, now) else Fraction(0)
    events = _newest_first(rule, rule.get("per", ""), who)
    if "within" in rule or "decay" in rule:
        events = events[:NEWEST]
    if "within" in rule:
        events = [event for event in events if event.time > now - duration(rule["within"])]
    if "per" in rule and "decay" not in rule:
        amount = sum((summand(into(event.properties, rule["per"])) for event in events), Decimal(0))
        return _to_millionths(add * Fraction(amount))
    if "max_per_day" in rule:
        return _capped(rule, add, events, now)
    return sum((_faded(rule, _worth(rule, add, event), event, now) for event in events), Fraction(0))


def _worth(rule: Json, add: Fraction, event: Event) -> Fraction:
    return _to_millionths(add * Fraction(summand(into(event.properties, rule["per"])))) if "per" in rule else add


def _capped(rule: Json, add: Fraction, events: Sequence[Event], now: int) -> Fraction:
    """Within a day the earlier events count first."""
    days: dict[Any, list[Event]] = {}
    for event in events:
        day = datetime.fromtimestamp(event.time / 1000, ZoneInfo(rule.get("timezone", "Asia/Shanghai"))).date()
        days.setdefault(day, []).insert(0, event)
    total = Fraction(0)
    for day in sorted(days, reverse=True)[:NEWEST_DAYS]:
        left = Fraction(str(rule["max_per_day"]))
        for event in days[day]:
            worth = min(abs(add), left)
            left -= worth
            total += _faded(rule, worth if add > 0 else -worth, event, now)
    return total


def _faded(rule: Json, worth: Fraction, event: Event, now: int) -> Fraction:
    """After k full lengths of time: times keep^k in double precision, to the nearest millionth."""
    if "decay" not in rule:
        return worth
    times = max(0, (now - event.time) // duration(rule["decay"]["every"]))
    return Fraction(round(int(worth * MILLION) * rule["decay"]["keep"] ** times), MILLION)


def derived(document: Json, who: Subject, now: int) -> Any:
    """The value of a derived attribute, or None."""
    way = next(name for name in document if name != "title")
    matcher = document[way]
    events = _newest_first(matcher, matcher.get("property", ""), who)
    if way == "latest_before":
        last = max((event.time for event in naive._matching(matcher["then"], who)), default=0)
        events = [event for event in events[:NEWEST] if event.time < last]
    elif "within" in matcher:
        events = [event for event in events[:NEWEST] if event.time > now - duration(matcher["within"])]
    elif way not in {"count", "sum"}:
        events = events[:NEWEST]
    if way == "count":
        return len(events)
    valued = [(event.time, value) for event in events if (value := _kept(naive._at(event, matcher["property"]))) is not None]
    return _found(way, valued)


def _found(way: str, valued: list[tuple[int, Any]]) -> Any:
    if way == "sum":
        return _plain(sum((Fraction(summand(value)) for _, value in valued), Fraction(0)))
    if way == "average":
        numbers = [Fraction(summand(value)) for _, value in valued if naive_number(value)]
        return _plain(_to_millionths(sum(numbers, Fraction(0)) / len(numbers))) if numbers else None
    if way == "most":
        tally = {(type(value), value): [time for time, other in valued if _same(other, value)] for _, value in valued}
        ranked = sorted(tally, key=lambda one: (-len(tally[one]), -max(tally[one]), str(one[1])))
        return ranked[0][1] if ranked else None
    values = [value for _, value in valued]
    return (values[-1] if way == "first" else values[0]) if values else None


def naive_number(value: Any) -> bool:
    """Whether a kept value is a number or a text of plain digits."""
    return not isinstance(value, str) or value.removeprefix("-").replace(".", "", 1).isdigit()


def _same(one: Any, two: Any) -> bool:
    return isinstance(one, str) is isinstance(two, str) and one == two


def _kept(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    return None if isinstance(value, list | dict | None) else _plain(Fraction(summand(value)))


def _newest_first(matcher: Json, path: str, who: Subject) -> list[Event]:
    return sorted(naive._matching(matcher, who), key=lambda event: naive._newness(event, path), reverse=True)


def _to_millionths(number: Fraction) -> Fraction:
    """To the nearest millionth; a half goes up."""
    up = number * MILLION + Fraction(1, 2)
    return Fraction(int(Decimal(up.numerator // up.denominator).to_integral_value(ROUND_FLOOR)), MILLION)


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)
