"""What a record may hold. Pure: each check answers with the reason to refuse, or None.

Texts have no limit below that of the record: segment-analytics-python 2.4.0 sends 31 KB in one property.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from chalicelib.events.model import AttributeChange, Draft, ItemChange, Json, Kind, Operation
from chalicelib.events.reserved import is_reserved_attribute, is_reserved_event
from chalicelib.events.wire import MAX_DEPTH

MAX_RECORD_BYTES: Final = 32 * 1024  # of the stored text of an event, UTF-8
MAX_NAME_LENGTH: Final = 100  # characters of an event, property or attribute name; the limit of the Sensors and Segment services
MAX_PROPERTIES: Final = 500  # in one record; attribute changes are counted on their own
MAX_IDENTIFIERS: Final = 16  # in one record
MAX_ID_LENGTH: Final = 128  # characters of a client's event id; a longer one is kept as its hash
MAX_ITEM_KEY_LENGTH: Final = 255  # characters of an item's type or id
CLEAR_NAME: Final = "*"  # the name of an attribute change that clears everything

# Any script and any sign: Segment clients write "Order Completed (v2)". `*` alone stands for all attributes.
_NAME: Final = re.compile(rf"(?![\s*])[^\x00-\x1f\x7f\ud800-\udfff]{{1,{MAX_NAME_LENGTH}}}")
_NAME_RULE: Final = f"1 to {MAX_NAME_LENGTH} characters, none of them a control character, and not start with a space or *"
_UNSTORABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


_CONTAINERS: Final = (dict, list)  # a tuple: a union takes three times as long to look into


class Reason(StrEnum):
    """Why a record, or an identifier in it, is not kept. The values are part of the public contract."""

    NAME_INVALID = "name_invalid"
    NAME_RESERVED = "name_reserved"
    PROPERTY_NAME_INVALID = "property_name_invalid"
    PROPERTIES_TOO_MANY = "properties_too_many"
    ATTRIBUTE_INVALID = "attribute_invalid"
    NESTED_TOO_DEEP = "nested_too_deep"
    NUMBER_INVALID = "number_invalid"
    TEXT_INVALID = "text_invalid"
    VALUE_INVALID = "value_invalid"
    EVENT_TOO_LARGE = "event_too_large"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    IDENTIFIERS_TOO_MANY = "identifiers_too_many"
    IDENTIFIER_MISSING = "identifier_missing"
    IDENTIFIER_BLOCKED = "identifier_blocked"
    IDENTIFIER_INVALID = "identifier_invalid"
    NAMESPACE_UNKNOWN = "namespace_unknown"
    UNLINK_MISSING = "unlink_missing"
    ITEM_INVALID = "item_invalid"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is refused: a stable code, and a sentence that says what to do."""

    code: str
    detail: str


def storable(text: str) -> bool:
    """Whether a text can be part of a key: no control characters and no half characters (which UTF-8 cannot hold)."""
    return not _UNSTORABLE.search(text)


def is_item_key(text: str) -> bool:
    """Whether a text can be the type or the id of an item."""
    return 0 < len(text) <= MAX_ITEM_KEY_LENGTH and storable(text)


def problem_of_draft(draft: Draft) -> Problem | None:
    """What is wrong with the names and numbers of things in a record; its size and depth are looked at once it is packed."""
    if draft.kind is not Kind.PROFILE and not _is_name(draft.name):
        return Problem(Reason.NAME_INVALID, f"the event name {draft.name[:64]!r} must be {_NAME_RULE}")
    if is_reserved_event(draft.name):
        return Problem(Reason.NAME_RESERVED, f"only rules write events named {draft.name}; choose another name")
    if len(draft.identifiers) + len(draft.unlink) > MAX_IDENTIFIERS:
        return Problem(Reason.IDENTIFIERS_TOO_MANY, f"a record may name {MAX_IDENTIFIERS} identifiers at most")
    return _problem_of_properties(draft.properties) or _problem_of_attributes(draft.attributes)


def problem_of_item(item: ItemChange) -> Problem | None:
    """What is wrong with the key and the names of a catalogue record."""
    if not (is_item_key(item.item_type) and is_item_key(item.item_id)):
        return Problem(Reason.ITEM_INVALID, f"item_type and item_id must be texts of 1 to {MAX_ITEM_KEY_LENGTH} characters")
    return _problem_of_properties(item.properties)


def problem_of_text(text: str) -> Problem | None:
    """What is wrong with the size of a packed record."""
    size = len(text.encode())
    return (
        Problem(Reason.EVENT_TOO_LARGE, f"the record takes {size} bytes, {MAX_RECORD_BYTES} are allowed")
        if size > MAX_RECORD_BYTES
        else None
    )


def problem_of_depth(values: Iterable[Any]) -> Problem | None:
    """What is wrong with the nesting of objects and lists."""
    level = _containers(values)
    for _ in range(MAX_DEPTH):
        if not level:
            return None
        level = _containers(inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer))
    return Problem(Reason.NESTED_TOO_DEEP, f"objects and lists may be nested {MAX_DEPTH} deep at most") if level else None


def _problem_of_properties(properties: Json) -> Problem | None:
    if len(properties) > MAX_PROPERTIES:
        return Problem(Reason.PROPERTIES_TOO_MANY, f"a record may hold {MAX_PROPERTIES} properties at most")
    for name in properties:
        if not _is_name(name):
            return Problem(Reason.PROPERTY_NAME_INVALID, f"the property name {name[:64]!r} must be {_NAME_RULE}")
    return None


def _problem_of_attributes(changes: tuple[AttributeChange, ...]) -> Problem | None:
    if len(changes) > MAX_PROPERTIES:
        return Problem(Reason.PROPERTIES_TOO_MANY, f"a record may change {MAX_PROPERTIES} attributes at most")
    for change in changes:
        if not _is_name(change.name) and change.operation is not Operation.CLEAR:
            return Problem(Reason.PROPERTY_NAME_INVALID, f"the attribute name {change.name[:64]!r} must be {_NAME_RULE}")
        if is_reserved_attribute(change.name):
            return Problem(Reason.NAME_RESERVED, f"{change.name[:64]!r} holds a tag; give and take tags with POST /v1/people/…/tags")
        if not _fits(change.operation, change.value):
            return Problem(Reason.ATTRIBUTE_INVALID, f"the value of {change.name[:64]!r} cannot be used with {change.operation}")
    return None


@lru_cache(maxsize=4096)  # the same names come again and again
def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _fits(operation: Operation, value: Any) -> bool:
    if operation is Operation.INCREMENT:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if operation is Operation.APPEND:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return True


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, _CONTAINERS)]
