"""Whether a sync has found out something that no push has told. Pure.

Pushes get lost: after many failures the platform stops pushing for a minute. Whoever came or went in that minute is found by comparing what
we believe with the platform's list. The events are the truth about what was told: the fan's item may be behind them by a crash.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.events.model import Draft, Kind
from chalicelib.fans.model import Change, Fan, Told
from chalicelib.wechat.drafts import CHANNEL

SAME_MS: Final = 60_000  # the platform's time of a follow and that of its push may differ; two follows are never so near each other
FOUND: Final = "found:"  # begins the id of every event that no push told
FOUND_BY: Final = "found_by"  # property of such an event: a sync, or a refused message
SYNC: Final = "sync"
REFUSAL: Final = "refusal"  # the platform refused a message, since its fan had left
_TIME_FREE: Final = "time_free"  # a fan may have followed for longer than other events may be old


@dataclass(frozen=True, slots=True)
class Step:
    """A stored event of a fan's coming or going. `found`: a sync has told it."""

    change: Change
    at: int
    found: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that no push has told, or has not told yet when the fan was looked up."""

    change: Change
    at: int


def finding(known: Fan, told: Told, asked_at: int) -> Finding | None:
    """What the platform's answer adds to what is known. `asked_at`: before the platform was asked; what changed since is no finding.

    Of a follow the platform tells the time. Of an unfollow it does not: it is `asked_at`.
    """
    if known.changed_at > asked_at:
        return None
    if not told.following:
        return Finding(Change.LEFT, asked_at) if known.following else None
    at = told.subscribed_at or asked_at
    if known.following:  # the latest follow is newer than the one that we know: the fan was gone in between
        return Finding(Change.FOLLOWED, at) if told.subscribed_at > known.changed_at + SAME_MS else None
    return Finding(Change.FOLLOWED, at) if at >= known.changed_at else None  # else the platform's answer is older than the unfollow


def told_already(found: Finding, newest_first: Sequence[Step]) -> Step | None:
    """The stored event that tells the same, if there is one."""
    if found.change is Change.LEFT:
        latest = newest_first[0] if newest_first else None
        return latest if latest is not None and latest.change is Change.LEFT else None
    near = (one for one in newest_first if one.change is Change.FOLLOWED and abs(one.at - found.at) <= SAME_MS)
    return next(near, None)


def is_follow_double(around: Iterable[Step]) -> bool:
    """Whether the push of a follow comes too late: a sync has told it. `around`: the steps within SAME_MS, as a sync's dates are true."""
    return any(one.found and one.change is Change.FOLLOWED for one in around)


def is_leaving_double(before: Sequence[Step], after: Sequence[Step]) -> bool:
    """Whether the push of an unfollow comes too late. A sync's date is anywhere between it and the next follow.

    `before`: the steps until the push, latest first; `after`: earliest first.
    """
    return any(one.found and one.change is Change.LEFT for one in (*before[:1], *after[:1]))


def draft_of(appid: str, found: Finding, told: Told, event_id: str, by: str = SYNC) -> Draft:
    """The event that tells of a finding, and who found it."""
    finder = {FOUND_BY: by}
    came_by = {"subscribe_scene": told.subscribe_scene, "scene": told.qr_scene} if found.change.follows else {}
    context = {"channel": CHANNEL, _TIME_FREE: True, **({"scene": told.qr_scene} if came_by.get("scene") else {})}
    return Draft(
        index=0,
        kind=Kind.TRACK,
        name=found.change.value,
        time=found.at,
        sent_at=None,
        id=FOUND + event_id,
        identity="",
        identifiers=((f"openid:{appid}", told.openid),),  # no unionid: it has to lie where the pushes' events lie
        properties={**finder, **{name: value for name, value in came_by.items() if value}},
        attributes=(),
        context=context,
        raw={"openid": told.openid, "change": found.change.value, "at": found.at},
    )
