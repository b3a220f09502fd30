"""Pages of a list: opaque cursors that say where a page ended."""

import base64
import json
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from chalicelib.errors import BadRequest

MAX_CURSOR_LENGTH: Final = 4096  # characters
MAX_PART_BYTES: Final = 1024  # what a DynamoDB sort key holds

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list and the cursor of the rest; None at the end."""

    items: tuple[Item, ...]
    next: str | None


def encode_cursor(*parts: str) -> str:
    """The cursor for a place, e.g. the last item's key."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, count: int) -> tuple[str, ...]:
    """The `count` parts that a cursor was made of. Raises BadRequest for anything that `encode_cursor` did not make."""
    try:
        if len(cursor) > MAX_CURSOR_LENGTH:
            raise ValueError("too long")
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise BadRequest("cursor is not one that this list gave") from error
    if not (isinstance(parts, list) and len(parts) == count and all(_can_be_key(one) for one in parts)):
        raise BadRequest("cursor is not one that this list gave")
    return tuple(parts)


def _can_be_key(part: object) -> bool:
    try:
        return isinstance(part, str) and 0 < len(part.encode()) <= MAX_PART_BYTES
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can hold and a key cannot
        return False
