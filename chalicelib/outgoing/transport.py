"""One request to an address of our own choosing; `providers.pinned` is for others'."""

from typing import Final

from chalicelib.outgoing.connections import exchange
from chalicelib.outgoing.wire import Answer, Request

READ_SECONDS: Final = 8.0  # between two pieces of an answer
_UNPACKED: Final = {"Accept-Encoding": None}  # answers are small, and unpacking them is for others to attack


def send(request: Request) -> Answer:
    """The answer, of any status; redirects are not followed, nothing is tried twice. Raises NoAnswer."""
    response = exchange(request.method, request.url, READ_SECONDS, data=request.body, headers={**_UNPACKED, **request.headers})
    return Answer(response.status_code, response.content, {name.lower(): value for name, value in response.headers.items()})
