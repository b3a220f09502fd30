"""Fans of whom a refused message told that they have left: the push of it was lost, or is on its way.

    gone("wx77aa00bb11cc22dd", "oFan1", now)      # the platform has just refused a message: nobody of that openid follows (43004)

As a sync does when it finds that somebody left: an event, then the fan's item. Any number of times, before or after the push.
"""

from typing import Final

from chalicelib.events.keep import keep
from chalicelib.events.model import Source
from chalicelib.fans import history, profile, relation, store
from chalicelib.fans.connected import has_fans
from chalicelib.fans.model import Change, Fan, Told
from chalicelib.identity.published import current_rules

# The platform's times are whole seconds of its own clock. A follow that came after the refusal must never look older than it.
MARGIN_MS: Final = relation.SAME_MS


def gone(appid: str, openid: str, now: int) -> bool:
    """Notes that a fan does not follow; whether that was news. `now` (ms) is before the platform was asked.

    Whoever is known to have come within the last minute stays a fan: the next refusal tells again.
    """
    if not has_fans(appid):
        return False
    at = now - MARGIN_MS
    fan = store.get(appid, openid) or Fan(appid, openid)
    found = relation.finding(fan, Told(openid, following=False), at)
    if found is None:
        return fan.following is None and store.changed(appid, openid, Change.LEFT, at)
    return store.changed(appid, openid, Change.LEFT, _told(fan, found, now))


def _told(fan: Fan, found: relation.Finding, now: int) -> int:
    """The time of the event that tells so: one that was there, or one that is kept now."""
    of = (fan.appid, fan.openid)
    steps = history.until(*of, found.at)
    before = relation.told_already(found, [step for step in steps if step.at >= fan.changed_at - relation.SAME_MS])
    if before is not None:
        return before.at
    event_id = profile.digest(*of, found.change.value, str(found.at))
    draft = relation.draft_of(fan.appid, found, Told(fan.openid, following=False), event_id, by=relation.REFUSAL)
    keep([draft], Source(fan.appid), current_rules(), now)
    return found.at
