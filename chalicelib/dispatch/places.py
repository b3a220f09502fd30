"""Places under the caps, around a decision: taken before the message is written, given back after.

    after = deciding.begun(order, now)
    settled(after, store.put_new(after))      # or store.replace(before, after)

A place that is not needed is given back only when the decision that says so stands. Two may decide of one message at the same time and
differently: whoever is slower must not free the place that the other one's message goes out on.
"""

from dataclasses import replace

from chalicelib.contacts import uses
from chalicelib.dispatch import store, weighing
from chalicelib.dispatch.cases import Case
from chalicelib.dispatch.model import Message, State
from chalicelib.messages.policy.decisions import Send


def taken(case: Case, send: Send) -> bool:
    """Whether the message has the place that it needs; False: somebody else took one since the facts were read."""
    return not weighing.takes_a_place(case.message.order, send) or uses.reserve(case.person.id, send.use, case.facts.sends)


def noted(case: Case, after: Message) -> Message:
    """What was decided, for which no place is taken. If somebody who died before writing had taken one, it is remembered (`leftover`) until
    this is written; where nothing is to be written, it is given back at once. Raises Busy.
    """
    attempt, sends = len(weighing.without_receipt(case.message).tried), case.facts.sends
    if all((one.message, one.attempt) != (case.message.id, attempt) or one in sends.released for one in sends.uses):
        return after
    if after is case.message:
        uses.release(case.person.id, after.id, attempt)
        return after
    return replace(after, leftover=attempt)


def settled(after: Message, won: bool) -> None:
    """To be told what was decided, and whether it has been written or somebody was quicker. Gives back what nobody needs; may be done
    twice. Raises Busy.
    """
    if won:
        if after.leftover is not None:
            uses.release(after.order.person, after.id, after.leftover)
    elif after.state is State.QUEUED and after.trip is not None:
        stored, attempt = store.find(after.id), after.trip.attempt
        if stored is not None and (stored.trip is None or stored.trip.attempt < attempt):  # they decided against sending
            uses.release(after.order.person, after.id, attempt)
