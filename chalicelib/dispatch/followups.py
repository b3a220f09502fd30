"""What comes back of messages, carried out: receipts, clicks, answers, unfollows. All of it may come twice, late, and in any order.

    carry_out(Click("7f3a...", at), tries, now)

A receipt that is quicker than the record of its own message is put back, longer each time, and counted when nobody has come to know it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.contacts import facts, reachable, replies, uses
from chalicelib.dispatch import queue, states, store, tallies
from chalicelib.dispatch.model import Message, Trip, number_of
from chalicelib.dispatch.moves import went_out_at
from chalicelib.dispatch.news import Click, Followup, Job, Left, Receipt, Reply
from chalicelib.dispatch.tally_sheets import Credit
from chalicelib.durations import UNITS_MS
from chalicelib.errors import NotFound
from chalicelib.identifiers import identifier
from chalicelib.messages.policy.model import Tried
from chalicelib.messages.policy.sends import Use
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.reading import person_of
from chalicelib.providers.model import Fate, Reason
from chalicelib.settings import settings
from chalicelib.telemetry import count_refusals

UNKNOWN_RECEIPT: Final = "receipt_unknown"
UNKNOWN_CLICK: Final = "click_unknown"
MAX_TRIES: Final = 9  # of a receipt that nobody knows: half an hour
FIRST_DELAY_S: Final = 5
LONGEST_DELAY_S: Final = 900  # of a message in SQS
AT_ONCE: Final = 1_000  # receipts of a mass message that are put into the queue together; up to 100,000 are to be
MOST_LOOKED_AT: Final = 20  # of the newest messages by the account, whether they went out
CREDITED_MS: Final = 2 * UNITS_MS["d"]  # who leaves so soon after a message leaves because of it


def carry_out(one: Followup, tries: int, now: int) -> None:
    """Does what a message of the queue asks for. `tries`: how often it came in vain. Raises Busy."""
    match one:
        case Receipt():
            _received(one, tries, now)
        case Click():
            if store.change(one.message, lambda found: states.clicked(found, one.at)) is None:
                count_refusals([UNKNOWN_CLICK])
        case Reply():
            if one.stops:
                replies.stopped(one.account, one.sender, one.at, one.identity)
        case Left():
            _credit(one, now)
        case Job():
            _finished(one, tries, now)


def _received(receipt: Receipt, tries: int, now: int) -> None:
    found = receipt.message or store.by_reference(number_of(receipt.channel, receipt.account, receipt.reference))
    message = store.change(found, lambda one: states.received(one, receipt, now)) if found else None
    if message is None:
        _put_back(receipt, tries)
        return
    if receipt.fate is Fate.FAILED:
        _give_back(message)
    if address := receipt.address or _address(message, receipt):
        _learn(receipt, message, address, now)


def _give_back(message: Message) -> None:
    """The places of ways that failed; that of an earlier one the dispatcher does not hear of, for the message stays where it is."""
    for attempt, one in enumerate(message.tried):
        if one.result is Tried.FAILED:
            uses.release(message.order.person, message.id, attempt)


def _learn(receipt: Receipt, message: Message, address: str, now: int) -> None:
    """What a receipt says of the address, and as of when: one that comes again does not close anew what has been opened since."""
    at = min(receipt.at or now, now)
    if receipt.fate is Fate.DELIVERED:
        reachable.learn(receipt.channel, receipt.account, address, Reason.NONE, at, template=_template(message, receipt))
    elif receipt.reason:
        reachable.learn(receipt.channel, receipt.account, address, receipt.reason, at, template=_template(message, receipt))


def _put_back(one: Followup, tries: int) -> None:
    if tries >= MAX_TRIES:
        count_refusals([UNKNOWN_RECEIPT])
        return
    queue.follow_up([one], min(FIRST_DELAY_S << tries, LONGEST_DELAY_S), tries + 1)


def _address(message: Message, receipt: Receipt) -> str:
    """Where the message went by the channel that the receipt is of."""
    if (trip := _trip(message, receipt)) is not None:
        return trip.address
    return next((one.address for one in message.tried if (one.channel, one.account) == (receipt.channel, receipt.account)), "")


def _template(message: Message, receipt: Receipt) -> str:
    """The platform's template that the receipt is about. An earlier trip was by the one that the message's version has for its channel."""
    if (trip := _trip(message, receipt)) is not None:
        return trip.template
    found = published.of_version(message.order.template, message.order.version)
    body = found.document.bodies().get(receipt.channel) if found is not None else None
    return str(getattr(body, "template_id", ""))


def _trip(message: Message, receipt: Receipt) -> Trip | None:
    """The trip that the message is on, if the receipt may be of it."""
    trip = message.trip
    return trip if trip is not None and (trip.channel, trip.account) == (receipt.channel, receipt.account) else None


def _finished(job: Job, tries: int, now: int) -> None:
    """A mass message is through: where the platform says who got it, that is a receipt for each."""
    from chalicelib.channels import mass_jobs  # for these only, and not light

    done = mass_jobs.finished(job.appid, job.fields, now)
    if done is None:
        _put_back(job, tries)
    elif done.fate is not None:
        # Each on its own, so that one that fails does not hold up thousands; and part by part, for a lambda lives for a minute only.
        end = job.start + AT_ONCE
        members = done.members[job.start : end]
        queue.follow_up([Receipt(ChannelName.MASS, job.appid, done.fate, job.at, message=one, reason=done.reason) for one in members])
        if end < len(done.members):
            queue.follow_up([replace(job, start=end)])


def _credit(left: Left, now: int) -> None:
    """Who leaves an account soon after a message of its own leaves on its account."""
    try:
        person = person_of(identifier(f"openid:{left.appid}", left.openid))
    except NotFound:
        return
    sends = facts.of(person, now).sends
    told = [one for one in sends.uses if one.account == left.appid and one.at <= left.at and one not in sends.released]
    message = _last_before(told[:MOST_LOOKED_AT], left)
    if message is not None:
        tallies.credit(message, Credit.UNFOLLOWED)


def _last_before(told: Sequence[Use], left: Left) -> Message | None:
    """The newest that really went out. A place is taken when a message is decided: it may still wait, or have come to nothing."""
    messages = store.find_many(one.message for one in told)
    since = left.at - int(CREDITED_MS / settings().time_scale)
    went = [
        (at, one.message)
        for one in told
        if one.message in messages and (at := went_out_at(messages[one.message], one.attempt, left.at)) is not None and at >= since
    ]
    return messages[max(went)[1]] if went else None
