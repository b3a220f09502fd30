"""Rules in force and people for tests of rules, with everything that a test does not care about filled in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.plans import Plan, Published, next_plan
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.signals.model import Journal, Ledger
from chalicelib.zones import zone

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NOW: Final = 1_800_000_000_000  # 2027-01-15 in the afternoon, in ms


def happened(name: str, at: int, kind: Kind = Kind.TRACK, context: dict[str, Any] | None = None, **properties: Any) -> Event:
    """An event at a time in ms."""
    fan = identifier("openid:wx1", "o1")
    return Event(f"{name}{at}{properties}", kind, name, at, (fan,), "shop", properties=properties, context=context or {})


def local(text: str, timezone: str = "Asia/Shanghai") -> int:
    """The time in ms of a local time such as `2026-11-21 23:59:59.999`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone(timezone)).timestamp() * 1000)


def published(kind: str, name: str, version: int = 1, **document: Any) -> Published:
    """A definition in force."""
    return Published(kind, name, version, document)


def plan_of(*definitions: Published, before: Plan | None = None) -> Plan:
    """The plan of these definitions, the first one unless there was one before."""
    return next_plan(before or Plan(), definitions)


def rules_of(*definitions: Published) -> Rules:
    """The rules of these definitions alone."""
    return compile_rules(plan_of(*definitions))


def facts_of(plan: Plan, events: Iterable[Event] = (), **known: Any) -> Facts:
    """The facts of a person whom these events, and nothing else, happened to."""
    journal = Journal(tuple(plan.signals.entries_of(events, plan.version)))
    return Facts(states=plan.signals.states(Ledger(), journal, plan.version), **known)


def judged(rules: Rules, events: Iterable[Event] = (), now: int = NOW, **known: Any) -> Judgement:
    """Where the rules put that person."""
    return rules.judge(facts_of(rules.plan, events, **known), now, rules.plan.version)


ACTIVITY = published(
    "scores",
    "activity",
    rules=[{"event": "Scan", "add": 5}, {"event": "Unsubscribe", "add": -20}, {"if": {"tag": "vip"}, "add": 100}],
    bands=[{"name": "low", "upto": 100}, {"name": "middle", "upto": 400}, {"name": "high"}],
)
DRESS = published("segments", "dress", where={"event": "MenuClicked", "where": {"key": "dress"}, "count": {"gt": 5}, "within": "7d"})
LEVEL = published(
    "tags",
    "level",
    values=[
        {"value": "gold", "where": {"attribute": "points", "gte": 1000}},
        {"value": "silver", "where": {"attribute": "points", "gte": 100}},
    ],
)
FAN = published("tags", "fan", where={"event": "Subscribe"})
LIFE = published(
    "lifecycle",
    "main",
    stages=[{"name": "loyal", "where": {"event": "OrderPaid", "count": {"gte": 3}}}, {"name": "new", "where": {"event": "OrderPaid"}}],
)
TASTE = published("derived-attributes", "taste", most={"event": "ArticleRead", "property": "topic", "within": "30d"})


def scans(number: int, start: int = NOW) -> list[Event]:
    """So many scans, one each millisecond."""
    return [happened("Scan", start + place) for place in range(number)]


def clicks(*times: int) -> list[Event]:
    """Clicks on the menu of dresses at these times."""
    return [happened("MenuClicked", time, key="dress") for time in times]
