"""Push over JPush (v3). Pure.

A key (`cid`) makes a repetition within a day of its drawing give the first answer, so that a lost answer can be asked for again.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from chalicelib.outgoing.wire import Answer, Method, NoAnswer, Request
from chalicelib.providers.adapter import Adapter, Means, Pulls, json_object, lost_answer, text_of
from chalicelib.providers.jpush_codes import outcome_of_code
from chalicelib.providers.model import Account, Fate, Outcome, PushMessage, Reason, Receipt, Result
from chalicelib.providers.verdicts import SECOND_MS, by_status

APP_KEY: Final = "app_key"
MASTER_SECRET: Final = "master_secret"  # noqa: S105 - a name
REPORT_URL: Final = "https://report.jpush.cn"
KEYS_LIVE_MS: Final = 23 * 3600 * SECOND_MS  # JPush forgets a key a day after it was drawn, and it may have lain here before
MOST_KEYS: Final = 10  # of one call; accounts that pay for more get 1,000
MOST_REPORTED: Final = 100  # messages of one report
_OK: Final = 200
_TOO_MANY: Final = 429
_RECEIVED: Final = ("jpush_received", "android_pns_received", "ios_apns_received", "ios_msg_received", "hmpns_received")


class JPush(Adapter[PushMessage]):
    """JPush; Beijing's zone has `url` and the setting `report_url` of its own. iOS messages go to Apple's production servers unless the
    setting `apns_production` is `no`.
    """

    url = "https://api.jpush.cn"
    secrets = (APP_KEY, MASTER_SECRET)
    options = ("report_url", "apns_production")
    keys_live_ms = KEYS_LIVE_MS
    draws_keys = True
    per_minute = 600  # of the free plan
    pulls = Pulls.THESE
    most_bytes = 3584  # of what is for Apple: JPush packs it anew and stays below 4,096

    def _send(self, message: PushMessage, account: Account, now: int, means: Means) -> Outcome:
        answer = means.send(self.post("/v3/push", payload(message, account), account))
        return outcome_of(answer, now)

    def send_batch(self, messages: Sequence[PushMessage], account: Account, now: int, means: Means) -> list[Outcome]:
        """Up to 500 messages in one call, an outcome for each; all need keys. Raises NoAnswer."""
        pushes = {message.provider_key: _single(message, account) for message in messages}
        answer = means.send(self.post("/v3/push/batch/regid/single", {"pushlist": pushes}, account))
        return outcomes_of(answer, [message.provider_key for message in messages], now)

    def draw_keys(self, count: int, account: Account, now: int, means: Means) -> tuple[str, ...] | Outcome:
        """Up to ten at once, more in further calls."""
        drawn: list[str] = []
        while len(drawn) < count:
            query = urlencode({"count": min(count - len(drawn), MOST_KEYS), "type": "push"})
            try:
                answer = means.send(Request(Method.GET, f"{self.base(account)}/v3/push/cid?{query}", _headers(account)))
            except NoAnswer as lost:
                return Outcome(Result.RETRY, lost_answer(lost).reason)  # keys that were drawn and lost harm nobody
            keys = _keys(answer)
            if not keys:
                return _as_certainly_not_sent(outcome_of(answer, now))
            drawn += keys
        return tuple(drawn[:count])

    def pulled(self, provider_ids: Sequence[str], account: Account, now: int, means: Means) -> tuple[Receipt, ...]:
        """Which of these messages, to one device each, have arrived. Nothing is told of the others. Raises NoAnswer, also where it is put
        off: what was not told has to be asked for again.
        """
        base = account.setting("report_url") or account.url.rstrip("/") or REPORT_URL
        found: list[Receipt] = []
        for start in range(0, len(provider_ids), MOST_REPORTED):
            query = urlencode({"msg_ids": ",".join(provider_ids[start : start + MOST_REPORTED])}, safe=",")
            answer = means.send(Request(Method.GET, f"{base}/v3/received/detail?{query}", _headers(account)))
            if _is_put_off(answer, now):
                raise NoAnswer(sent_maybe=False)
            found += arrived(answer, now)
        return tuple(found)

    def post(self, path: str, body: Mapping[str, Any], account: Account) -> Request:
        """A call with a body."""
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return Request(Method.POST, self.base(account) + path, {**_headers(account), "Content-Type": "application/json"}, content)


def payload(message: PushMessage, account: Account) -> dict[str, Any]:
    """One push to one device."""
    keyed = {"cid": message.provider_key} if message.provider_key else {}
    return {"platform": "all", "audience": {"registration_id": [message.to]}, **_content(message, account), **keyed}


def outcome_of(answer: Answer, now: int) -> Outcome:
    """What an answer to a push says."""
    said = json_object(answer.body) or {}
    if answer.status == _TOO_MANY:
        return _limited(answer, now, said)
    if answer.status == _OK and text_of(said, "msg_id"):
        return Outcome(Result.SENT, provider_id=text_of(said, "msg_id"))
    error = said.get("error")
    return outcome_of_code(text_of(error, "code"), answer.status, now) if isinstance(error, dict) else _by_status(answer, now)


def outcomes_of(answer: Answer, keys: Sequence[str], now: int) -> list[Outcome]:
    """What an answer to a batch says of each; a key that it is silent about is unknown."""
    said = json_object(answer.body)
    if answer.status != _OK or said is None:
        return [outcome_of(answer, now)] * len(keys)
    return [_part(said.get(key), now) for key in keys]


def arrived(answer: Answer, now: int) -> list[Receipt]:
    """The receipts in a report."""
    try:
        items = json.loads(answer.body) if answer.status == _OK else []
    except ValueError:
        items = []  # a report that cannot be read tells nothing; it can be asked for again
    known = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [
        Receipt(text_of(item, "msg_id"), "", Fate.DELIVERED, at=now)
        for item in known
        if any(isinstance(item.get(name), int) and item[name] > 0 for name in _RECEIVED)
    ]


def _single(message: PushMessage, account: Account) -> dict[str, Any]:
    """One of a batch, where the device is named in another way."""
    return {"platform": "all", "target": message.to, **_content(message, account)}


def _content(message: PushMessage, account: Account) -> dict[str, Any]:
    extras = {**message.data, **({"link": message.link} if message.link else {}), "message": message.key}
    alert: Any = {"title": message.title, "body": message.text} if message.title else message.text
    android = {"alert": message.text, **({"title": message.title} if message.title else {}), "extras": extras}
    options: dict[str, Any] = {"apns_production": account.setting("apns_production", "yes") != "no"}
    if message.live_seconds is not None:
        options["time_to_live"] = message.live_seconds
    return {"notification": {"android": android, "ios": {"alert": alert, "sound": "default", "extras": extras}}, "options": options}


def _part(said: Any, now: int) -> Outcome:
    if not isinstance(said, dict):
        return Outcome(Result.UNKNOWN, Reason.ANSWER_UNREADABLE)
    error = said.get("error")
    if isinstance(error, dict):
        return outcome_of_code(text_of(error, "code"), _OK, now)
    return Outcome(Result.SENT, provider_id=text_of(said, "msg_id")) if text_of(said, "msg_id") else _part(None, now)


def _limited(answer: Answer, now: int, said: Mapping[str, Any]) -> Outcome:
    error = said.get("error")
    code = text_of(error, "code") if isinstance(error, dict) else "http 429"
    reset = answer.headers.get("x-rate-limit-reset", "")
    pause = int(reset[:6]) * SECOND_MS if reset.isascii() and reset.isdigit() else 60 * SECOND_MS
    return Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=now + pause, raw_code=code)


def _is_put_off(answer: Answer, now: int) -> bool:
    """Whether no report was made because of a limit, of the account, or of a fault of theirs."""
    found = by_status(answer.status, now)
    return found.kind in (Result.LIMITED, Result.MISCONFIGURED) or found.reason is Reason.PROVIDER_FAULT


def _by_status(answer: Answer, now: int) -> Outcome:
    return by_status(answer.status, now)


def _as_certainly_not_sent(outcome: Outcome) -> Outcome:
    """Drawing keys sends nothing, however it ends."""
    return Outcome(Result.RETRY, outcome.reason, raw_code=outcome.raw_code) if not outcome.certainly_not_sent else outcome


def _keys(answer: Answer) -> list[str]:
    found = (json_object(answer.body) or {}).get("cidlist")
    return [str(one) for one in found] if answer.status == _OK and isinstance(found, list) else []


def _headers(account: Account) -> dict[str, str]:
    pair = f"{account.secret(APP_KEY)}:{account.secret(MASTER_SECRET)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Accept": "application/json"}


ADAPTER: Final = JPush()
