"""Asks for messages: puts them where the dispatcher finds them. The answer is the commit; everything else follows from the stream."""

from collections.abc import Sequence

from chalicelib.dispatch import states, store
from chalicelib.dispatch.model import Order


def ask(orders: Sequence[Order], now: int) -> list[bool]:
    """Writes down that these messages are asked for at `now` (ms); of each, whether it is new. Asking again changes nothing."""
    return [store.put_new(states.accepted(order, now)) for order in orders]
