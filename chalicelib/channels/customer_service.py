"""Customer service messages, within the fan's window. The body is a content as `messages.contents` knows them.

One is taken off the window before the call and given back when it certainly did not go out. When the platform sees the window otherwise,
its word counts until the fan is in contact again. There is no key, so nothing is tried again whose outcome is unknown.
"""

from typing import Final

from chalicelib.channels.channel import Parcel
from chalicelib.channels.wechat import WechatChannel, called, given_back, noted
from chalicelib.events.model import Json
from chalicelib.fans import windows
from chalicelib.fans.contacts import Window, WindowReason
from chalicelib.fans.windows import WindowRefused
from chalicelib.messages.contents import content_of, custom_payload
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls import messages


class CustomerService(WechatChannel):
    """A message in the chat with one fan, or one visitor of a mini program."""

    name = ChannelName.CUSTOMER_SERVICE
    _kinds = frozenset(AccountType)

    def carry(self, parcel: Parcel, kind: AccountType | None, now: int) -> Outcome:
        """Without room in the window nobody is called."""
        payload: Json = custom_payload(content_of(parcel.body), parcel.address, mini_program=kind is AccountType.MINI_PROGRAM)
        try:
            seen = windows.take(parcel.account, parcel.address, now)
        except WindowRefused as refused:
            return Outcome(Result.UNREACHABLE, refused.reason.value, called=False)
        with given_back(lambda: windows.returned(parcel.account, parcel.address, seen)):
            outcome = called(lambda: _sent(self, parcel.account, payload))
        noted(lambda: _learned(parcel, outcome, seen, now))
        return outcome


def _sent(channel: CustomerService, appid: str, payload: Json) -> str:
    messages.send_custom(channel.connect(appid), payload)
    return ""  # the platform gives these no number


def _learned(parcel: Parcel, outcome: Outcome, seen: Window, now: int) -> None:
    if outcome.reason in frozenset(WindowReason):
        windows.refused(parcel.account, parcel.address, seen, WindowReason(outcome.reason), now)
    elif outcome.certainly_not_sent:
        windows.returned(parcel.account, parcel.address, seen)


CHANNEL: Final = CustomerService()
