"""WeChat's signatures: SHA-1 over sorted texts, compared in constant time, and believed for a few minutes only. Pure."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from chalicelib.wechat.refused import PushRefused, Reason

REPLAY_WINDOW_MS: Final = 300_000  # how far the signed time may be from ours; the platform signs each of its retries anew
_SHA1: Final = hashlib.sha1(usedforsecurity=False)  # of nothing; a copy is quicker than a new one
_SECONDS_DIGITS: Final = 11  # at most


def sign(*parts: str) -> str:
    """The signature of texts: hexadecimal SHA-1 of all of them joined in the order of their bytes (not of the numbers they may spell)."""
    digest = _SHA1.copy()
    digest.update("".join(sorted(parts)).encode("utf-8", "surrogatepass"))  # the order of signs is that of their bytes: UTF-8 is made so
    return digest.hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether the signature is the one of the texts. Takes equally long wherever the first difference is."""
    return signature.isascii() and hmac.compare_digest(sign(*parts), signature)


def signing_token(signature: str, tokens: Iterable[str], *parts: str) -> str:
    """The token that the texts were signed with; two are in force while one is replaced. Raises PushRefused (`signature_wrong`)."""
    signed = [token for token in tokens if is_signed(signature, token, *parts)]
    if not signed:
        raise PushRefused(Reason.SIGNATURE_WRONG, "the signature is not one made with this account's token")
    return signed[0]


def check_time(timestamp: str, now: int, window_ms: int = REPLAY_WINDOW_MS) -> None:
    """Refuses a signature that is too old, or of a time to come. `timestamp` counts seconds, `now` milliseconds since 1970.

    Raises PushRefused (`query_invalid`, `timestamp_stale`).
    """
    if not (timestamp.isdecimal() and timestamp.isascii() and len(timestamp) <= _SECONDS_DIGITS):
        raise PushRefused(Reason.QUERY_INVALID, "timestamp must be whole seconds since 1970")
    if abs(now - int(timestamp) * 1000) > window_ms:
        raise PushRefused(Reason.TIMESTAMP_STALE, f"the signed time is more than {window_ms // 1000} s from ours")
