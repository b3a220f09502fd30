"""The items of the messages table: pk the id of a message, sk `message`: what became of it. Others keep theirs beside, under sorts of
their own. All expire.
"""

from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

MESSAGE: Final = "message"
KEPT_MS: Final = 30 * 86_400_000  # longer than anything sends again, and than any queue keeps


class LedgerRecord(StoredItem):
    """A message; times in ms. `state` is a State, `reason` a SendReason."""

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=MESSAGE)
    v = NumberAttribute(default=SCHEMA_VERSION)
    state = UnicodeAttribute()
    since = NumberAttribute()
    first = NumberAttribute()
    counted = BooleanAttribute(default=False)
    reason = UnicodeAttribute(null=True)
    about = UnicodeAttribute(null=True)  # appid, for people who look
    expires = NumberAttribute()
