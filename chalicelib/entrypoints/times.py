"""Times in a query."""

import re
from typing import Final

from chalicelib.errors import BadRequest
from chalicelib.events.wire import RecordInvalid, time_ms
from chalicelib.http import Request

_MILLISECONDS: Final = re.compile(r"[0-9]{1,15}")


def time_of(request: Request, name: str) -> int | None:
    """A time of the query in epoch ms, or None where it is left out: milliseconds, or RFC 3339 with an offset. Raises BadRequest."""
    text = request.query.get(name)
    if not text:
        return None
    try:
        # A `+` that was not percent-encoded arrives as a space.
        return time_ms(int(text) if _MILLISECONDS.fullmatch(text) else text.replace(" ", "+"), name)
    except RecordInvalid as invalid:
        raise BadRequest(invalid.detail) from invalid
