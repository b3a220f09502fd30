"""Gatherings in DynamoDB. Each write depends on nobody else having written since the gathering was read.

Items of the table `wechat`: pk the appid, sk `gathering#<id>`; which of them takes members stands under sk `gathers#<words>`. Of the table
`messages`: pk a gathering's id, sk `share#<id>`, those who got its tag in one call.
"""

from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition

from chalicelib.channels import mass_gathering
from chalicelib.channels.mass_gathering import FORGOTTEN_MS, Gathering, Phase, Share, joined, packed, unpacked
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import Busy
from chalicelib.messages.ledger_records import KEPT_MS

TRIES: Final = 8  # of a change that others get in the way of
_GATHERING: Final = "gathering#"
_GATHERS: Final = "gathers#"
_SHARE: Final = "share#"
_LOST: Final = "ConditionalCheckFailedException"


class GatheringRecord(StoredItem):
    """A gathering, or under its words the id of the one that takes members; times in ms."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    rev = NumberAttribute(null=True)
    words = UnicodeAttribute(null=True)
    opened_at = NumberAttribute(null=True)
    last_at = NumberAttribute(null=True)
    phase = UnicodeAttribute(null=True)
    count_ = NumberAttribute(null=True, attr_name="count")
    closed_at = NumberAttribute(null=True)
    walked_at = NumberAttribute(null=True)
    ended_at = NumberAttribute(null=True)
    tag = NumberAttribute(null=True)
    gathering = UnicodeAttribute(null=True)
    expires = NumberAttribute()


class ShareRecord(StoredItem):
    """Some members of a gathering."""

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    members = UnicodeAttribute(null=True)
    given = BooleanAttribute(default=False)
    expires = NumberAttribute()


def find(account: str, gathering_id: str) -> Gathering | None:
    """The gathering as it is now. Strongly consistent."""
    try:
        return _of(GatheringRecord.get(account, _GATHERING + gathering_id, consistent_read=True))
    except DoesNotExist:
        return None


def current(account: str, words: str) -> Gathering | None:
    """The one that takes members of these words, or that took them last."""
    try:
        found = GatheringRecord.get(account, _GATHERS + words, consistent_read=True)
    except DoesNotExist:
        return None
    return find(account, found.gathering or "")


def begin(new: Gathering, before: Gathering | None) -> Gathering:
    """Puts another in place of one that is closed; the one that takes members from now on. Raises Busy."""
    _put(_record(new), GatheringRecord.pk.does_not_exist())
    there = GatheringRecord(new.account, _GATHERS + new.words, gathering=new.id, expires=_expiry(new.opened_at))
    free = GatheringRecord.pk.does_not_exist() if before is None else GatheringRecord.gathering == before.id
    if _put(there, free):
        return new
    found = current(new.account, new.words)
    if found is None or found.phase is not Phase.OPEN:
        raise Busy("another gathering was there a moment ago; the messages are looked at again later")
    return found


def replace(before: Gathering, after: Gathering) -> bool:
    """Stores `after` where `before` still is; False when somebody was faster."""
    return _put(_record(after), GatheringRecord.rev == before.rev)


def join(gathering: Gathering, more: int, now: int) -> Gathering | None:
    """With so many members more; None when it takes none any more. Raises Busy."""
    found: Gathering | None = gathering
    for _ in range(TRIES):
        if found is None or found.phase is not Phase.OPEN:
            return None
        after = joined(found, more, now)
        if replace(found, after):
            return after
        found = find(gathering.account, gathering.id)
    raise Busy("too many join at once; the messages are looked at again later")


def tagged(gathering: Gathering, tag: int) -> Gathering:
    """With the number of its tag, whatever else changes meanwhile. Raises Busy."""
    found: Gathering | None = gathering
    for _ in range(TRIES):
        if found is None:
            break
        if found.tag:
            return found
        after = mass_gathering.tagged(found, tag)
        if replace(found, after):
            return after
        found = find(gathering.account, gathering.id)
    raise Busy("the gathering changes too fast; the messages are looked at again later")


def of_account(account: str) -> list[Gathering]:
    """All that are not dropped."""
    return [_of(one) for one in GatheringRecord.query(account, GatheringRecord.sk.startswith(_GATHERING), consistent_read=True)]


def drop(gathering: Gathering) -> None:
    """Forgets one whose tag is gone."""
    GatheringRecord(gathering.account, _GATHERING + gathering.id).delete()


def put_share(gathering: Gathering, share: Share, now: int) -> None:
    """Remembers who is given the tag, before the call and, with what came of it, after."""
    text = packed(share.members)
    ShareRecord(gathering.id, _SHARE + share.id, members=text, given=share.given, expires=_expiry(now)).save()


def shares_of(gathering: Gathering) -> list[Share]:
    """All who ever were given the tag. Strongly consistent."""
    found = ShareRecord.query(gathering.id, ShareRecord.sk.startswith(_SHARE), consistent_read=True)
    return [Share(one.sk.removeprefix(_SHARE), unpacked(one.members or ""), one.given) for one in found]


def _put(record: GatheringRecord, condition: Condition) -> bool:
    try:
        record.save(condition=condition)
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def _record(one: Gathering) -> GatheringRecord:
    return GatheringRecord(
        one.account,
        _GATHERING + one.id,
        rev=one.rev,
        words=one.words,
        opened_at=one.opened_at,
        last_at=one.last_at,
        phase=one.phase.value,
        count_=one.count,
        closed_at=one.closed_at,
        walked_at=one.walked_at,
        ended_at=one.ended_at,
        tag=one.tag,
        expires=_expiry(max(one.last_at, one.ended_at) + FORGOTTEN_MS),
    )


def _of(record: GatheringRecord) -> Gathering:
    return Gathering(
        id=record.sk.removeprefix(_GATHERING),
        account=record.pk,
        words=record.words or "",
        opened_at=int(record.opened_at or 0),
        last_at=int(record.last_at or 0),
        phase=Phase(record.phase),
        count=int(record.count_ or 0),
        closed_at=int(record.closed_at or 0),
        walked_at=int(record.walked_at or 0),
        ended_at=int(record.ended_at or 0),
        tag=int(record.tag or 0),
        rev=int(record.rev or 0),
    )


def _expiry(now: int) -> int:
    return (now + KEPT_MS) // 1000
