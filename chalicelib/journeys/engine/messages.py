"""The messages of a run: what is ordered for a node that it passes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.dispatch.model import Order, Source, SourceKind
from chalicelib.events.model import Json
from chalicelib.journeys.engine.asked import of_act
from chalicelib.journeys.engine.model import message_of
from chalicelib.messages.templates.model import ChannelName

if TYPE_CHECKING:
    from chalicelib.journeys.engine.chart import Chart, Message
    from chalicelib.journeys.engine.model import Run
    from chalicelib.messages.templates.documents import TemplateDocument
    from chalicelib.messages.templates.published import Template


@dataclass(frozen=True, slots=True)
class Passing:
    """A run passes a node of its journey at an instant (ms), on its visit of that number (from 0)."""

    chart: "Chart"
    run: "Run"
    node: str
    visit: int
    at: int


def report_of(journey: str, version: int, node: str) -> str:
    """The report that counts the messages of a node."""
    return f"journey#{journey}#{version}#{node}"


def order_of(passing: Passing, message: "Message", template: "Template", person: str, act: tuple[int, int] | None = None) -> Order:
    """What is ordered for a person when a run passes a node. `act`: the place of the act that asks for it, and of who is told."""
    run, at = passing.run, passing.at
    return Order(
        id=of_act(run.id, passing.node, passing.visit, *act) if act else message_of(run.id, passing.node, passing.visit),
        person=person,
        template=template.name,
        version=template.version,
        category=template.document.category,
        source=Source(SourceKind.JOURNEY, passing.chart.name),
        asked_at=at,
        channels=message.channels or channels_of(template.document),
        strict=message.strict,
        data=message.data,
        entry=entry_shown(run, (asked for _, _, asked, _ in template.document.asked())),
        expires=None if message.within is None else at + message.within,
        report=report_of(passing.chart.name, run.version, passing.node),
    )


def channels_of(document: "TemplateDocument") -> tuple[ChannelName, ...]:
    """What a template has words for, but mass messages, which are nobody's own."""
    return tuple(one for one in document.bodies() if one is not ChannelName.MASS)


def entry_shown(run: "Run", asked: Iterable[tuple[str, ...]]) -> Json:
    """An entry as texts see it, with those properties only that they ask for: it is kept with the message."""
    names = {path[2] for path in asked if path[:2] == ("entry", "properties") and len(path) > 2}  # noqa: PLR2004 - the name is the third
    shown = {name: value for name, value in (run.entry.get("properties") or {}).items() if name in names}
    return {**run.entry, "key": run.key, "properties": shown}
