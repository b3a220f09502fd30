"""Reading fans from the platform: what it knows of them becomes attributes, their unionid an identifier.

For a sync also what no push has told: who follows although we did not know, and who left. A reader may die between any two lines and its
message comes again: the events have times and ids that depend on the message and the platform's answer alone, and are kept before the fan's
item says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.events.keep import keep
from chalicelib.events.model import Draft, Source
from chalicelib.fans import history, profile, relation, store
from chalicelib.fans.asking import asked
from chalicelib.fans.model import Change, Fan, Told
from chalicelib.fans.queue import Read
from chalicelib.fans.store import Reading
from chalicelib.identity.published import current_rules
from chalicelib.wechat.client import Client


@dataclass(frozen=True, slots=True)
class Wanted:
    """Fans to be read. `since`: by openid when the reason arose (ms), which dates what is told; `run`: the sync that asks, 0 for pushes."""

    appid: str
    since: Mapping[str, int]
    run: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What has become of a message: fans read, and of them those whom its sync found to follow or to have left."""

    read: int = 0
    followed: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that no push has noted. `draft` is None when it was told before: only the fan's item was behind, `found` says by whom."""

    openid: str
    change: Change
    at: int
    found: bool
    draft: Draft | None


def wanted_by(reads: Sequence[Read]) -> Wanted:
    """What messages of one account and run ask for together."""
    since: dict[str, int] = {}
    for one in reads:
        since |= {openid: max(one.at, since.get(openid, 0)) for openid in one.openids}
    return Wanted(reads[0].appid, since, reads[0].run)


def read(wanted: Wanted, client: Client, now: int) -> Tally:
    """Reads up to a hundred fans. `now` is epoch ms. Raises the errors of calls to the platform."""
    told = [one for one in asked(client, list(wanted.since)) if one.openid in wanted.since]
    known = store.get_many(wanted.appid, [one.openid for one in told])
    changes = [change for one in told if (change := _change(wanted, known[one.openid], one))] if wanted.run else []
    readings = {one.openid: _reading(wanted, known[one.openid], one, now) for one in told}
    drafts = [one.draft for one in changes if one.draft] + _drafts(told, known, readings)
    if drafts:
        keep([replace(draft, index=place) for place, draft in enumerate(drafts)], Source(wanted.appid), current_rules(), now)
    counted = [one for one in changes if _noted(wanted, one)]
    for openid, reading in readings.items():
        store.read(wanted.appid, openid, reading)
    return _tally(wanted, known, counted)


def key_of(wanted: Wanted) -> str:
    """A name for what is asked for; the same whenever its message comes."""
    return profile.digest(*wanted.since)


def _change(wanted: Wanted, fan: Fan, told: Told) -> _Change | None:
    found = relation.finding(fan, told, wanted.since[fan.openid])
    if found is None:
        return None
    of = (wanted.appid, fan.openid)
    steps = history.around(*of, found.at) if found.change.follows else history.until(*of)
    before = relation.told_already(found, [step for step in steps if step.at >= fan.changed_at - relation.SAME_MS])
    if before is not None:
        return _Change(fan.openid, found.change, before.at, before.found, None)
    event_id = profile.digest(*of, found.change.value, str(found.at))
    return _Change(fan.openid, found.change, found.at, True, relation.draft_of(wanted.appid, found, told, event_id))


def _reading(wanted: Wanted, fan: Fan, told: Told, now: int) -> Reading:
    """What is to be noted; `told` is empty when nothing is new."""
    content = profile.content_of(fan, told)
    if not content or content == fan.told:
        return Reading(now, told.unionid, "", 0)
    return Reading(now, told.unionid, content, profile.time_of(fan, wanted.since[fan.openid]))


def _drafts(told: Sequence[Told], known: Mapping[str, Fan], readings: Mapping[str, Reading]) -> list[Draft]:
    fresh = [(one, readings[one.openid]) for one in told if readings[one.openid].told]
    return [profile.draft_of(known[one.openid], one, reading.told, reading.told_at) for one, reading in fresh]


def _noted(wanted: Wanted, one: _Change) -> bool:
    """Brings the fan's item up to the event; whether the sync has found something."""
    noted = store.changed(wanted.appid, one.openid, one.change, one.at, wanted.run if one.found else None)
    return noted and one.found


def _tally(wanted: Wanted, known: Mapping[str, Fan], counted: Sequence[_Change]) -> Tally:
    """Also with what was found when the message came before."""
    found = {fan.openid: bool(fan.following) for fan in known.values() if wanted.run and fan.found_run == wanted.run}
    found |= {one.openid: one.change.follows for one in counted}
    followed = sum(found.values())
    return Tally(len(known), followed, len(found) - followed)
