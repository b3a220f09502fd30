"""Notices of an app, over JPush or Amazon SNS. The body is what `messages.templates.push` renders.

The address is a registration id (JPush) or the ARN of an endpoint (SNS).
"""

from typing import Final

from chalicelib.channels.carried import Carried
from chalicelib.channels.channel import Parcel
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Account, Outcome, PushMessage, Reason, Result


class Push(Carried[PushMessage]):
    """A push to one device."""

    name = ChannelName.PUSH

    def message(self, parcel: Parcel, account: Account) -> PushMessage | Outcome:  # noqa: ARG002 - other channels need the account
        """The notice; the app finds our id of it as `message` among its data."""
        if not parcel.address:
            return Outcome(Result.UNREACHABLE, Reason.ADDRESS_INVALID, called=False)
        body = parcel.body
        return PushMessage(
            key=parcel.id,
            to=parcel.address,
            title=body.get("title", ""),
            text=body.get("text", ""),
            data=body.get("data") or {},
            link=body.get("link", ""),
            live_seconds=body.get("live_seconds"),
            provider_key=parcel.provider_key,
        )


CHANNEL: Final = Push()
