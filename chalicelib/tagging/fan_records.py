"""What is remembered of the tags that each fan carries, in the table of fans: attributes that only this room writes.

pk `<appid>#<shard>`, sk `<openid>`. Numbers of tags are kept as sets of texts: DynamoDB adds to a set and takes from it without reading it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.dynamo import StoredItem, meta
from chalicelib.fans.keys import key_of
from chalicelib.tagging.choosing import Carried


class FanTagsRecord(StoredItem):
    """The tags of a fan: set for sure, begun to be set, refused for want of room; and names taken over from the account."""

    Meta = meta("fans")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    following = BooleanAttribute(null=True)  # written by others
    tags = UnicodeSetAttribute(null=True)
    tags_begun = UnicodeSetAttribute(null=True)
    tags_refused = UnicodeSetAttribute(null=True)
    tags_taken = UnicodeSetAttribute(null=True)


@dataclass(frozen=True, slots=True)
class FanTags:
    """A fan's tags. `follows` is False when it is known not to follow: then the platform takes no tag for it."""

    carried: Carried = field(default_factory=Carried)
    taken: frozenset[str] = frozenset()
    follows: bool = True


def fans(appid: str, openids: Iterable[str]) -> dict[str, FanTags]:
    """What is remembered of each fan; an empty one of those of whom nothing is. Strongly consistent."""
    wanted = dict.fromkeys(openids)
    keys = [key_of(appid, openid) for openid in wanted]
    found = {record.sk: _fan(record) for record in FanTagsRecord.batch_get(keys, consistent_read=True)} if keys else {}
    return {openid: found.get(openid, FanTags()) for openid in wanted}


def begin(appid: str, openid: str, tags: Sequence[int]) -> None:
    """Notes that tags are about to be set. Until they are, each may be there or not."""
    words = _words(tags)
    _update(appid, openid, [FanTagsRecord.tags_begun.add(words), FanTagsRecord.tags.delete(words)])


def settle(appid: str, openid: str, held: Sequence[int], gone: Sequence[int]) -> None:
    """Notes which tags have been set, and which have been taken away."""
    actions: list[Any] = []
    if held:
        actions.append(FanTagsRecord.tags.add(_words(held)))
    if gone and not held:
        actions.append(FanTagsRecord.tags.delete(_words(gone)))
    over = _words([*held, *gone])
    actions.append(FanTagsRecord.tags_begun.delete(over))
    actions.append(FanTagsRecord.tags_refused.delete(over))
    _update(appid, openid, actions)
    if gone and held:  # an update may touch a set once
        _update(appid, openid, [FanTagsRecord.tags.delete(_words(gone))])


def refuse(appid: str, openid: str, tags: Sequence[int]) -> None:
    """Notes that there is no room for tags, which therefore are not set."""
    words = _words(tags)
    actions = [FanTagsRecord.tags_refused.add(words), FanTagsRecord.tags_begun.delete(words), FanTagsRecord.tags.delete(words)]
    _update(appid, openid, actions)


def start_anew(appid: str, openid: str) -> None:
    """Nothing is known any more of what the platform has: the fan went, and came back without tags."""
    _update(appid, openid, [FanTagsRecord.tags.remove(), FanTagsRecord.tags_begun.remove(), FanTagsRecord.tags_refused.remove()])


def took(appid: str, openid: str, name: str) -> None:
    """Notes that a tag of the account was taken over for a fan."""
    _update(appid, openid, [FanTagsRecord.tags_taken.add({name})])


def gave_back(appid: str, openid: str, name: str) -> None:
    """Notes that a tag that was taken over is gone in the account."""
    _update(appid, openid, [FanTagsRecord.tags_taken.delete({name})])


def _update(appid: str, openid: str, actions: list[Any]) -> None:
    FanTagsRecord(*key_of(appid, openid)).update(actions=actions)


def _fan(record: FanTagsRecord) -> FanTags:
    carried = Carried(_numbers(record.tags), _numbers(record.tags_begun), _numbers(record.tags_refused))
    return FanTags(carried, frozenset(record.tags_taken or ()), record.following is not False)


def _words(tags: Sequence[int]) -> set[str]:
    return set(map(str, tags))


def _numbers(words: Iterable[str] | None) -> frozenset[int]:
    return frozenset(map(int, words or ()))


Fans = Mapping[str, FanTags]
