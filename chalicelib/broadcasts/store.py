"""Broadcasts in DynamoDB: made once under their key, changed one conditional write at a time, listed by age."""

from collections.abc import Callable, Iterator
from typing import Final

from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.broadcasts.model import AHEAD_MS, Broadcast, KeyReused, Phase
from chalicelib.broadcasts.records import BROADCAST, LIST, BroadcastRecord, ListedRecord, broadcast_of, list_key, record_of
from chalicelib.definitions.model import LostRace
from chalicelib.definitions.records import written_together
from chalicelib.errors import BadRequest, Busy, NotFound
from chalicelib.paging import Page, decode_cursor, encode_cursor

LOOKED_BACK_MS: Final = 31 * 86_400_000
MAX_ATTEMPTS: Final = 12  # lost races before it is given up
_REFUSED: Final = "ConditionalCheckFailedException"
_END: Final = "~"  # after every instant


def create(one: Broadcast) -> Broadcast:
    """The broadcast, or the one that was made by the same request before. Raises KeyReused when that was another request, LostRace when two
    made it at once and neither could.
    """
    listed = ListedRecord(sk=list_key(one.created_at, one.id), broadcast=one.id, template=one.wanted.template, at=one.wanted.at)
    try:
        with written_together() as writing:
            writing.save(record_of(one), condition=BroadcastRecord.pk.does_not_exist())
            writing.save(listed)
    except LostRace:
        before = find(one.id)
        if before is None:
            raise  # two were in each other's way, and neither has made it
        if not one.wanted.same_as(before.wanted):
            raise KeyReused("another broadcast was asked for under this key; take a key of its own for each") from None
        return before
    return one


def find(broadcast: str, *, consistent: bool = True) -> Broadcast | None:
    """A broadcast, None where there is none."""
    try:
        return broadcast_of(BroadcastRecord.get(broadcast, BROADCAST, consistent_read=consistent))
    except DoesNotExist:
        return None


def existing(broadcast: str) -> Broadcast:
    """A broadcast. Raises NotFound."""
    found = find(broadcast)
    if found is None:
        raise NotFound("there is no such broadcast")
    return found


def changed(broadcast: str, step: Callable[[Broadcast], Broadcast]) -> Broadcast:
    """The broadcast after a step, which may be taken several times. Raises NotFound, Busy when races do not end, what the step raises."""
    for _ in range(MAX_ATTEMPTS):
        before = existing(broadcast)
        after = step(before)
        if after == before:
            return before
        record = record_of(after)
        record.rev = before.rev + 1
        try:
            record.save(condition=BroadcastRecord.rev == before.rev)
        except PutError as error:
            if error.cause_response_code != _REFUSED:
                raise
            continue
        return broadcast_of(record)
    raise Busy("the broadcast is being changed by many at once; send the request again")


def page(limit: int, cursor: str | None) -> Page[Broadcast]:
    """Broadcasts, the newest first. Raises BadRequest for a cursor of another list."""
    last = _place(cursor) if cursor else _END
    found = list(ListedRecord.query(LIST, ListedRecord.sk < last, scan_index_forward=False, limit=limit + 1))
    following = encode_cursor(LIST, found[limit - 1].sk) if len(found) > limit else None
    records = BroadcastRecord.batch_get([(one.broadcast, BROADCAST) for one in found[:limit]]) if found else ()
    shown = {one.id: one for one in map(broadcast_of, records)}
    return Page(tuple(shown[one.broadcast] for one in found[:limit] if one.broadcast in shown), following)


def of_template(template: str, start: int, end: int) -> Iterator[str]:
    """The ids of the broadcasts of a template that were made from `start` until before `end` (ms)."""
    for one in ListedRecord.query(LIST, ListedRecord.sk.between(list_key(start), list_key(end))):
        if one.template == template:
            yield one.broadcast


def unfinished(now: int) -> Iterator[str]:
    """The ids of the broadcasts that were made or due in the last weeks, and have more people to go through at `now` (ms)."""
    since = now - LOOKED_BACK_MS
    listed = ListedRecord.query(LIST, ListedRecord.sk > list_key(since - AHEAD_MS))
    keys = [(one.broadcast, BROADCAST) for one in listed if one.sk > list_key(since) or one.at > since]
    for one in map(broadcast_of, BroadcastRecord.batch_get(keys) if keys else ()):
        if one.hold is None and one.phase not in (Phase.DONE, Phase.REFUSED):
            yield one.id


def _place(cursor: str) -> str:
    of, place = decode_cursor(cursor, 2)
    if of != LIST:
        raise BadRequest("cursor is not one that this list gave")
    return place
