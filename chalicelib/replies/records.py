"""What answering keeps in the messages table, beside the ledger: decisions, and what holds answers back. All expire.

pk the id of a reply, sk `reply`: what was decided.   pk a hash of fan and rule, sk `cooldown`: until when the rule says nothing more to the
fan.   pk a hash of fan and minute, sk `pace`: which pushes of the minute were answered.
"""

from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

REPLY: Final = "reply"
COOLDOWN: Final = "cooldown"
PACE: Final = "pace"


class ReplyRecord(StoredItem):
    """A decision: `d` is its JSON, `attempted` the arrival (ms) of the last push that was answered with it, `handed` whether all of it goes
    by the queue.
    """

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=REPLY)
    v = NumberAttribute(default=SCHEMA_VERSION)
    d = UnicodeAttribute()
    attempted = NumberAttribute(default=0)
    handed = BooleanAttribute(default=False)
    expires = NumberAttribute()


class CooldownRecord(StoredItem):
    """A rule that has just answered a fan: quiet until `until` (ms), but for the reply `by`."""

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=COOLDOWN)
    v = NumberAttribute(default=SCHEMA_VERSION)
    until = NumberAttribute()
    by = UnicodeAttribute()
    expires = NumberAttribute()


class PaceRecord(StoredItem):
    """The replies to a fan in one minute."""

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=PACE)
    v = NumberAttribute(default=SCHEMA_VERSION)
    replies: UnicodeSetAttribute = UnicodeSetAttribute()
    expires = NumberAttribute()
