"""Tags that an account's operators give in WeChat's console become tags by hand of the persons, and go when they go there.

That a tag was taken over is remembered with the fan, so that only what came from the account is taken back, and what somebody here has
taken from a person by hand is not given again.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from chalicelib.audiences.membership import Audience
from chalicelib.audiences.populations import people_in
from chalicelib.events.model import AttributeChange, Event, Kind, Operation
from chalicelib.events.reserved import TAG_PREFIX
from chalicelib.events.store import put_own
from chalicelib.identifiers import Identifier
from chalicelib.tagging import fan_records, present, seen
from chalicelib.tagging.accounts import Account
from chalicelib.tagging.mending import PEOPLE, Listed, next_page, number_of
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.present import NAMESPACE
from chalicelib.tagging.walk_records import Walk

TAGS_EVENT: Final = "$tags_set"  # as for tags that are given over HTTP
TAKEN: Final = "taken"
GIVEN_BACK: Final = "given_back"
_ID_BYTES: Final = 16


def holders(walk: Walk, about: Account, name: str, place: str, platform: Tags) -> Listed:  # noqa: ARG001 - all parts are called alike
    """A page of the platform's list: whoever is new on it gets the tag here."""
    tag = next((one.id for one in platform.all() if one.name == name), None)
    if tag is None:
        return Listed("")  # so nobody has it
    page, _, ahead = next_page(platform, tag, place)
    seen.keep(walk.appid, walk.begun, _subject(name), number_of(place), page.openids)
    count = 0
    for start in range(0, len(page.openids), PEOPLE):
        count += _take(walk, name, page.openids[start : start + PEOPLE])
    return Listed(ahead, +Counter({TAKEN: count}))


def members(walk: Walk, about: Account, name: str, place: str, platform: Tags) -> Listed:  # noqa: ARG001 - all parts are called alike
    """Some people with the tag here: whoever had it from the account, and is not on its list any more, loses it."""
    page = people_in(Audience.TAG, name, PEOPLE, place or None)
    has = seen.load(walk.appid, walk.begun, _subject(name))
    openids = [
        openid
        for one in present.persons([one.person for one in page.items], [walk.appid]).values()
        for openid in one.openids.get(walk.appid, ())
        if openid not in has
    ]
    gone = [openid for openid, fan in fan_records.fans(walk.appid, openids).items() if name in fan.taken]
    put_own(_event(walk, openid, AttributeChange(Operation.UNSET, TAG_PREFIX + name)) for openid in gone)
    for openid in gone:
        fan_records.gave_back(walk.appid, openid, name)
    return Listed(page.next or "", +Counter({GIVEN_BACK: len(gone)}))


def _take(walk: Walk, name: str, openids: Iterable[str]) -> int:
    """The event first: what is remembered as taken has been."""
    new = [openid for openid, fan in fan_records.fans(walk.appid, openids).items() if name not in fan.taken]
    put_own(_event(walk, openid, AttributeChange(Operation.SET, TAG_PREFIX + name, True)) for openid in new)
    for openid in new:
        fan_records.took(walk.appid, openid, name)
    return len(new)


def _event(walk: Walk, openid: str, change: AttributeChange) -> Event:
    """The same for each repetition within a round."""
    seed = f"{walk.appid}|{openid}|{change.name}|{change.operation.value}|{walk.begun}"
    return Event(
        id=sha256(seed.encode()).hexdigest()[: 2 * _ID_BYTES],
        kind=Kind.PROFILE,
        name=TAGS_EVENT,
        time=walk.begun,
        identifiers=(Identifier(NAMESPACE + walk.appid, openid),),
        source=walk.appid,
        attributes=(change,),
    )


def _subject(name: str) -> str:
    """Where pages are kept; keys of sources begin otherwise."""
    return f"take:{name}"
