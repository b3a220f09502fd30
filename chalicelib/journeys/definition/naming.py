"""What the document of a journey names: templates, scores, other journeys, with the places. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.events.model import Json
from chalicelib.journeys.definition.act_documents import Act, AddScore, CallWebhook, NotifyStaff
from chalicelib.journeys.definition.documents import JourneyDocument
from chalicelib.journeys.definition.event_documents import ABOUT, journeys_named
from chalicelib.journeys.definition.node_documents import DoNode, SendNode
from chalicelib.messages.templates.model import ChannelName


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A template that a node sends by. `channels` empty: all that it has. `data` is None where it is made when it is sent."""

    path: str
    template: str
    key: str = "template"  # at `path`, of the name
    channels: tuple[ChannelName, ...] = ()
    data: Json | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Where the template's name stands."""
        return f"{self.path}/{self.key}"


@dataclass(frozen=True, slots=True)
class Named:
    """A definition that is named at a place."""

    path: str
    name: str


def templates_in(document: JourneyDocument) -> Iterator[NamedTemplate]:
    """Those of messages, webhooks and notices to staff."""
    for name, node in document.nodes.items():
        if isinstance(node, SendNode):
            yield NamedTemplate(f"nodes/{name}/send", node.send.template, channels=node.send.channels or (), data=node.send.data or {})
    for place, act in _acts(document):
        if isinstance(act, CallWebhook):
            yield NamedTemplate(place, act.webhook, "webhook", (ChannelName.WEBHOOK,), act.data or {})
        elif isinstance(act, NotifyStaff):
            yield NamedTemplate(f"{place}/notify", act.notify.template, channels=act.notify.channels or ())


def scores_in(document: JourneyDocument) -> Iterator[Named]:
    """Those that are given points."""
    yield from (Named(f"{place}/add_score/score", act.add_score.score) for place, act in _acts(document) if isinstance(act, AddScore))


def entered_in(document: Mapping[str, Any]) -> Iterator[Named]:
    """The journeys that it lets people into. Read off a document as it lies, for this is asked of all that are in force."""
    for name, node in document["nodes"].items():
        for place, act in enumerate(node.get("do", ())):
            if "enter" in act:
                yield Named(f"nodes/{name}/do/{place}/enter", act["enter"])


def heard_in(document: Mapping[str, Any]) -> Iterator[Named]:
    """The journeys whose doings let people into it. Read off a document as it lies."""
    yield from (Named(f"entry/where/{ABOUT}", name) for name in journeys_named(document["entry"]))


def ring_of(name: str, heard: Mapping[str, frozenset[str]], entered: Mapping[str, frozenset[str]]) -> tuple[str, str] | None:
    """Two journeys of a ring through `name` that would go round for ever, the second of which begins by hearing of the first.

    `heard` are by journey those that it begins by hearing of, `entered` those that it enters. Rings of entering alone end by themselves,
    for how deep journeys enter one another is counted.
    """
    listens = sorted((before, one) for one, of in heard.items() for before in of)
    steps = [*listens, *((one, into) for one, intos in entered.items() for into in intos)]
    ahead, behind = _reached(name, steps), _reached(name, [(into, one) for one, into in steps])
    return next(((one, into) for one, into in listens if one in ahead and into in behind), None)


def _reached(start: str, steps: Iterable[tuple[str, str]]) -> set[str]:
    ways: dict[str, list[str]] = {}
    for one, into in steps:
        ways.setdefault(one, []).append(into)
    found, left = set[str](), [start]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += ways.get(one, ())
    return found


def _acts(document: JourneyDocument) -> Iterator[tuple[str, Act]]:
    for name, node in document.nodes.items():
        if isinstance(node, DoNode):
            yield from ((f"nodes/{name}/do/{place}", act) for place, act in enumerate(node.do))
