"""What pushes tell of fans: who comes, who goes, and whose data has to be read anew or forgotten.

    drafts = news(push, drafts, appid)       # before the events are kept
    noted(push, appid, now)                  # afterwards, before WeChat is answered

WeChat sends a push again until it is answered, and two pushes may overtake each other. Both functions may run any number of times.
"""

from collections.abc import Sequence
from typing import Final

from chalicelib.events.keep import keep
from chalicelib.events.model import Draft, Source
from chalicelib.fans import history, store
from chalicelib.fans.connected import has_fans
from chalicelib.fans.model import Change, Fan
from chalicelib.fans.profile import time_of, withdrawn_draft
from chalicelib.fans.queue import Read, send
from chalicelib.fans.relation import is_follow_double, is_leaving_double
from chalicelib.identity.published import current_rules
from chalicelib.telemetry import count_refusals
from chalicelib.wechat.push import Push

DOUBLE: Final = "follow_known"  # counted for a push that tells what a sync has told before it
_CHANGES: Final = {"subscribe": Change.FOLLOWED, "unsubscribe": Change.LEFT}
_CLEANED: Final = "user_info_modified"
_WITHDRAWN: Final = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})


def news(push: Push, drafts: Sequence[Draft], appid: str) -> list[Draft]:
    """The records of a push, none if a sync was quicker and has told the same coming or going. Costs a query or two, for these only."""
    change = _change_of(push)
    if change is None or not push.created_at or not _told_by_sync(change, push, appid):
        return list(drafts)
    count_refusals([DOUBLE])
    return []


def noted(push: Push, appid: str, now: int) -> None:
    """Does what a push asks for beyond its event. `now` is epoch ms."""
    at = push.created_at or now
    change = _change_of(push)
    if change is not None:
        store.changed(appid, push.openid, change, at)
        if change.follows:
            send([Read(appid, (push.openid,), at)])
    elif push.is_event and push.kind in _WITHDRAWN:
        _withdraw(appid, _person(push), at, now)
    elif push.is_event and push.kind == _CLEANED and has_fans(appid):
        store.outdated(appid, _person(push))
        send([Read(appid, (_person(push),), at)])


def _change_of(push: Push) -> Change | None:
    return _CHANGES.get(push.kind) if push.is_event and push.openid else None


def _told_by_sync(change: Change, push: Push, appid: str) -> bool:
    of, at = (appid, push.openid), push.created_at
    if change.follows:
        return is_follow_double(history.around(*of, at))
    return is_leaving_double(history.until(*of, at), history.after(*of, at))


def _withdraw(appid: str, openid: str, at: int, now: int) -> None:
    """Takes away what was read of a person. The event first: whoever dies in between does it again when the push comes again."""
    fan = store.get(appid, openid) or Fan(appid, openid)
    if fan.withdrawn_at >= at:
        return
    told_at = time_of(fan, at)
    keep([withdrawn_draft(appid, openid, told_at)], Source(appid), current_rules(), now)
    store.withdrawn(appid, openid, at, told_at)


def _person(push: Push) -> str:
    """Whom a push about data speaks of; its sender may be the platform."""
    named = push.fields.get("OpenID")
    return named if isinstance(named, str) and named else push.openid
