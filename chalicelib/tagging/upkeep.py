"""The tags of an account are made what its definitions ask for: those that are needed are created, those that nobody needs are deleted.

    made(appid, wanted, platform, now)      # first, so that menus can name them
    retired(appid, wanted, platform)        # last, when no menu names them any more

May be done twice, and end anywhere: that a tag is about to be created is noted first, and it is found again by its name.
"""

from dataclasses import replace
from typing import Final

from chalicelib.tagging import filling, tag_records, walk_records
from chalicelib.tagging.batching import MAX_FANS
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.sources import Source
from chalicelib.tagging.tag_records import AccountTag
from chalicelib.tagging.wanted import Wanted
from chalicelib.wechat.errors import Dropped, WechatError

NAME_TAKEN: Final = 45157
TOO_MANY_FANS: Final = 45057  # a tag that more than 100,000 fans have cannot be deleted
UNKNOWN_TAG: Final = 45159
UNTAGGED_AT_ONCE: Final = 5_000  # fans, before a tag is tried to be deleted again: some 100 calls


def made(appid: str, wanted: Wanted, platform: Tags, now: int) -> dict[Source, int]:
    """Sees to it that there is a tag for each source, and that those who stand for it have it; the platform's numbers by source.

    The most important first, should there be no room for all. Raises WechatError.
    """
    known = {tag.source: tag for tag in tag_records.tags_of(appid)}
    there = {tag.name: tag.id for tag in platform.all()} if wanted.sources else {}
    tags = [_made(appid, source, known.get(source), there, platform, now) for source in wanted.sources]
    filling.ensure_filled(appid, tags, now)
    return {tag.source: tag.id for tag in tags}


def retired(appid: str, wanted: Wanted, platform: Tags) -> None:
    """Deletes the tags that nothing asks for any more. Raises WechatError; then it is to be done again."""
    for tag in tag_records.tags_of(appid):
        if tag.source not in wanted.sources:
            _delete(tag, platform)
            tag_records.drop(appid, tag)
            walk_records.drop(appid, filling.name_of(tag))


def _made(appid: str, source: Source, known: AccountTag | None, there: dict[str, int], platform: Tags, now: int) -> AccountTag:
    name = source.platform_name
    if known is not None and known.id != tag_records.NO_NUMBER and known.id in there.values():
        return known
    if name not in there:
        tag_records.save(appid, AccountTag(source, tag_records.NO_NUMBER, name, now))
    tag = AccountTag(source, there.get(name) or _created(name, platform), name, now)
    tag_records.save(appid, tag)
    return tag


def _created(name: str, platform: Tags) -> int:
    try:
        return platform.create(name)
    except Dropped as error:
        if error.number != NAME_TAKEN:
            raise
        found = next((tag.id for tag in platform.all() if tag.name == name), None)
        if found is None:
            raise
        return found


def _delete(tag: AccountTag, platform: Tags) -> None:
    if tag.id == tag_records.NO_NUMBER:
        found = next((one.id for one in platform.all() if one.name == tag.name), None)
        if found is None:
            return
        tag = replace(tag, id=found)
    try:
        _once(tag, platform)
    except WechatError as error:
        if error.number != TOO_MANY_FANS:
            raise
        _thin_out(tag, platform)
        _once(tag, platform)


def _once(tag: AccountTag, platform: Tags) -> None:
    try:
        platform.delete(tag.id)
    except WechatError as error:
        if error.number != UNKNOWN_TAG:
            raise


def _thin_out(tag: AccountTag, platform: Tags) -> None:
    """Takes the tag from some of its fans, as many as a worker can."""
    openids = platform.holders(tag.id, "").openids[:UNTAGGED_AT_ONCE]
    for start in range(0, len(openids), MAX_FANS):
        platform.untag(tag.id, openids[start : start + MAX_FANS])
