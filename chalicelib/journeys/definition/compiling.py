"""From the document of a journey to the chart that the engine goes by. Pure.

    chart = chart_of("unpaid", 3, document, pace)

The document was checked when it was written; it is read as it lies, for every lambda that hears of events does this. Lengths of time become
those of this stack; what depends on the wall's clock is worked out when it is needed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from chalicelib.durations import duration_ms
from chalicelib.journeys.definition.compiling_events import expected_of
from chalicelib.journeys.definition.compiling_nodes import node_of
from chalicelib.journeys.definition.rank_documents import ranking_of
from chalicelib.journeys.engine import acts
from chalicelib.journeys.engine.chart import GRACE_MS, Chart, Door, Expected, Goal, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.times import offset_ms
from chalicelib.journeys.nodes.acting import Do, SendMessage
from chalicelib.journeys.nodes.node import Node
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import WaitDate
from chalicelib.pace import STEADY, Pace
from chalicelib.zones import DEFAULT_TIMEZONE

PROPERTIES: Final = "entry.properties."

Document = Mapping[str, Any]


def chart_of(name: str, version: int, document: Document, pace: Pace = STEADY, plan: int = 0) -> Chart:
    """The chart of a checked document. `plan` is the version of the rules' plan that knows its conditions."""
    nodes = {key: node_of(f"nodes/{key}", one, pace) for key, one in document["nodes"].items()}
    exits = tuple(expected_of(f"exit/{place}", one) for place, one in enumerate(document.get("exit", ())))
    goal = _goal_of(document["goal"], pace) if "goal" in document else None
    door = _door_of(document["entry"], pace)
    looks = (*exits, *_looks(door, goal, nodes))
    kept = None if _tells(nodes) else tuple(sorted(_asked(looks, nodes)))
    return Chart(
        name=name,
        version=version,
        start=document["start"],
        nodes=nodes,
        door=replace(door, kept=kept),
        exits=exits,
        goal=goal,
        control=document.get("control", 0.0),
        grace=duration_ms(document["grace"]) if "grace" in document else GRACE_MS,
        title=document.get("title", ""),
        pace=pace,
        looks=looks,
        names=frozenset(one.event for one in looks),
        plan=plan,
        document=dict(document),
    )


def not_kept(origin: Chart, to: Chart) -> list[str]:
    """The properties of entries that one version asks for, and that runs of another do not keep: they could never match."""
    if origin.door.kept is None:
        return []
    known = {one.partition(".")[0] for one in origin.door.kept}
    return sorted(one for one in _asked(to.looks, to.nodes) if one.partition(".")[0] not in known)


def _door_of(entry: Document, pace: Pace) -> Door:
    cap = entry.get("cap", {})
    return Door(
        expected=_opened_by(entry),
        cron=entry.get("cron", ""),
        rank=ranking_of(entry["rank"]) if "rank" in entry else None,
        date=entry.get("attribute_date", ""),
        offset=offset_ms(entry["offset"]) if "offset" in entry else 0,
        at=entry.get("at", ""),
        yearly=entry.get("yearly", True),
        api=entry.get("api", False),
        timezone=entry.get("timezone", DEFAULT_TIMEZONE),
        key=entry.get("key", ""),
        segment="" if _is_segment(entry) else entry.get("segment", ""),
        then_not=_not_then_of(entry["then_not"], pace) if "then_not" in entry else None,
        re_entry=_re_entry_of(entry.get("re_entry", {}), pace),
        most=cap.get("entries", 0),
        per=pace.span(duration_ms(cap["within"])) if "within" in cap else 0,
    )


def _opened_by(entry: Document) -> Expected | None:
    if "event" in entry or _is_segment(entry):
        return expected_of("entry", entry)
    return None


def _is_segment(entry: Document) -> bool:
    return not any(key in entry for key in ("event", "cron", "attribute_date", "api"))


def _not_then_of(document: Document, pace: Pace) -> NotThen:
    return NotThen(expected_of("entry/then_not", document), pace.span(duration_ms(document["within"])))


def _re_entry_of(document: Document, pace: Pace) -> ReEntry:
    within = pace.span(duration_ms(document["within"])) if "within" in document else 0
    return ReEntry(Policy(document.get("policy", Policy.AFTER_EXIT)), document.get("limit", 0), within)


def _goal_of(document: Document, pace: Pace) -> Goal:
    windows = tuple((text, pace.span(duration_ms(text))) for text in document["within"])
    return Goal(expected_of("goal", document), windows, document.get("revenue", ""))


def _looks(door: Door, goal: Goal | None, nodes: Mapping[str, Node]) -> Iterator[Expected]:
    """What somebody inside, or on the way in, looks out for besides exits."""
    if goal is not None:
        yield goal.expected
    if door.then_not is not None:
        yield door.then_not.expected
    for node in nodes.values():
        if isinstance(node, WaitFor):
            yield from (one for one, _ in node.expected)


def _tells(nodes: Mapping[str, Node]) -> bool:
    """Whether the entry is handed on, to texts or another journey: which of its properties they ask for is up to those in force then."""
    spoken = (acts.CallWebhook, acts.NotifyStaff, acts.EnterJourney)
    return any(
        isinstance(node, SendMessage) or (isinstance(node, Do) and any(isinstance(act, spoken) for act in node.acts))
        for node in nodes.values()
    )


def _asked(looks: tuple[Expected, ...], nodes: Mapping[str, Node]) -> set[str]:
    """The properties of entries that runs are asked for."""
    paths = [match.known for one in looks for match in one.match]
    paths += [node.path for node in nodes.values() if isinstance(node, WaitDate)]
    paths += [act.key for node in nodes.values() if isinstance(node, Do) for act in node.acts if isinstance(act, acts.EnterJourney)]
    return {path.removeprefix(PROPERTIES) for path in paths if path.startswith(PROPERTIES)}
