"""Notices that people subscribed to, of mini programs and service accounts. The body is what `messages.templates.notices` renders.

Each one-time permission is good for one notice: it is taken before the call, so that two messages never count on the same one, and given
back when nothing certainly went out. There is no key, so nothing is tried again whose outcome is unknown: it may have used the permission
up. The platform needs no fan: who follows no more, but allowed the notice, gets it among the platform's service notices.
"""

from typing import Final

from chalicelib.channels.channel import Parcel
from chalicelib.channels.wechat import OPENID, TEMPLATE, WechatChannel, called, given_back, noted
from chalicelib.contacts import permissions
from chalicelib.events.model import Json
from chalicelib.messages.policy.decisions import Reason as Refusal
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls import messages

LASTING: Final = "lasting"  # in a body: the permission is for good; no part of what the platform is told
_NOT_OF_MINIS: Final = frozenset({LASTING, "miniprogram"})
_OF_MINIS: Final = frozenset({LASTING, "miniprogram_state", "lang"})


class Notices(WechatChannel):
    """A notice to one person."""

    name = ChannelName.SUBSCRIBE
    _kinds = frozenset({AccountType.SERVICE, AccountType.MINI_PROGRAM})

    def carry(self, parcel: Parcel, kind: AccountType | None, now: int) -> Outcome:
        """Without a permission nobody is called. When the platform knows of none, ours are gone."""
        of = (parcel.account, parcel.address, str(parcel.body.get(TEMPLATE, "")))
        lasting = bool(parcel.body.get(LASTING))
        if not lasting and not permissions.spent(*of, parcel.id):
            return Outcome(Result.UNREACHABLE, Refusal.NO_PERMISSION, called=False)
        with given_back(lambda: permissions.unspent(*of, parcel.id)):
            outcome = called(lambda: self._told(parcel, kind))
        if outcome.reason == Refusal.NO_PERMISSION:
            noted(lambda: permissions.gone(*of, now))
        elif outcome.certainly_not_sent and not lasting:
            noted(lambda: permissions.unspent(*of, parcel.id))
        return outcome

    def _told(self, parcel: Parcel, kind: AccountType | None) -> str:
        """The two kinds of accounts have an interface each."""
        if kind is AccountType.MINI_PROGRAM:
            return messages.send_subscribe(self.connect(parcel.account), _payload(parcel, _NOT_OF_MINIS))
        return messages.bizsend(self.connect(parcel.account), _payload(parcel, _OF_MINIS))


def _payload(parcel: Parcel, without: frozenset[str]) -> Json:
    return {name: value for name, value in parcel.body.items() if name not in without} | {OPENID: parcel.address}


CHANNEL: Final = Notices()
