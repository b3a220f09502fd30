"""What a round of reconciliation does about a tag of ours: who has it and should not loses it, who lacks it gets it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from chalicelib.audiences.membership import places
from chalicelib.audiences.populations import people_in
from chalicelib.people.standing import Standing
from chalicelib.tagging import fan_records, present, seen
from chalicelib.tagging.accounts import Account
from chalicelib.tagging.bringing import bring
from chalicelib.tagging.choosing import MAX_TAGS_OF_A_FAN
from chalicelib.tagging.following import follow
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.walk_records import Walk
from chalicelib.wechat.calls.users import Page
from chalicelib.wechat.errors import Unreachable

PEOPLE: Final = 100  # looked at together
EXTRA: Final = "extra"  # fans who had a tag and should not
MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a list is to be gone on with, "" at its end, and what was counted."""

    place: str
    counts: Counter[str] = field(default_factory=Counter)


def holders(walk: Walk, about: Account, key: str, place: str, platform: Tags) -> Listed:
    """A page of the platform's list: 10,000 fans at most."""
    tag = about.tag_of(key)
    if tag is None:
        return Listed("")
    page, looked_at, ahead = next_page(platform, tag.id, place)
    seen.keep(walk.appid, walk.begun, key, number_of(place), page.openids)
    counts = Counter(holders=len(page.openids))
    for start in range(0, len(looked_at), PEOPLE):
        counts[EXTRA] += _without_right(about, key, tag.id, looked_at[start : start + PEOPLE], platform)
    return Listed(ahead, +counts)


def members(walk: Walk, about: Account, key: str, place: str, platform: Tags) -> Listed:
    """Some people of our list."""
    tag = about.tag_of(key)
    if tag is None:
        return Listed("")
    page = people_in(tag.source.kind, tag.source.name, PEOPLE, place or None)
    has = seen.load(walk.appid, walk.begun, key)
    found = present.persons([one.person for one in page.items], [walk.appid])
    lacking: list[str] = []
    for asked, one in found.items():
        if tag.id in about.wanted_by(one.places)[:MAX_TAGS_OF_A_FAN]:
            lacking += [asked] * _lacks(walk.appid, one.openids.get(walk.appid, ()), has, tag.id)
    if lacking:
        follow(walk.appid, {asked: [key] for asked in lacking}, platform)
    return Listed(page.next or "", +Counter({MISSING: len(lacking)}))


def next_page(platform: Tags, tag: int, place: str) -> tuple[Page, tuple[str, ...], str]:
    """The platform's list behind a place: the page, who of it can be treated now, and the place behind it, "" at the end.

    The last fan of a page is treated with the next one: the platform is asked for those behind it, so it has to be on the list until then.
    """
    _, _, after = place.partition("#")
    try:
        page = platform.holders(tag, after)
    except Unreachable:  # the fan has gone meanwhile: what follows is left to the next round
        page = Page((), "")
    left = (after,) if after else ()
    if not (page.openids and page.next):
        return page, left + page.openids, ""
    others = tuple(one for one in page.openids if one != page.next)
    return page, left + others, f"{number_of(place) + 1}#{page.next}"


def number_of(place: str) -> int:
    """Which page of the list begins at a place, from 0."""
    return int(place.partition("#")[0] or 0)


def _lacks(appid: str, openids: Sequence[str], has: seen.Seen, tag: int) -> int:
    """Whether one of the openids should be among the holders: of those who follow, and to whom the tag was not refused."""
    unseen = [openid for openid in openids if openid not in has]
    fans = fan_records.fans(appid, unseen).values() if unseen else ()
    return int(any(fan.follows and tag not in fan.carried.refused for fan in fans))


def _without_right(about: Account, key: str, tag: int, openids: Iterable[str], platform: Tags) -> int:
    """Takes the tag from those who should not have it; how many they are."""
    found = present.of_fans(about.appid, openids)
    wrong = {openid: person for openid, (person, standing) in found.items() if not _entitled(about, tag, standing)}
    persons = {person: [key] for person in wrong.values() if person}
    if persons:
        follow(about.appid, persons, platform)
    strangers = [openid for openid, person in wrong.items() if not person]
    if strangers:  # nobody is known by them, so nobody's place can change meanwhile
        bring(about, {openid: Standing() for openid in strangers}, {openid: [tag] for openid in strangers}, platform)
    return len(wrong)


def _entitled(about: Account, tag: int, standing: Standing) -> bool:
    return tag in about.wanted_by(places(standing))[:MAX_TAGS_OF_A_FAN]
