"""The ledger: messages as they are stored. Each write depends on nobody else having written since the message was read.

if put_new(accepted(order, now)):    # False: there is one already
    ...
after = change("7f3a...", lambda message: received(message, receipt, now))
"""

from collections.abc import Callable, Iterable
from typing import Final

from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.dispatch.model import Message
from chalicelib.dispatch.records import SEND, Image, MessageRecord, message_of, message_of_image, record_of
from chalicelib.errors import Busy

TRIES: Final = 5  # of a change that others get in the way of
_LOST: Final = "ConditionalCheckFailedException"


def put_new(message: Message) -> bool:
    """Stores a message that nobody has stored yet; False when there is one of that id."""
    return _put(message, None)


def replace(before: Message, after: Message) -> bool:
    """Stores `after` where `before` still is; False when somebody was faster."""
    return _put(after, before)


def find(message_id: str) -> Message | None:
    """The message as it is now, None for one that was never asked for or has expired. Strongly consistent."""
    try:
        return message_of(MessageRecord.get(message_id, SEND, consistent_read=True))
    except DoesNotExist:
        return None


def find_many(message_ids: Iterable[str]) -> dict[str, Message]:
    """Those of the messages that are known, by id. Strongly consistent."""
    found = MessageRecord.batch_get([(one, SEND) for one in dict.fromkeys(message_ids)], consistent_read=True)
    return {record.pk: message_of(record) for record in found}


def change(message_id: str, changed: Callable[[Message], Message]) -> Message | None:
    """Does something to a message as it is now, again if somebody was faster. `changed` gives the same object back where nothing is to be
    written. None for a message that nobody knows. Raises Busy when too many are in the way, and whatever `changed` raises.
    """
    for _ in range(TRIES):
        before = find(message_id)
        if before is None:
            return None
        after = changed(before)
        if after is before or replace(before, after):
            return after
    raise Busy("the message changes too fast; it is looked at again later")


def by_reference(ref: str) -> str | None:
    """The id of the message that a platform knows by this number (`model.number_of`); None while nobody has stored it. Some milliseconds
    behind what was written.
    """
    found = next(iter(MessageRecord.by_reference.query(ref, limit=1)), None)
    return None if found is None else str(found.pk)


def of_image(image: Image) -> Message:
    """The message of a stream record's image."""
    return message_of_image(image)


def _put(message: Message, before: Message | None) -> bool:
    unchanged = MessageRecord.pk.does_not_exist() if before is None else MessageRecord.rev == before.rev
    try:
        record_of(message).save(condition=unchanged)
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True
