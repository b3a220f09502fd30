"""What documents look out for, ready to be held against events. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.events.reserved import Derived
from chalicelib.journeys.engine.chart import Expected, Match
from chalicelib.signals.filters import filter_of

_LEAVE: Final = "leave"


def expected_of(place: str, document: Mapping[str, Any]) -> Expected:
    """An event, or a segment entered or left, that a document names at a place."""
    if "event" in document:
        match = tuple(Match(path, known) for path, known in document.get("match", {}).items())
        return Expected(place, document["event"], filter_of(document.get("where", {})), match)
    entered = document.get("on") != _LEAVE
    name = Derived.SEGMENT_ENTERED if entered else Derived.SEGMENT_LEFT
    return Expected(place, name.value, filter_of({"segment": document["segment"]}), segment=document["segment"], entered=entered)
