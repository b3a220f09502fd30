"""What receipts and clicks make of a message, in whatever order and however often they come. Pure. All times are epoch ms."""

from dataclasses import replace

from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.moves import arrived_before, ended, failed, in_doubt, is_over, may_follow, moved
from chalicelib.dispatch.news import Receipt
from chalicelib.messages.policy.model import Attempt, Tried
from chalicelib.providers.model import Fate

RECEIPT_FAILED = "receipt_failed"  # the platform says no more than that
_MAY_HAVE_GONE = (Tried.SENT, Tried.UNKNOWN)


def received(message: Message, receipt: Receipt, now: int) -> Message:
    """What a receipt says, of the trip that the message is on or of one that is over. The same object: nothing new."""
    at = max(min(receipt.at or now, now), message.at)  # platforms tell whole seconds, and their clocks differ from ours
    if _is_of_trip(message, receipt):
        return _delivered(message, at) if receipt.fate is Fate.DELIVERED else _came_to_nothing(message, receipt, at)
    place = _place(message, receipt)
    if place is None:
        return message
    result = message.tried[place].result
    if receipt.fate is Fate.DELIVERED:
        return message if result is Tried.DELIVERED else _arrived_by(message, place, at)
    return _noted(message, place, Tried.FAILED) if result in _MAY_HAVE_GONE else message


def clicked(message: Message, at: int) -> Message:
    """Somebody followed a link of it, so it arrived. Links of a message that never went out prove nothing."""
    went = message.state in (State.SENT, State.UNKNOWN, State.CLAIMED, State.DELIVERED) or in_doubt(message)
    if not went and all(one.result is Tried.NOT_SENT for one in message.tried):
        return message
    if not may_follow(message.state, State.CLICKED):
        return message
    now, way = max(at, message.at), arrived_before(message)
    after = ended(message, Tried.DELIVERED if went else Tried.NOT_SENT, now)
    return moved(after, State.CLICKED, now, channel=way.channel.value if way else "")


def _is_of_trip(message: Message, receipt: Receipt) -> bool:
    """Whether a receipt speaks of the trip that the message is on, and not of one that is over."""
    trip = message.trip
    if trip is None or is_over(message) or (trip.channel, trip.account) != (receipt.channel, receipt.account):
        return False
    if receipt.reference and trip.reference:
        return receipt.reference == trip.reference
    return _place(message, receipt) is None or receipt.address in ("", trip.address)


def _place(message: Message, receipt: Receipt) -> int | None:
    """Which of the trips that are over a receipt speaks of: to the same address if there is one, else the newest of its kind."""
    found = [place for place, one in enumerate(message.tried) if (one.channel, one.account) == (receipt.channel, receipt.account)]
    exact = [place for place in found if message.tried[place].address == receipt.address]
    return next(iter(reversed(exact or found)), None)


def _delivered(message: Message, at: int) -> Message:
    if not may_follow(message.state, State.DELIVERED):
        return message
    return moved(ended(message, Tried.DELIVERED, at), State.DELIVERED, at)


def _came_to_nothing(message: Message, receipt: Receipt, at: int) -> Message:
    """It was taken on, and did not arrive. A queued message of which no call went out cannot be meant."""
    if message.state in (State.SENT, State.UNKNOWN, State.CLAIMED) or (message.state is State.QUEUED and in_doubt(message)):
        return failed(message, receipt.reason or RECEIPT_FAILED, at)
    return message


def _arrived_by(message: Message, place: int, at: int) -> Message:
    """It reached the person by an earlier trip after all. Whoever is calling by another one now finds that when it is settled."""
    known = _noted(message, place, Tried.DELIVERED)
    if message.state is State.CLAIMED or not may_follow(message.state, State.DELIVERED):
        return known
    after = replace(moved(known, State.DELIVERED, at, channel=message.tried[place].channel.value), rev=known.rev)
    return ended(after, Tried.NOT_SENT, at) if message.state is State.QUEUED and not in_doubt(message) else after


def _noted(message: Message, place: int, result: Tried) -> Message:
    tried: list[Attempt] = list(message.tried)
    tried[place] = replace(tried[place], result=result)
    return replace(message, tried=tuple(tried), rev=message.rev + 1)
