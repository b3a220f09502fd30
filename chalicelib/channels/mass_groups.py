"""Groups of mass messages in DynamoDB, so that a call can be repeated by somebody else with the very same list.

    stands, fresh = form(Group(...))        # before the call: whoever comes second gets the first one's list
    after = moved(stands, replace(stands, state=GroupState.SENT, job="..."))
    dissolve("g1", now)                     # by whoever finds messages claimed for a group by somebody who died

Items of the table `messages`: pk the group's id, sk `group`; its members under `members#00`...; and, to find it by the platform's number,
pk `mass#APPID#<number>`, sk `job`.
"""

import json
from dataclasses import replace
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.channels.mass_group import Group, GroupState, members_of, parts_of
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import Busy
from chalicelib.events.model import Json
from chalicelib.messages.ledger_records import KEPT_MS
from chalicelib.providers.model import Outcome, Result

_GROUP: Final = "group"
_MEMBERS: Final = "members#"
_JOB: Final = "job"
_LOST: Final = "ConditionalCheckFailedException"


class GroupRecord(StoredItem):
    """A group, a part of its members, or the job of one; times in ms."""

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    account = UnicodeAttribute(null=True)
    at = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    left_out = UnicodeAttribute(null=True)
    job = UnicodeAttribute(null=True)
    counts = UnicodeAttribute(null=True)
    tag = NumberAttribute(null=True)
    refusal = UnicodeAttribute(null=True)
    members = UnicodeAttribute(null=True)
    group = UnicodeAttribute(null=True)
    expires = NumberAttribute()


def form(group: Group) -> tuple[Group, bool]:
    """Freezes a group, unless there is one of that id: as it stands now, and whether it was not there before. Raises Busy."""
    for place, part in enumerate(parts_of(group.members)):
        GroupRecord(group.id, f"{_MEMBERS}{place:02d}", members=part, expires=_expiry(group.at)).save()
    if _put(group):
        return group, True
    found = find(group.id)
    if found is None:
        raise Busy("a group of that id was there a moment ago; its messages are looked at again later")
    return found, False


def find(group_id: str) -> Group | None:
    """The group, or None when none was formed. Strongly consistent."""
    try:
        head = GroupRecord.get(group_id, _GROUP, consistent_read=True)
    except DoesNotExist:
        return None
    parts = GroupRecord.query(group_id, GroupRecord.sk.startswith(_MEMBERS), consistent_read=True)
    return Group(
        id=group_id,
        account=head.account or "",
        members=members_of(part.members for part in parts if part.members),
        at=int(head.at or 0),
        state=GroupState(head.state),
        left_out=json.loads(head.left_out or "{}"),
        job=head.job or "",
        counts=json.loads(head.counts or "{}"),
        tag=int(head.tag or 0),
        refusal=_outcome_of(head.refusal),
    )


def dissolve(group_id: str, now: int) -> Group | None:
    """None when the platform has never been called for the group, and from now on never will be; else the group as it stands."""
    if _put(Group(group_id, "", {}, now, GroupState.DISSOLVED)):
        return None
    found = find(group_id)
    return None if found is None or found.state is GroupState.DISSOLVED else found


def moved(before: Group, after: Group) -> Group:
    """The group after a change, or as somebody else has changed it meanwhile."""
    same = (GroupRecord.state == before.state.value) & (GroupRecord.left_out == _packed(before.left_out))
    actions: list[Action] = [
        GroupRecord.state.set(after.state.value),
        GroupRecord.left_out.set(_packed(after.left_out)),
        GroupRecord.job.set(after.job),
        GroupRecord.counts.set(json.dumps(after.counts)),
    ]
    if after.refusal is not None:
        actions.append(GroupRecord.refusal.set(_text_of(after.refusal)))
    try:
        GroupRecord(after.id, _GROUP).update(actions=actions, condition=same)
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        return find(after.id) or before
    return after


def named(group: Group, now: int) -> None:
    """Lets the group be found by the number of its job."""
    if group.job:
        GroupRecord(_job_key(group.account, group.job), _JOB, group=group.id, expires=_expiry(now)).save()


def of_job(appid: str, job: str) -> Group | None:
    """The group whose job has this number, None while nobody knows."""
    try:
        found = GroupRecord.get(_job_key(appid, job), _JOB, consistent_read=True)
    except DoesNotExist:
        return None
    return find(found.group or "")


def counted(group: Group, counts: Json) -> Group:
    """With what the platform told of the job. It did take the list on, whatever we heard of the call."""
    return moved(group, replace(group, state=GroupState.SENT, counts=counts))


def _put(group: Group) -> bool:
    """Whether there was none."""
    head = GroupRecord(group.id, _GROUP, account=group.account, at=group.at, state=group.state.value, expires=_expiry(group.at))
    head.left_out = _packed(group.left_out)
    head.tag = group.tag or None
    try:
        head.save(condition=GroupRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def _packed(left_out: object) -> str:
    return json.dumps(left_out, sort_keys=True)


def _text_of(outcome: Outcome) -> str:
    return json.dumps([outcome.kind.value, outcome.reason, outcome.until, outcome.raw_code])


def _outcome_of(text: str | None) -> Outcome | None:
    if not text:
        return None
    kind, reason, until, raw_code = json.loads(text)
    return Outcome(Result(kind), reason, until=until, raw_code=raw_code)


def _job_key(appid: str, job: str) -> str:
    return f"mass#{appid}#{job}"


def _expiry(now: int) -> int:
    return (now + KEPT_MS) // 1000
