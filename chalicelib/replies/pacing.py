"""What holds answers back: a rule that answers a fan once in a while only, and a bound for each fan and minute against loops.

Both know the reply that they let through, so that a push that comes again is not held back by itself.
"""

from typing import Final

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from chalicelib.messages.ledger_records import KEPT_MS
from chalicelib.messages.model import message_id
from chalicelib.replies.records import PACE, CooldownRecord, PaceRecord

MINUTE_MS: Final = 60_000
MAX_A_MINUTE: Final = 20  # replies to one fan; people tap faster than they read, machines faster than that
_LOST: Final = "ConditionalCheckFailedException"


def may_answer(appid: str, openid: str, rule: str, every: int, reply: str, now: int) -> bool:
    """Whether the rule may answer the fan now (ms), having not done so for `every` ms; if so it may not again for as long."""
    key = message_id("cooldown", appid, openid, rule)
    record = CooldownRecord(key, until=now + every, by=reply, expires=(now + every + KEPT_MS) // 1000)
    over = CooldownRecord.pk.does_not_exist() | (CooldownRecord.until <= now) | (CooldownRecord.by == reply)
    try:
        record.save(condition=over)
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def within_pace(appid: str, openid: str, reply: str, at: int) -> bool:
    """Whether the fan may get one more reply in the minute of `at` (ms)."""
    minute = at - at % MINUTE_MS
    fewer: Condition = size("replies") < MAX_A_MINUTE  # type: ignore[no-untyped-call]
    room = PaceRecord.pk.does_not_exist() | PaceRecord.replies.contains(reply) | fewer
    actions: list[Action] = [PaceRecord.replies.add({reply}), PaceRecord.expires.set((minute + KEPT_MS) // 1000)]
    try:
        PaceRecord(pace_key(appid, openid, at), PACE).update(actions, condition=room)
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def pace_key(appid: str, openid: str, at: int) -> str:
    """The id of a fan's minute."""
    return message_id("pace", appid, openid, at - at % MINUTE_MS)
