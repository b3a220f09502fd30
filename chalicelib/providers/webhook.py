"""Signed calls of other people's servers, in the way of Standard Webhooks (standardwebhooks.com): libraries exist in many languages. Pure.

    webhook-id: the id of the message, the same at every attempt
    webhook-timestamp: seconds since 1970, of this attempt
    webhook-signature: v1,BASE64 [v1,BASE64 ...]    HMAC-SHA256 over "id.timestamp.body", one for each secret in force

The receiver checks one of the signatures and the time, and knows a repetition by the id: so an unknown outcome may be tried again.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from chalicelib.outgoing.wire import Answer, Method, Request
from chalicelib.providers.adapter import Adapter, Means
from chalicelib.providers.addresses import OPEN, AddressForbidden, target_of
from chalicelib.providers.model import Account, Outcome, Reason, Result, WebhookMessage
from chalicelib.providers.verdicts import SECOND_MS, retry_after_ms

SECRET: Final = "signing_secret"  # noqa: S105 - a name
PREFIX: Final = "whsec_"
KEYS_LIVE_MS: Final = 3 * 24 * 3600 * SECOND_MS  # how long a receiver should remember ids, as the documents tell it
MAX_BODY_BYTES: Final = 256 << 10
MIN_SECRET_BYTES: Final = 16
_AGENT: Final = "Huiliu-Webhook/1"

_LATER: Final = frozenset({429, 503})
_NOTHING_DONE: Final = (Result.RETRY, Reason.PROVIDER_FAULT)  # it says so itself
_FAULT: Final = (Result.UNKNOWN, Reason.PROVIDER_FAULT)
_NOT_LET_IN: Final = (Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)
_NOT_THERE: Final = (Result.MISCONFIGURED, Reason.ADDRESS_GONE)
_BY_STATUS: Final = {
    401: _NOT_LET_IN,  # the secrets differ: hits every message, so none is given up before somebody has looked
    403: _NOT_LET_IN,
    404: _NOT_THERE,
    405: _NOT_THERE,
    408: _NOTHING_DONE,
    410: _NOT_THERE,
    425: _NOTHING_DONE,
}
_BY_CLASS: Final = {
    2: (Result.SENT, Reason.NONE),
    3: (Result.MISCONFIGURED, Reason.REDIRECTED),
    4: (Result.REFUSED, Reason.RECEIVER_REFUSED),
    5: _FAULT,
}


class Webhook(Adapter[WebhookMessage]):
    """One receiver with its secret. The setting `address` is where messages to it go; whoever sends one writes it into the message."""

    secrets = (SECRET,)
    settings = ("address",)
    keys_live_ms = KEYS_LIVE_MS
    receipts_by_key = True  # none come

    def setting_fault(self, settings: Mapping[str, str]) -> str:
        """An address that could never be called."""
        try:
            target_of(settings["address"], OPEN)  # whether this stage may go there is decided when it goes
        except AddressForbidden as forbidden:
            return str(forbidden)
        return ""

    def _send(self, message: WebhookMessage, account: Account, now: int, means: Means) -> Outcome:
        if len(message.body) > MAX_BODY_BYTES:
            return Outcome(Result.REFUSED, Reason.CONTENT_TOO_LARGE, called=False)
        try:
            request = request_of(message, account.secrets[SECRET], now)
        except SecretMalformed:
            return Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)
        try:
            return outcome_of(means.send_elsewhere(request), now)
        except AddressForbidden as forbidden:
            return Outcome(Result.MISCONFIGURED, Reason.ADDRESS_FORBIDDEN, raw_code=str(forbidden))


class SecretMalformed(ValueError):
    """A signing secret that is not `whsec_` and Base64, or too short; the message does not repeat it."""


def request_of(message: WebhookMessage, secrets: tuple[str, ...], now: int) -> Request:
    """The call as it goes out. Raises SecretMalformed."""
    seconds = now // SECOND_MS
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": _AGENT,
        "webhook-id": message.key,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(secret, message.key, seconds, message.body) for secret in secrets),
    }
    return Request(Method.POST, message.to, headers, message.body)


def signature(secret: str, key: str, seconds: int, body: bytes) -> str:
    """One signature with its version. Raises SecretMalformed."""
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < MIN_SECRET_BYTES:
        raise SecretMalformed(f"a signing secret is whsec_ and the Base64 of {MIN_SECRET_BYTES} bytes or more")
    digest = hmac.new(raw, f"{key}.{seconds}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def outcome_of(answer: Answer, now: int) -> Outcome:
    """What a receiver's answer comes to. A fault of the receiver may have come after it had dealt with the message."""
    status, raw = answer.status, f"http {answer.status}"
    if status in _LATER:
        pause = retry_after_ms(answer.headers.get("retry-after", ""), now)
        return Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=now + pause, raw_code=raw)
    kind, reason = _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, _FAULT)
    return Outcome(kind, reason, raw_code=raw)


ADAPTER: Final = Webhook()
