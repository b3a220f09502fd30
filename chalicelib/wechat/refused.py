"""Why a push of WeChat is turned away before anything is written. Pure."""

from enum import StrEnum
from typing import Final

_FORBIDDEN: Final = 403
_TOO_LARGE: Final = 413
_BAD_REQUEST: Final = 400


class Reason(StrEnum):
    """What is wrong with a request that claims to come from WeChat. The values are stable: logs and metrics count by them."""

    QUERY_INVALID = "query_invalid"
    SIGNATURE_WRONG = "signature_wrong"
    TIMESTAMP_STALE = "timestamp_stale"
    ENCRYPTION_MISSING = "encryption_missing"
    KEY_MISSING = "key_missing"
    CIPHER_TEXT_INVALID = "cipher_text_invalid"
    PADDING_INVALID = "padding_invalid"
    LENGTH_INVALID = "length_invalid"
    ACCOUNT_WRONG = "account_wrong"
    BODY_TOO_LARGE = "body_too_large"
    BODY_UNREADABLE = "body_unreadable"
    DOCTYPE_FORBIDDEN = "doctype_forbidden"
    NESTED_TOO_DEEP = "nested_too_deep"
    TYPE_MISSING = "type_missing"


_UNTRUSTED: Final = frozenset(
    {Reason.SIGNATURE_WRONG, Reason.TIMESTAMP_STALE, Reason.ENCRYPTION_MISSING, Reason.KEY_MISSING, Reason.ACCOUNT_WRONG}
)


class PushRefused(ValueError):
    """A push that must not be believed or cannot be read. `detail` never repeats a secret or what was sent."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    @property
    def status(self) -> int:
        """The HTTP status to answer: 403 for what is not to be believed, 413 for too much, 400 for what cannot be read."""
        if self.reason is Reason.BODY_TOO_LARGE:
            return _TOO_LARGE
        return _FORBIDDEN if self.reason in _UNTRUSTED else _BAD_REQUEST
