"""Answers by SMS that ask us to stop: a no to advertising by SMS, from the moment that it comes. Codes and orders still arrive."""

from hashlib import blake2b
from typing import Final

from chalicelib.contacts import consents
from chalicelib.contacts.addresses import MOBILE
from chalicelib.events.model import Event, Kind
from chalicelib.events.store import put_own
from chalicelib.identifiers import IdentifierInvalid, identifier
from chalicelib.messages.policy.model import Consent
from chalicelib.messages.telling import SOURCE
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.telemetry import count_refusals

BY_REPLY: Final = "sms_reply"
SENDER_INVALID: Final = "reply_sender_invalid"  # counted for an answer of nobody
_ID_BYTES: Final = 16


def stopped(account: str, sender: str, at: int, identity: str) -> None:
    """Keeps the word, and an event of it. `identity` is the same for each delivery of the same answer; `at` is ms. Raises Busy."""
    try:
        number = identifier(MOBILE, sender)
    except IdentifierInvalid:
        count_refusals([SENDER_INVALID])
        return
    word = Consent(granted=False, at=at, source=BY_REPLY, channel=ChannelName.SMS, category=Category.MARKETING)
    consents.said(number.key, word)
    told = Event(
        id=blake2b(f"{account}\n{identity}".encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).hexdigest(),
        kind=Kind.TRACK,
        name=consents.EVENT,
        time=at,
        identifiers=(number,),
        source=SOURCE,
        properties={**consents.properties_of(word), "answered_to": account},
        verified=frozenset({number.key}),
    )
    put_own([told])
