"""SMS over Amazon SNS, for numbers outside of mainland China: the text itself, without templates. It honours no key and calls nobody back.

Settings: `region`; `sender_id` or `origination` (a number of one's own), where the country wants one; `max_price` in dollars.
"""

from typing import Any, Final

from chalicelib.providers import sns
from chalicelib.providers.adapter import Adapter, Means
from chalicelib.providers.model import Account, Outcome, SmsMessage

_PREFIX: Final = "AWS.SNS.SMS."
_ORIGINATION: Final = "AWS.MM.SMS.OriginationNumber"


class SnsSms(Adapter[SmsMessage]):
    """SNS's SMS."""

    settings = (sns.REGION,)
    receipts_by_key = True  # none come
    options = ("sender_id", "origination", "max_price")
    optional_secrets = (sns.KEY_ID, sns.KEY_SECRET)

    def _send(self, message: SmsMessage, account: Account, now: int, means: Means) -> Outcome:  # noqa: ARG002 - boto3 has its own
        return sns.published(account, now, parameters(message, account))


def parameters(message: SmsMessage, account: Account) -> dict[str, Any]:
    """What Publish is called with. A signature stands in front of the text, as Chinese providers put it."""
    text = f"【{message.signature}】{message.text}" if message.signature else message.text
    attributes = {f"{_PREFIX}SMSType": _text("Promotional" if message.marketing else "Transactional")}
    if sender := account.setting("sender_id"):
        attributes[f"{_PREFIX}SenderID"] = _text(sender)
    if number := account.setting("origination"):
        attributes[_ORIGINATION] = _text(number)
    if price := account.setting("max_price"):
        attributes[f"{_PREFIX}MaxPrice"] = {"DataType": "Number", "StringValue": price}
    return {"PhoneNumber": message.to, "Message": text, "MessageAttributes": attributes}


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


ADAPTER: Final = SnsSms()
