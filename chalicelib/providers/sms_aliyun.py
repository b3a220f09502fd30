"""SMS over Aliyun (Dysmsapi 2017-05-25). Pure.

It honours no key: after a lost answer the message is looked for among those of the number that day, by the id that we gave it (`OutId`).
"""

import json
import re
from typing import Any, Final

from chalicelib.outgoing.wire import Answer, Method, NoAnswer, Request
from chalicelib.providers import aliyun_codes, carriers
from chalicelib.providers.adapter import Adapter, Means, callback_items, json_object, lost_answer, text_of
from chalicelib.providers.aliyun_signing import canonical_query, signed, timestamp
from chalicelib.providers.model import Account, Fate, Outcome, Reason, Receipt, Reply, Result, SmsMessage
from chalicelib.providers.numbers import CHINA, e164
from chalicelib.providers.stopping import stops
from chalicelib.providers.texts import Wording
from chalicelib.providers.times import china_day, china_ms
from chalicelib.providers.verdicts import by_status

VERSION: Final = "2017-05-25"
KEY_ID: Final = "access_key_id"
KEY_SECRET: Final = "access_key_secret"  # noqa: S105 - a name
_PAGE: Final = "50"  # messages of one number and day; nobody gets more
_TAKES_MS: Final = 5 * 60 * 1000  # a message that was sent just before midnight may count for the next day
_FAILED: Final = "2"  # SendStatus; 1 is waiting for the receipt, 3 delivered


class Aliyun(Adapter[SmsMessage]):
    """Aliyun's SMS. Takes calls from mainland China only."""

    url = "https://dysmsapi.aliyuncs.com"
    secrets = (KEY_ID, KEY_SECRET)
    receipts_by_key = True  # its OutId
    per_minute = 300_000
    acknowledgement = b'{"code":0,"msg":"ok"}'
    wording = Wording(re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]{0,31})\}"))

    def _send(self, message: SmsMessage, account: Account, now: int, means: Means) -> Outcome:
        answer = means.send(self.request("SendSms", parameters(message), account, now, means.nonce()))
        return outcome_of(answer, now)

    def look_up(self, message: SmsMessage, sent_at: int, account: Account, now: int, means: Means) -> Outcome | None:
        """Looks among the number's messages of the day."""
        found = Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)
        for day in dict.fromkeys((china_day(sent_at), china_day(sent_at + _TAKES_MS))):
            query = {"PhoneNumber": national(message.to), "SendDate": day, "PageSize": _PAGE, "CurrentPage": "1"}
            try:
                answer = means.send(self.request("QuerySendDetails", query, account, now, means.nonce()))
            except NoAnswer as lost:
                return Outcome(Result.UNKNOWN, lost_answer(lost).reason)
            found = found_among(answer, message.key)
            if found.kind is not Result.UNKNOWN:
                break
        return found

    def receipts(self, body: bytes) -> tuple[Receipt, ...]:
        """SmsReport: a JSON array, unsigned, over HTTP or from the queue."""
        return tuple(map(_receipt, callback_items(body)))

    def replies(self, body: bytes) -> tuple[Reply, ...]:
        """SmsUp, likewise."""
        return tuple(map(_reply, callback_items(body)))

    def request(self, action: str, query: dict[str, str], account: Account, now: int, nonce: str) -> Request:
        """A signed call."""
        url = self.base(account) + "/"
        headers = {
            "accept": "application/json",
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": timestamp(now),
            "x-acs-signature-nonce": nonce,
        }
        headers = signed(Method.POST, url, query, b"", headers, account.secret(KEY_ID), account.secret(KEY_SECRET))
        return Request(Method.POST, f"{url}?{canonical_query(query)}", headers, b"")


def parameters(message: SmsMessage) -> dict[str, str]:
    """What SendSms is called with."""
    given = {
        "PhoneNumbers": national(message.to),
        "SignName": message.signature,
        "TemplateCode": message.template,
        "OutId": message.key,
    }
    if message.variables:
        given["TemplateParam"] = json.dumps(dict(message.variables), ensure_ascii=False, separators=(",", ":"))
    return given


def national(number: str) -> str:
    """A number as Aliyun takes it: Chinese ones without a prefix, others with their country code and no plus."""
    return number.removeprefix(CHINA) if number.startswith(CHINA) else number.removeprefix("+")


def outcome_of(answer: Answer, now: int) -> Outcome:
    """What an answer to SendSms says."""
    said = json_object(answer.body)
    code = text_of(said or {}, "Code")
    if said is None or not code:
        return by_status(answer.status, now, answer.headers.get("retry-after", ""))
    return aliyun_codes.outcome_of(code, text_of(said, "Message"), now, text_of(said, "BizId"))


def found_among(answer: Answer, key: str) -> Outcome:
    """What an answer to QuerySendDetails says of our message; UNKNOWN when it does not say anything of it."""
    said = json_object(answer.body) or {}
    holder = said.get("SmsSendDetailDTOs")
    details = holder.get("SmsSendDetailDTO") if isinstance(holder, dict) else None
    ours = [one for one in details if isinstance(one, dict) and one.get("OutId") == key] if isinstance(details, list) else []
    if not ours:  # whoever answers is not silent, though it may know nothing yet
        code = text_of(said, "Code")
        return Outcome(Result.UNKNOWN, Reason.NONE if code else Reason.PROVIDER_SILENT, raw_code=code)
    if text_of(ours[0], "SendStatus") != _FAILED:
        return Outcome(Result.SENT, raw_code=text_of(ours[0], "ErrCode"))
    return carriers.failed(text_of(ours[0], "ErrCode"))


def _receipt(item: dict[str, Any]) -> Receipt:
    delivered = item.get("success") in (True, "true")
    code, text = text_of(item, "err_code"), text_of(item, "err_msg")
    return Receipt(
        provider_id=text_of(item, "biz_id"),
        to=e164(text_of(item, "phone_number")),
        fate=Fate.DELIVERED if delivered else Fate.FAILED,
        key=text_of(item, "out_id"),
        at=china_ms(text_of(item, "report_time")),
        reason=Reason.NONE if delivered else carriers.reason_of(code, text),
        raw_code=code,
    )


def _reply(item: dict[str, Any]) -> Reply:
    text = text_of(item, "content")
    return Reply(
        identity=text_of(item, "sequence_id"),
        sender=e164(text_of(item, "phone_number")),
        text=text,
        at=china_ms(text_of(item, "send_time")),
        stops=stops(text),
        signature=text_of(item, "sign_name"),
    )


ADAPTER: Final = Aliyun()
