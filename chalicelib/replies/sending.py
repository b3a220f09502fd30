"""Sends what is not the answer to a push: the messages of a decided reply in their order, and the replies to people who join segments."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from chalicelib.events.reserved import Told
from chalicelib.events.store import put_own
from chalicelib.fans import windows
from chalicelib.messages.customer_service import Outlets, send
from chalicelib.messages.model import State, message_id
from chalicelib.messages.telling import fan_event
from chalicelib.people import store
from chalicelib.replies import decisions, queue
from chalicelib.replies.book import Book, book_of
from chalicelib.replies.deciding import Fan, decided
from chalicelib.replies.decisions import Decision
from chalicelib.replies.queue import Due, Entered, ReplyDue
from chalicelib.replies.rules import Heard
from chalicelib.replies.triggers import Trigger
from chalicelib.telemetry import count_refusals

MAX_TRIES: Final = 5  # of what the platform was too busy for; over 75 s
FIRST_PAUSE_S: Final = 5
TOO_LATE: Final = "transfer_too_late"  # only the answer to a push can hand a fan over
LEFT: Final = "segment_left"  # counted: the person is no longer in the segment that it was about
LOST: Final = "reply_expired"  # counted: what was decided is no longer known


def carry_out(due: Due, now: int, outlets: Outlets) -> None:
    """Does what a message of the queue asks for. It may be done again at any time. Raises Busy while another worker is at it."""
    if isinstance(due, Entered):
        entered = _entered(due)
        if entered is not None:
            _send(entered, ReplyDue(entered.id), now, outlets)
        return
    decision = decisions.find(due.reply)
    if decision is None:
        count_refusals([LOST])
        return
    _send(decision, due, now, outlets)


def _send(decision: Decision, due: ReplyDue, now: int, outlets: Outlets) -> None:
    """In order: what follows a message that has to wait waits too."""
    if decision.handed and decision.agent is not None:
        _tell_too_late(decision)
    outlet = outlets(decision.appid)
    last = due.tries + 1 >= MAX_TRIES
    for message in decision.queued():
        if send(message, now, outlet, last=last).state is State.WAITING:
            queue.put(replace(due, tries=due.tries + 1), FIRST_PAUSE_S << due.tries)
            return


def _tell_too_late(decision: Decision) -> None:
    if decision.trigger == Trigger.ENTER:
        return
    told = {"reason": TOO_LATE, "trigger": decision.trigger}
    event = message_id("transfer", decision.id)
    put_own([fan_event(event, Told.REPLY_REFUSED.value, decision.appid, decision.openid, decision.at, told)])
    count_refusals([TOO_LATE])


def _entered(due: Entered) -> Decision | None:
    """What is answered to somebody who has joined a segment, None for nothing. What counts is where the person is now."""
    reply = message_id("enter", due.appid, due.transition)
    known = decisions.find(reply)
    if known is not None:
        return known
    person = store.roots([due.person]).get(due.person)
    if person is None or due.segment not in store.standing(person.id).segments:
        count_refusals([LEFT])
        return None
    book = book_of(due.appid)
    openid = _reachable(due.appid, person.id)
    return _decided(due, openid, book, reply) if openid else None


def _decided(due: Entered, openid: str, book: Book, reply: str) -> Decision | None:
    heard = Heard(Trigger.ENTER, segment=due.segment, said={"segment": due.segment})
    made = decided(Fan(due.appid, openid, due.at), book, [heard], reply)
    return decisions.keep(replace(made, handed=True)) if made else None


def _reachable(appid: str, person: str) -> str:
    """The openid of a person for an account: of several the one whose window is open longest; "" for none."""
    openids = sorted(_openids(appid, person))
    if len(openids) > 1:  # where the identity rules allow it
        openids.sort(key=lambda openid: -windows.window(appid, openid).until)
    return openids[0] if openids else ""


def _openids(appid: str, person: str) -> Iterator[str]:
    prefix = f"openid:{appid}#"
    return (key.removeprefix(prefix) for key, _ in store.members(person) if key.startswith(prefix))
