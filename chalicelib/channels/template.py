"""Template messages of service accounts. The body is what `messages.templates.notices` renders.

The key is the message's id: the platform sends the same to the same person once within ten minutes. A push tells later whether it arrived.
"""

from typing import Final

from chalicelib.channels.channel import Parcel
from chalicelib.channels.wechat import OPENID, WechatChannel, called
from chalicelib.messages.ledger import KEYED_MS
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls import messages


class TemplateMessages(WechatChannel):
    """A notice to one fan."""

    name = ChannelName.TEMPLATE

    def carry(self, parcel: Parcel, kind: AccountType | None, now: int) -> Outcome:  # noqa: ARG002 - other channels need them
        """Once, also where it might be repeated: whoever keeps the message does that, so that an account that hangs holds up nobody."""
        payload = {**parcel.body, OPENID: parcel.address, messages.KEY: parcel.id}
        return called(lambda: messages.send_template(self.connect(parcel.account), payload, again=False))

    def key_lives_ms(self, parcel: Parcel) -> int:  # noqa: ARG002 - the same for all
        """A little less than the platform says: within it an unknown outcome may be tried again."""
        return KEYED_MS


CHANNEL: Final = TemplateMessages()
