"""Contacts and uses in DynamoDB: read many at once, written one by one and only if nobody else wrote in between."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError
from pynamodb.expressions.condition import Condition

from chalicelib.contacts import packing, usage
from chalicelib.contacts.model import NOTHING_KNOWN, UNKNOWN_FAN, Contact, FanState
from chalicelib.contacts.records import CONTACT, ContactRecord, FanStateRecord, contact_place, state_of, uses_place
from chalicelib.errors import Busy
from chalicelib.fans.keys import key_of
from chalicelib.messages.policy.sends import NOTHING_SENT, Sends

MAX_ATTEMPTS: Final = 8  # lost races; an address has two or three writers at a time
Fan = tuple[str, str]  # appid and openid
_LOST: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Found:
    """Contacts by identifier key, and uses by person id; what is not there is not in it."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    uses: dict[str, Sends] = field(default_factory=dict)


def read(keys: Iterable[str], persons: Iterable[str] = (), *, consistent: bool = True) -> Found:
    """Contacts and uses together: one call for a hundred of them. A read unit each, half of one when it need not be consistent."""
    places = [*map(contact_place, dict.fromkeys(keys)), *map(uses_place, dict.fromkeys(persons))]
    found = Found()
    for record in ContactRecord.batch_get(places, consistent_read=consistent) if places else ():
        if record.sk == CONTACT:
            found.contacts[record.pk] = packing.unpacked(record.d or "{}")
        else:
            found.uses[record.pk[2:]] = _uses_of(record)
    return found


def contact(key: str) -> Contact:
    """The contact of one identifier key, empty while nothing is known. Strongly consistent."""
    return _contact_at(key)[0]


def fan(appid: str, openid: str) -> FanState:
    """What is known of one fan's state. Strongly consistent."""
    try:
        return state_of(FanStateRecord.get(*key_of(appid, openid), consistent_read=True))
    except DoesNotExist:
        return UNKNOWN_FAN


def fans(wanted: Iterable[Fan], *, consistent: bool = True) -> dict[Fan, FanState]:
    """What is known of fans' state. Of each that is asked for there is one."""
    places = {key_of(*one): one for one in wanted}
    states = dict.fromkeys(places.values(), UNKNOWN_FAN)
    for record in FanStateRecord.batch_get(places, consistent_read=consistent) if places else ():
        states[places[record.pk, record.sk]] = state_of(record)
    return states


def change(key: str, alter: Callable[[Contact], Contact]) -> Contact:
    """Changes the contact of an identifier key; writes nothing if `alter` changes nothing. Raises Busy."""
    for _ in range(MAX_ATTEMPTS):
        before, version = _contact_at(key)
        after = alter(before)
        if after == before or _written(ContactRecord(*contact_place(key), d=packing.packed(after)), version):
            return after
    raise Busy("a contact is being changed by many at once; it is tried again")


def uses(person: str) -> Sends:
    """What a person id was sent, as it is stored under that very id; its `rev` is for `put_uses`."""
    try:
        return _uses_of(ContactRecord.get(*uses_place(person), consistent_read=True))
    except DoesNotExist:
        return NOTHING_SENT


def put_uses(person: str, sends: Sends, version: int) -> bool:
    """Writes the uses if the item still is at the version; whether it was."""
    kinds, packed = usage.packed(sends)
    return _written(ContactRecord(*uses_place(person), kinds=kinds, u=packed, expires=usage.expires_at(sends)), version)


def drop_uses(person: str, version: int) -> bool:
    """Removes the uses if the item still is at the version; whether it was."""
    try:
        ContactRecord(*uses_place(person)).delete(condition=ContactRecord.ver == version)
    except DeleteError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def _contact_at(key: str) -> tuple[Contact, int]:
    try:
        record = ContactRecord.get(*contact_place(key), consistent_read=True)
    except DoesNotExist:
        return NOTHING_KNOWN, 0
    return packing.unpacked(record.d or "{}"), int(record.ver)


def _uses_of(record: ContactRecord) -> Sends:
    return usage.unpacked(record.kinds or "[]", record.u or b"", int(record.ver))


def _written(record: ContactRecord, version: int) -> bool:
    """Whether nobody else wrote since that version (0: there was none)."""
    unchanged: Condition = ContactRecord.ver == version if version else ContactRecord.pk.does_not_exist()
    record.ver = version + 1
    try:
        record.save(condition=unchanged)
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True
