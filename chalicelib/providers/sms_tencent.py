"""SMS over Tencent Cloud (SMS 2021-01-11). Pure.

It honours no key. After a lost answer the message is looked for by the number, among what carries the id that we gave (`SessionContext`);
Tencent gives that back only for accounts that asked for it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib.outgoing.wire import Answer, Method, NoAnswer, Request
from chalicelib.providers import carriers, tencent_codes
from chalicelib.providers.adapter import Adapter, Means, Pulls, callback_items, json_object, lost_answer, text_of
from chalicelib.providers.model import Account, Fate, Outcome, Reason, Receipt, Reply, Result, SmsMessage
from chalicelib.providers.numbers import e164
from chalicelib.providers.stopping import stops
from chalicelib.providers.tencent_signing import authorization
from chalicelib.providers.texts import TENCENT, Wording
from chalicelib.providers.times import china_ms, unix_ms
from chalicelib.providers.verdicts import by_status

VERSION: Final = "2021-01-11"
SERVICE: Final = "sms"
SECRET_ID: Final = "secret_id"  # noqa: S105 - a name
SECRET_KEY: Final = "secret_key"  # noqa: S105 - a name
APP_ID: Final = "sdk_app_id"
_REGION: Final = "ap-guangzhou"
_CONTENT_TYPE: Final = "application/json"
_MOST_PULLED: Final = 100
_BEFORE_SECONDS: Final = 60  # their clock may be behind ours
_SUCCESS: Final = "SUCCESS"

Json = Mapping[str, Any]


class Tencent(Adapter[SmsMessage]):
    """Tencent Cloud's SMS."""

    url = "https://sms.tencentcloudapi.com"
    secrets = (SECRET_ID, SECRET_KEY)
    settings = (APP_ID,)
    options = ("region",)
    per_minute = 180_000
    acknowledgement = b'{"result":0,"errmsg":"OK"}'
    pulls = Pulls.WAITING
    wording = Wording(re.compile(r"\{([1-9][0-9]?)\}"), numbered=True, rules=TENCENT)

    def _send(self, message: SmsMessage, account: Account, now: int, means: Means) -> Outcome:
        return self.send_to([message.to], message, account, now, means)[0]

    def send_to(self, numbers: Sequence[str], message: SmsMessage, account: Account, now: int, means: Means) -> list[Outcome]:
        """The same words to up to 200 numbers, all Chinese or all foreign; an outcome for each. Raises NoAnswer."""
        answer = means.send(self.request("SendSms", parameters(numbers, message, account), account, now))
        return outcomes_of(answer, numbers, now)

    def look_up(self, message: SmsMessage, sent_at: int, account: Account, now: int, means: Means) -> Outcome | None:
        """Looks among the number's messages since then."""
        asked = {
            "PhoneNumber": message.to,
            "BeginTime": sent_at // 1000 - _BEFORE_SECONDS,
            "EndTime": now // 1000,
            "Offset": 0,
            "Limit": _MOST_PULLED,
            "SmsSdkAppId": account.setting(APP_ID),
        }
        try:
            answer = means.send(self.request("PullSmsSendStatusByPhoneNumber", asked, account, now))
        except NoAnswer as lost:
            return Outcome(Result.UNKNOWN, lost_answer(lost).reason)
        ours = [one for one in pulled_receipts(answer) if one.key == message.key]
        return _as_outcome(ours[0]) if ours else Outcome(Result.UNKNOWN, Reason.NONE)  # it answered, and knows nothing yet

    def pulled(self, provider_ids: Sequence[str], account: Account, now: int, means: Means) -> tuple[Receipt, ...]:  # noqa: ARG002
        """The oldest hundred receipts that nobody has taken yet. Each is given once. Raises NoAnswer, also where none are told."""
        asked = {"Limit": _MOST_PULLED, "SmsSdkAppId": account.setting(APP_ID)}
        answer = means.send(self.request("PullSmsSendStatus", asked, account, now))
        if _is_refusal(answer):
            raise NoAnswer(sent_maybe=False)
        return pulled_receipts(answer)

    def receipts(self, body: bytes) -> tuple[Receipt, ...]:
        """An array, unsigned."""
        return tuple(map(_receipt, callback_items(body)))

    def replies(self, body: bytes) -> tuple[Reply, ...]:
        """One by itself, unsigned."""
        return tuple(map(_reply, callback_items(body)))

    def request(self, action: str, body: Json, account: Account, now: int) -> Request:
        """A signed call."""
        url, seconds = self.base(account) + "/", now // 1000
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        host = urlsplit(url).netloc
        keys = account.secret(SECRET_ID), account.secret(SECRET_KEY)
        headers = {
            "Content-Type": _CONTENT_TYPE,
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Version": VERSION,
            "X-TC-Region": account.setting("region", _REGION),
            "X-TC-Timestamp": str(seconds),
            "Authorization": authorization(SERVICE, host, _CONTENT_TYPE, content, seconds, *keys),
        }
        return Request(Method.POST, url, headers, content)


