"""Messages that whoever asked for them does not want any more: what is not out does not go, and what is tries no other way.

    withdraw(["7f3a...", "90bd..."], "journey_exited", now)

What a platform has taken on, or may have, stays what it is. One that was not asked for yet leaves nothing behind: whoever asks for it
later has to look whether it is wanted still.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from chalicelib.dispatch import states, store
from chalicelib.dispatch.model import Message, State

_OVER: Final = frozenset({State.REFUSED, State.DELIVERED, State.CLICKED})


def withdraw(message_ids: Iterable[str], reason: str, now: int) -> list[Message]:
    """Withdraws messages at `now` (ms) for a reason, and gives those back that are refused for it, by this call or before. May be done
    twice. The dispatcher hears of each and gives back the place that it had under the caps. Raises Busy.
    """
    found = (store.change(one, lambda message: withdrawn(message, reason, now)) for one in dict.fromkeys(message_ids))
    return [one for one in found if one is not None and one.state is State.REFUSED and one.reason == reason]


def withdrawn(message: Message, reason: str, now: int) -> Message:
    """The message without whoever wanted it; the very same object where nothing is left to be done. Pure.

    One that went some way already is worth nothing from now on, which is what keeps it from any other; a receipt may still say that it
    has arrived, so it is not called refused.
    """
    if message.state in _OVER:
        return message
    if message.state in (State.ACCEPTED, State.DEFERRED) and not message.tried:
        return states.refused(message, reason, None, now)
    if message.state is State.QUEUED and not message.tried:
        return states.cancelled(message, reason, now)
    worthless = _worthless(message, now)
    if message.state is State.QUEUED:
        return states.stopped(worthless, reason, now)
    if message.state is State.DEFERRED:
        return states.gave_up(worthless, reason, None, now)
    return message if worthless is message else replace(worthless, rev=message.rev + 1)


def _worthless(message: Message, now: int) -> Message:
    expires = message.order.expires
    if expires is not None and expires <= now:
        return message
    return replace(message, order=replace(message.order, expires=now))
