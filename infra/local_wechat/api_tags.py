"""Calls for tags: a hundred per account, twenty per fan, given and taken fifty fans at a time."""

from collections import Counter
from typing import Any, Final

from infra.local_wechat.api_users import page_after
from infra.local_wechat.call import OFFICIAL, Api, Body, Call
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json, Relation, Tag

MOST_TAGS: Final = 100
MOST_OF_ONE: Final = 20
MOST_FANS: Final = 50  # of one call
_NAME_LENGTH: Final = 30
_FIRST_ID: Final = 100
_PROTECTED: Final = frozenset({0, 1, 2})
_STARRED: Final = Tag(2, "星标组")


def create(call: Call) -> Json:
    """A new tag. Raises Refused (45157, 45158, 45056)."""
    name = _name(call)
    tags = call.caller.tags
    if len(tags) >= MOST_TAGS:
        raise Refused(45056)
    tag = Tag(max(tags, default=_FIRST_ID - 1) + 1, name)
    tags[tag.id] = tag
    return {"tag": {"id": tag.id, "name": tag.name}}


def every(call: Call) -> Json:
    """All tags, with the number of fans, and the one that every account has from the beginning."""
    tags = [_STARRED, *call.caller.tags.values()]
    counts = Counter(tag_id for fan in call.world.followers(call.caller.appid) for tag_id in fan.tags)
    return {"tags": [{"id": tag.id, "name": tag.name, "count": counts[tag.id]} for tag in tags]}


def rename(call: Call) -> Json:
    """Another name for a tag."""
    tag = _tag(call, call.field("tag.id"))
    tag.name = _name(call)
    return {}


def delete(call: Call) -> Json:
    """Takes a tag from all fans and away. Raises Refused (45058, 45159, 45057 with too many fans)."""
    tag = _tag(call, call.field("tag.id"))
    holders = _holders(call, tag.id)
    if len(holders) > call.world.choices.tag_deletable_fans:
        raise Refused(45057)
    for fan in holders:
        fan.tags.remove(tag.id)
    del call.caller.tags[tag.id]
    return {}


def give(call: Call) -> Json:
    """Gives a tag to fans, all of them or none. Raises Refused (40031, 40032, 40003, 45159, 50005, 45059)."""
    fans = call.fans("openid_list", MOST_FANS)
    tag = _tag(call, call.field("tagid"))
    for fan in fans:
        if not fan.subscribed:
            raise Refused(50005)
        if tag.id not in fan.tags and len(fan.tags) >= MOST_OF_ONE:
            raise Refused(45059)
    for fan in fans:
        if tag.id not in fan.tags:
            fan.tags.append(tag.id)
    return {}


def take(call: Call) -> Json:
    """Takes a tag from fans; those who do not have it stay without."""
    fans = call.fans("openid_list", MOST_FANS)
    tag = _tag(call, call.field("tagid"))
    for fan in fans:
        if tag.id in fan.tags:
            fan.tags.remove(tag.id)
    return {}


def of_one(call: Call) -> Json:
    """A fan's tags."""
    return {"tagid_list": list(call.fan(call.text("openid")).tags)}


def holders(call: Call) -> Json:
    """Who has a tag, ten thousand at a time."""
    tag = _tag(call, call.field("tagid"))
    return page_after([fan.openid for fan in _holders(call, tag.id)], call.text("next_openid"))


def _name(call: Call) -> str:
    name = call.field("tag.name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(45157)
    length = len(name.encode()) if call.world.choices.tag_names_in_bytes else len(name)
    if length > _NAME_LENGTH:
        raise Refused(45158)
    if name in {tag.name for tag in call.caller.tags.values()} or name == _STARRED.name:
        raise Refused(45157)
    return name


def _tag(call: Call, tag_id: Any) -> Tag:
    try:
        number = int(tag_id)
    except (TypeError, ValueError) as broken:
        raise Refused(45159) from broken
    if number in _PROTECTED:
        raise Refused(45058)
    if number not in call.caller.tags:
        raise Refused(45159)
    return call.caller.tags[number]


def _holders(call: Call, tag_id: int) -> list[Relation]:
    return [fan for fan in call.world.followers(call.caller.appid) if tag_id in fan.tags]


APIS: Final = (
    Api("/cgi-bin/tags/create", create, kinds=OFFICIAL, certified=True, bare=True),
    Api("/cgi-bin/tags/get", every, body=Body.NONE, kinds=OFFICIAL, certified=True, bare=True),
    Api("/cgi-bin/tags/update", rename, kinds=OFFICIAL, certified=True),
    Api("/cgi-bin/tags/delete", delete, kinds=OFFICIAL, certified=True),
    Api("/cgi-bin/tags/members/batchtagging", give, kinds=OFFICIAL, certified=True),
    Api("/cgi-bin/tags/members/batchuntagging", take, kinds=OFFICIAL, certified=True),
    Api("/cgi-bin/tags/getidlist", of_one, kinds=OFFICIAL, certified=True, needs={"openid": 41009}, bare=True),
    Api("/cgi-bin/user/tag/get", holders, kinds=OFFICIAL, certified=True, bare=True),
)
