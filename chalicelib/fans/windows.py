"""The windows of fans, kept on their items: opened by what they do, and counted down before each message that needs one.

    opened(push, appid, now)                # every push; redelivered ones change nothing
    seen = take(appid, openid, now)         # before a customer service message; raises WindowRefused
    refused(appid, openid, seen, reason, now)     # the platform sees it otherwise
    returned(appid, openid, seen)                 # it certainly did not go out

A count that was taken by somebody who then died is lost: less than the platform allows, never more.
"""

from typing import Final

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.errors import Busy
from chalicelib.fans import contacts
from chalicelib.fans.contacts import SHUT, Window, WindowReason
from chalicelib.fans.keys import key_of
from chalicelib.fans.window_records import WindowRecord, window_of
from chalicelib.settings import settings
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.push import Push

MAX_ATTEMPTS: Final = 8  # lost races; a fan has two or three writers at a time
_LOST: Final = "ConditionalCheckFailedException"


class WindowRefused(Exception):
    """Nothing may be sent to the fan now; `reason` says why."""

    def __init__(self, reason: WindowReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def opened(push: Push, appid: str, now: int) -> None:
    """Opens the window of the sender, or shuts it when they go. A push that comes again, or late, changes nothing. Raises Busy."""
    contact = contacts.contact_of(push)
    if not contacts.is_openid(push.openid) or (contact is None and not contacts.ends(push)):
        return
    at, by = push.created_at or now, drafts_of(push, appid)[0].id
    for _ in range(MAX_ATTEMPTS):
        before = window(appid, push.openid)
        after = contacts.ended(before, at, by) if contact is None else contacts.opened(before, contact, at, by, settings().time_scale)
        if after == before or _replaced(appid, push.openid, before, after):
            return
    raise Busy("the window of a fan is being changed by many at once; the push comes again")


def window(appid: str, openid: str) -> Window:
    """A fan's window as it is stored."""
    try:
        return window_of(WindowRecord.get(*key_of(appid, openid), consistent_read=True))
    except DoesNotExist:
        return SHUT


def take(appid: str, openid: str, now: int) -> Window:
    """Takes one message off the fan's window, and returns what is left of it. Raises WindowRefused."""
    record = WindowRecord(*key_of(appid, openid))
    try:
        record.update([WindowRecord.left.add(-1)], condition=(WindowRecord.left > 0) & (WindowRecord.open_until > now))
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        raise WindowRefused(window(appid, openid).refusal(now) or WindowReason.USED_UP) from error
    return window_of(record)


def refused(appid: str, openid: str, seen: Window, reason: WindowReason, now: int) -> None:
    """Keeps what the platform said when it refused a message for which `seen` was taken, unless the fan was in contact since."""
    after = contacts.closed(seen, now) if reason is WindowReason.CLOSED else contacts.used_up(seen)
    condition = (WindowRecord.opened_at == seen.opened_at) & (WindowRecord.opened_by == seen.opened_by)
    _updated(appid, openid, after, condition)


def returned(appid: str, openid: str, seen: Window) -> None:
    """Gives back what was taken as `seen` for a message that certainly did not go out, unless the fan was in contact since."""
    same = (WindowRecord.opened_at == seen.opened_at) & (WindowRecord.opened_by == seen.opened_by)
    try:
        WindowRecord(*key_of(appid, openid)).update([WindowRecord.left.add(1)], condition=same)
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise


def _replaced(appid: str, openid: str, before: Window, after: Window) -> bool:
    return _updated(appid, openid, after, _unchanged(before))


def _unchanged(before: Window) -> Condition:
    if before == SHUT:
        none: Condition = WindowRecord.opened_at.does_not_exist()
        return none
    newest = (WindowRecord.opened_at == before.opened_at) & (WindowRecord.opened_by == before.opened_by)
    same: Condition = newest & (WindowRecord.open_until == before.until) & (WindowRecord.left == before.left)
    return same


def _updated(appid: str, openid: str, after: Window, condition: Condition) -> bool:
    """Whether the condition held."""
    actions: list[Action] = [
        WindowRecord.opened_at.set(after.opened_at),
        WindowRecord.opened_by.set(after.opened_by),
        WindowRecord.open_until.set(after.until),
        WindowRecord.left.set(after.left),
    ]
    try:
        WindowRecord(*key_of(appid, openid)).update(actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True
