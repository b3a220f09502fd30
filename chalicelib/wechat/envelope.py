"""Opens what arrives at an account's address: the address check, plain pushes, and encrypted ones with old or new keys. Pure.

In compatible mode plain and encrypted text come together; only the encrypted one is read, since no signature covers the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.wechat import cipher, push, signature, xmltext
from chalicelib.wechat.push import Push
from chalicelib.wechat.refused import PushRefused, Reason

_ENCRYPTED: Final = "aes"  # value of `encrypt_type` in compatible and safe mode


class Mode(StrEnum):
    """How an account's pushes come, as chosen in the platform's console."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Account:
    """What opens the pushes of one account. `tokens` and `keys` (32 bytes each, see `cipher.key_of`) are newest first: while one is
    being replaced the old one still opens. They never show in a repr.
    """

    appid: str
    mode: Mode
    tokens: tuple[str, ...] = field(repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A push that is to be believed, and the token and key for its answer; `key` is None where the answer goes unencrypted."""

    push: Push
    token: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)


def echo(query: Mapping[str, str], account: Account, now: int, window_ms: int = signature.REPLAY_WINDOW_MS) -> str:
    """What the address check (GET) wants to be answered. Raises PushRefused (`query_invalid`, `timestamp_stale`, `signature_wrong`)."""
    _check_signed(query, "signature", account, now, window_ms)
    if not (text := query.get("echostr", "")):
        raise PushRefused(Reason.QUERY_INVALID, "the query lacks echostr")
    return text


def open_push(query: Mapping[str, str], body: bytes, account: Account, now: int, window_ms: int = signature.REPLAY_WINDOW_MS) -> Opened:
    """The push of a request (POST). `now` and `window_ms` are milliseconds. Nothing unsigned is decrypted.

    Raises PushRefused with any of its reasons.
    """
    if len(body) > xmltext.MAX_BODY_BYTES:
        raise PushRefused(Reason.BODY_TOO_LARGE, f"a push may hold {xmltext.MAX_BODY_BYTES} bytes at most")
    if query.get("encrypt_type") == _ENCRYPTED:
        return _open_encrypted(query, body, account, now, window_ms)
    if account.mode is not Mode.PLAIN:
        # Else somebody who has seen one signed address could send any body of their own to it.
        raise PushRefused(Reason.ENCRYPTION_MISSING, f"the account is in {account.mode} mode, and the push is not encrypted")
    token = _check_signed(query, "signature", account, now, window_ms)
    return Opened(push.read(body), token)


def _open_encrypted(query: Mapping[str, str], body: bytes, account: Account, now: int, window_ms: int) -> Opened:
    outer, _ = push.read_body(body)
    sealed = outer.get("Encrypt", "")
    if not isinstance(sealed, str):
        raise PushRefused(Reason.BODY_UNREADABLE, "Encrypt must be there once, as a text")
    token = _check_signed(query, "msg_signature", account, now, window_ms, sealed)
    message, key = cipher.unseal_with_any(account.keys, sealed, account.appid)
    return Opened(push.read(message), token, key)


def _check_signed(query: Mapping[str, str], name: str, account: Account, now: int, window_ms: int, *further: str) -> str:
    """The token that signed the query (and what comes with it), once its time is near enough."""
    given, timestamp, nonce = query.get(name, ""), query.get("timestamp", ""), query.get("nonce", "")
    if not (given and timestamp and nonce):
        missing = next(one for one in (name, "timestamp", "nonce") if not query.get(one))
        raise PushRefused(Reason.QUERY_INVALID, f"the query lacks {missing}")
    signature.check_time(timestamp, now, window_ms)
    return signature.signing_token(given, account.tokens, timestamp, nonce, *further)
