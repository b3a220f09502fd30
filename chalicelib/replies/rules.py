"""Rules as they are applied, and what they are applied to. Pure. Made of documents that were checked when they were published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.durations import duration_ms
from chalicelib.events.model import Json
from chalicelib.messages.contents import Content, content_of, texts_of
from chalicelib.messages.liquid import paths
from chalicelib.replies.triggers import DETAILS, Several, Trigger

PERSON: Final = "person"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force. `details` is what it asks of the event ({} for whatever happens), `every` is ms (0: no limit); `agent` is None
    where nobody is handed over, "" for whoever is free.
    """

    name: str
    trigger: Trigger
    details: Json = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    priority: int = 0
    several: Several = Several.PRIORITY
    every: int = 0
    send: tuple[Content, ...] = ()
    agent: str | None = None

    @property
    def conditional(self) -> bool:
        """Whether it asks for segments."""
        return bool(self.inside or self.outside)

    @property
    def asks_for_person(self) -> bool:
        """Whether its texts show something of the person."""
        texts = (text for content in self.send for _, text in texts_of(content))
        return any(path[0] == PERSON for text in texts for path in paths(text))


@dataclass(frozen=True, slots=True)
class Heard:
    """What happened, as rules see it. `said` holds what their texts may show of it."""

    trigger: Trigger
    text: str = ""
    key: str = ""
    scene: str = ""
    campaign: str = ""
    segment: str = ""
    said: Json = field(default_factory=dict)


def rule_of(name: str, document: Mapping[str, Any]) -> Rule:
    """The rule of a checked document."""
    trigger = Trigger(document["on"])
    transfer = document.get("transfer")
    return Rule(
        name=name,
        trigger=trigger,
        details={detail: document[detail] for detail in DETAILS[trigger] if detail in document},
        inside=frozenset(document.get("in", ())),
        outside=frozenset(document.get("not_in", ())),
        priority=document.get("priority", 0),
        several=Several(document.get("several", Several.PRIORITY)),
        every=duration_ms(document["every"]) if "every" in document else 0,
        send=tuple(map(content_of, document.get("send", ()))),
        agent=None if transfer is None else transfer.get("agent", ""),
    )