def parameters(numbers: Sequence[str], message: SmsMessage, account: Account) -> Json:
    """What SendSms is called with. Variables have no names there, so their order counts."""
    return {
        "PhoneNumberSet": list(numbers),
        "SmsSdkAppId": account.setting(APP_ID),
        "SignName": message.signature,
        "TemplateId": message.template,
        "TemplateParamSet": list(message.variables.values()),
        "SessionContext": message.key,
    }


def outcomes_of(answer: Answer, numbers: Sequence[str], now: int) -> list[Outcome]:
    """What an answer says of each number. A call succeeds with some of its numbers refused; one that it is silent about is unknown."""
    said = (json_object(answer.body) or {}).get("Response")
    if not isinstance(said, dict):
        return [by_status(answer.status, now, answer.headers.get("retry-after", ""))] * len(numbers)
    error = said.get("Error")
    if isinstance(error, dict):
        return [tencent_codes.outcome_of(text_of(error, "Code"), now)] * len(numbers)
    states = {e164(text_of(one, "PhoneNumber")): one for one in _objects(said.get("SendStatusSet"))}
    return [_outcome(states.get(e164(number)), now) for number in numbers]


def pulled_receipts(answer: Answer) -> tuple[Receipt, ...]:
    """The receipts of an answer to either pull; none when it is a refusal."""
    said = (json_object(answer.body) or {}).get("Response")
    return tuple(map(_receipt, _objects(said.get("PullSmsSendStatusSet")))) if isinstance(said, dict) else ()


def _is_refusal(answer: Answer) -> bool:
    said = (json_object(answer.body) or {}).get("Response")
    return not isinstance(said, dict) or "Error" in said


def _outcome(state: Json | None, now: int) -> Outcome:
    if state is None:
        return Outcome(Result.UNKNOWN, Reason.ANSWER_UNREADABLE)
    return tencent_codes.outcome_of(text_of(dict(state), "Code"), now, text_of(dict(state), "SerialNo"))


def _as_outcome(receipt: Receipt) -> Outcome:
    if receipt.fate is Fate.DELIVERED:
        return Outcome(Result.SENT, provider_id=receipt.provider_id, raw_code=receipt.raw_code)
    return carriers.failed(receipt.raw_code, provider_id=receipt.provider_id)


def _receipt(item: dict[str, Any]) -> Receipt:
    """Of a callback, or pulled: the two have other names."""
    delivered = text_of(item, "report_status", "ReportStatus") == _SUCCESS
    code, text = text_of(item, "errmsg", "Description"), text_of(item, "description", "Description")
    told = text_of(item, "user_receive_time", "UserReceiveTime")
    return Receipt(
        provider_id=text_of(item, "sid", "SerialNo"),
        to=e164(text_of(item, "mobile", "PhoneNumber"), text_of(item, "nationcode")),
        fate=Fate.DELIVERED if delivered else Fate.FAILED,
        key=text_of(item, "SessionContext"),
        at=china_ms(told) or unix_ms(told),
        reason=Reason.NONE if delivered else carriers.reason_of(code, text),
        raw_code=code,
    )


def _reply(item: dict[str, Any]) -> Reply:
    """Its identity is made of all that it says: the provider gives it no number."""
    text, told = text_of(item, "text", "ReplyContent"), text_of(item, "time", "ReplyTime")
    sender = e164(text_of(item, "mobile", "PhoneNumber"), text_of(item, "nationcode"))
    identity = sha256("\n".join((sender, told, text)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Reply(identity, sender, text, unix_ms(told), stops(text), text_of(item, "sign", "SignName"))


def _objects(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


ADAPTER: Final = Tencent()
