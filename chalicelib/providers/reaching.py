"""The real means of adapters: connections, and numbers that never come twice."""

from functools import partial
from secrets import token_hex
from typing import Final

from chalicelib.outgoing import transport
from chalicelib.providers import pinned
from chalicelib.providers.adapter import Means
from chalicelib.providers.addresses import Guard

_NONCE_BYTES: Final = 16

REAL: Final = Means(transport.send, pinned.send, partial(token_hex, _NONCE_BYTES))


def guarded(guard: Guard) -> Means:
    """The real means with another idea of where webhooks may go, for stages on a developer's own machine."""
    return Means(transport.send, partial(pinned.send, guard=guard), partial(token_hex, _NONCE_BYTES))
