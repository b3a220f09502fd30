"""Text messages, over Aliyun, Tencent Cloud or Amazon SNS. The body is what `messages.templates.sms` renders."""

from typing import Final

from chalicelib.channels.carried import Carried
from chalicelib.channels.channel import Parcel
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Account, Outcome, Reason, Result, SmsMessage
from chalicelib.providers.numbers import e164, is_e164


class Sms(Carried[SmsMessage]):
    """An SMS to one number. People's numbers are kept without the prefix of mainland China; providers get it."""

    name = ChannelName.SMS

    def message(self, parcel: Parcel, account: Account) -> SmsMessage | Outcome:  # noqa: ARG002 - other channels need the account
        """The text in the form of the provider. What cannot be a number is not sent anywhere."""
        body, number = parcel.body, e164(parcel.address)
        if not is_e164(number):
            return Outcome(Result.UNREACHABLE, Reason.ADDRESS_INVALID, called=False)
        return SmsMessage(
            key=parcel.id,
            to=number,
            template=body.get("template", ""),
            signature=body.get("signature", ""),
            variables=body.get("variables") or {},
            text=body.get("text", ""),
            marketing=parcel.category is Category.MARKETING,
            provider_key=parcel.provider_key,
        )


CHANNEL: Final = Sms()
