"""Messages to a fan outside of the answer to a push: customer service messages within the fan's window, and template messages.

    send(message, now, outlet)

Claimed first, then taken off the window, then sent, then written down and told. It may be called again at any time with the same message.
"""

from collections.abc import Callable
from typing import Final, Protocol

from chalicelib.events.model import Json
from chalicelib.fans import windows
from chalicelib.fans.contacts import SHUT, Window, WindowReason
from chalicelib.fans.windows import WindowRefused
from chalicelib.messages import ledger
from chalicelib.messages.contents import custom_payload, template_payload
from chalicelib.messages.model import Entry, Message, SendReason, State
from chalicelib.messages.telling import tell
from chalicelib.wechat.errors import Dropped, LimitReached, Misconfigured, TryAgain, Unreachable, WechatError

SOON_MS: Final = 90_000  # a limit that is over by then is waited for
NOT_IN_TIME: Final = 45015
USED_UP: Final = 45047


class Outlet(Protocol):
    """An account's way to the platform. Both raise what `wechat.errors` lists."""

    def custom(self, payload: Json) -> None:
        """Sends a customer service message."""
        ...

    def template(self, payload: Json) -> None:
        """Sends a template message; the platform sends the same key to the same person once."""
        ...


Outlets = Callable[[str], Outlet]


def send(message: Message, now: int, outlet: Outlet, *, last: bool = False) -> Entry:
    """Sends a message once. WAITING means that it was not sent and may be tried again, unless this was the `last` try. Raises Busy."""
    claimed = ledger.claim(message.id, now, keyed=not message.content.needs_window, about=message.appid)
    if not claimed.mine:
        tell(message, claimed.entry.state, claimed.entry.reason)  # whoever settled it may have died before this
        return claimed.entry
    state, reason, counted = _carried_out(message, claimed.entry, now, outlet)
    if state is State.WAITING and last:
        state = State.REFUSED
    after = ledger.settle(message.id, claimed.entry, state, reason if state is not State.WAITING else "", counted=counted)
    if after.settled:
        tell(message, state, after.reason)
    return after


_Result = tuple[State, str, bool]  # what became of it, why, and whether it was taken off the window


def _carried_out(message: Message, entry: Entry, now: int, outlet: Outlet) -> _Result:
    needs_window = message.content.needs_window
    seen = SHUT
    if needs_window and entry.counted:
        seen = windows.window(message.appid, message.openid)
        if seen.until <= now:
            return State.REFUSED, SendReason.WINDOW_CLOSED.value, True
    elif needs_window:
        try:
            seen = windows.take(message.appid, message.openid, now)
        except WindowRefused as refused:
            return State.REFUSED, refused.reason.value, False
    try:
        _call(message, outlet)
    except WechatError as error:
        state, reason = _verdict(error, now, keyed=not needs_window)
        _learn(message, error, seen, now)
        return state, reason.value, needs_window
    return State.SENT, "", needs_window


def _call(message: Message, outlet: Outlet) -> None:
    if message.content.needs_window:
        outlet.custom(custom_payload(message.content, message.openid, mini_program=message.mini_program))
    else:
        outlet.template(template_payload(message.content, message.openid, message.id))


def _verdict(error: WechatError, now: int, *, keyed: bool) -> tuple[State, SendReason]:
    """What a refusal of the platform means for the message."""
    match error:
        case TryAgain() if keyed or not error.sent_maybe:
            return State.WAITING, SendReason.PLATFORM_BUSY
        case TryAgain():
            return State.UNKNOWN, SendReason.PLATFORM_SILENT
        case LimitReached() if error.number == USED_UP:
            return State.REFUSED, SendReason.WINDOW_USED_UP
        case LimitReached():
            soon = error.until is not None and error.until - now <= SOON_MS
            return State.WAITING if soon else State.REFUSED, SendReason.LIMIT_REACHED
    return State.REFUSED, _REASONS.get(type(error), SendReason.CONTENT_REFUSED) if error.number != NOT_IN_TIME else SendReason.WINDOW_CLOSED


_REASONS: Final[dict[type[WechatError], SendReason]] = {
    Dropped: SendReason.CONTENT_REFUSED,
    Unreachable: SendReason.FAN_UNREACHABLE,
    Misconfigured: SendReason.ACCOUNT_MISCONFIGURED,
}


def _learn(message: Message, error: WechatError, seen: Window, now: int) -> None:
    """The platform's own count is the right one: further messages need not be tried."""
    reason = {NOT_IN_TIME: WindowReason.CLOSED, USED_UP: WindowReason.USED_UP}.get(error.number)
    if reason is not None and message.content.needs_window:
        windows.refused(message.appid, message.openid, seen, reason, now)
