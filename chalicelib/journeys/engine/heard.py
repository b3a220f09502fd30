"""Events that mean something to journeys, and the order in which they act. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.events.model import Event

Mark = tuple[str, int, str]  # of an event: the key of its identifier, its time, its id


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that means something to a journey. `enters`: its door is open for it."""

    event: Event
    journey: str
    enters: bool = False


def mark(event: Event) -> Mark:
    """What tells an event from every other one."""
    return event.primary.key, event.time, event.id


def ordered(events: Iterable[Event]) -> list[Event]:
    """Each event once, in order of time; those of one millisecond in that of their marks, so that the order is always the same."""
    known = {mark(event): event for event in events}
    return [known[one] for one in sorted(known, key=lambda one: (one[1], one[0], one[2]))]


def in_order(heard: Sequence[Heard], stored: Iterable[Event] = ()) -> list[Heard]:
    """Those of one journey by time, and among equals as they came; events that are stored besides come after those of their millisecond.

    Each is there once: a batch may hold an event twice.
    """
    known: dict[Mark, Heard] = {}
    for one in (*heard, *(Heard(event, heard[0].journey) for event in stored)):
        known.setdefault(mark(one.event), one)
    return sorted(known.values(), key=lambda one: one.event.time)
