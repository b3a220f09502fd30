"""Where a rule looks in an event. Pure.

A path is the name of a property (which may hold dots), or goes into objects: `properties.order.sku`, `context.campaign.source`.
"""

from typing import Any, Final

from chalicelib.events.model import Event

PROPERTIES: Final = "properties"
CONTEXT: Final = "context"
ABSENT: Final = None  # JSON's null and what is not there are the same to a rule


def value_at(event: Event, path: str) -> Any:
    """What an event has at a path; None when there is nothing."""
    if path in event.properties:
        return event.properties[path]
    head, _, rest = path.partition(".")
    if head == CONTEXT:
        return within(event.context, rest)
    return within(event.properties, rest if head == PROPERTIES else path)


def within(value: Any, path: str) -> Any:
    """What lies at a dotted path in nested objects; a key that holds dots itself comes first."""
    if not isinstance(value, dict):
        return ABSENT
    if path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    return within(value.get(head), rest) if dot else ABSENT
