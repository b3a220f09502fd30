"""The fold: what one more event does to a person. Pure, and the same in any order."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from chalicelib.events.model import Event, Json, Kind
from chalicelib.people.model import Activity, Touch
from chalicelib.people.recent import fingerprint

Thing = TypeVar("Thing")
TIE_BYTES: Final = 4  # of an event's mark: enough to order touches of one millisecond alike everywhere
MAX_TOUCH_TEXT: Final = 255  # characters of a part of a touch; the event keeps the whole
REMEMBERED: Final = "campaign_latest"  # context key: the client repeats the last campaign; the person did not come by it just now
_CAMPAIGN_PARTS: Final = ("campaign", "code", "inviter")
_NO_ACTIVITY: Final = frozenset({Kind.PROFILE, Kind.DERIVED})
_TOUCH_PARTS: Final = ("channel", "scene", *_CAMPAIGN_PARTS)


def event_mark(event: Event) -> bytes:
    """The fingerprint under which an event is remembered as applied."""
    return fingerprint(f"{event.primary.key}|{event.time}|{event.id}")


def set_mark(event: Event) -> bytes:
    """The fingerprint of the event's combination of identifiers and of which of them its source vouches for."""
    keys = sorted(one.key for one in event.identifiers)
    return fingerprint("\n".join([*keys, "", *sorted(event.verified & set(keys))]))


def activity_of(events: Iterable[Event]) -> Activity:
    """What the events add up to. Changes of attributes, and what rules derived, are nothing that the person did."""
    total = Activity()
    for event in events:
        if event.kind not in _NO_ACTIVITY:
            total = total.union(_one(event))
    return total


def _one(event: Event) -> Activity:
    touch = _touch(event)
    from_campaign = touch if touch and any(part in touch.what for part in _CAMPAIGN_PARTS) else None
    return Activity(
        events=1,
        first_seen=event.time,
        last_seen=event.time,
        arrival=touch if touch and "channel" in touch.what else None,
        first=from_campaign,
        latest=None if event.context.get(REMEMBERED) else from_campaign,
    )


def _touch(event: Event) -> Touch | None:
    what: Json = {part: _cut(event.context[part]) for part in _TOUCH_PARTS if event.context.get(part)}
    if isinstance(what.get("campaign"), dict):
        what["campaign"] = {name: _cut(value) for name, value in what["campaign"].items() if value}
        if not what["campaign"]:
            del what["campaign"]
    return Touch(at=(event.time, event_mark(event)[:TIE_BYTES].hex()), what=what) if what else None


def _cut(value: Any) -> Any:
    """Three touches are part of the item that every event writes: a text of 30 KB would make each cost thirty times as much."""
    return value[:MAX_TOUCH_TEXT] if isinstance(value, str) else value


def chunks(things: Sequence[Thing], size: int) -> list[Sequence[Thing]]:
    """The things in runs of at most `size`."""
    return [things[start : start + size] for start in range(0, len(things), size)]
