"""Notices in force, ready to be applied: which of them an event sets going, and what their texts need of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.audiences.evaluating import scaled
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Json, Kind
from chalicelib.messages.templates.model import ChannelName
from chalicelib.notices.documents import DEFAULT_WITHIN
from chalicelib.signals.filters import Filter, filter_of

INITIAL: Final = "initial"  # marks what a rule that is new found of everybody: nobody did anything
_TOLD: Final = frozenset({Kind.TRACK, Kind.DERIVED})


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice. `within` in ms of this stack's time; `channels` empty: all of the template but mass."""

    name: str
    event: str
    where: Filter
    template: str
    channels: tuple[ChannelName, ...]
    strict: bool
    within: int

    def tells_of(self, event: Event, now: int) -> bool:
        """Whether the event is told, at `now` (ms)."""
        fresh = event.time + self.within > now
        return fresh and event.kind in _TOLD and not event.properties.get(INITIAL) and self.where.matches(event)

    def seed(self, event: Event) -> tuple[str | int, ...]:
        """What the id of the message is made of that the event sets going: the same for every delivery of it."""
        return "notice", self.name, event.primary.key, event.time, event.id


class Notices:
    """All that are in force, by the name of the event."""

    def __init__(self, notices: Iterable[Notice] = ()) -> None:
        self._by_event: dict[str, list[Notice]] = {}
        for one in notices:
            self._by_event.setdefault(one.event, []).append(one)

    def of(self, event: Event, now: int) -> Iterator[Notice]:
        """Those that tell of an event."""
        return (one for one in self._by_event.get(event.name, ()) if one.tells_of(event, now))


def notice_of(name: str, document: Mapping[str, Any], scale: float = 1) -> Notice:
    """The notice of a checked document; durations are divided by `scale`."""
    return Notice(
        name=name,
        event=document["event"],
        where=filter_of(document.get("where", {})),
        template=document["template"],
        channels=tuple(map(ChannelName, document.get("channels", ()))),
        strict=document.get("strict", False),
        within=scaled(document.get("within", DEFAULT_WITHIN), scale),
    )


def event_shown(event: Event, asked: Iterable[tuple[str, ...]]) -> Json:
    """The event as texts see it, with those properties only that they ask for: it is kept with the message."""
    names = {path[2] for path in asked if path[:2] == ("event", "properties") and len(path) > 2}  # noqa: PLR2004 - the name is the third
    kept = {name: value for name, value in event.properties.items() if name in names}
    return {"name": event.name, "time": rfc3339(event.time), "properties": kept}
