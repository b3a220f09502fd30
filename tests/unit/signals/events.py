"""Events for tests of signals."""

from typing import Any

from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier

NOON = 1_795_219_200_000  # 2026-11-21T00:00:00Z


def event(name: str, time: int = NOON, kind: Kind = Kind.TRACK, context: dict[str, Any] | None = None, **properties: Any) -> Event:
    """An event of one person."""
    return Event(f"e{time}", kind, name, time, (identifier("user_id", "u1"),), "shop", properties, context=context or {})
