"""Why an answer to a push does not count, in words that tests and developers can look for. Pure."""

from enum import StrEnum


class Fault(StrEnum):
    """Why an answer does not count."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    STATUS = "status"
    UNREADABLE = "unreadable"
    DOCTYPE = "doctype"
    NOT_ENCRYPTED = "not_encrypted"
    SIGNATURE_WRONG = "signature_wrong"
    UNDECRYPTABLE = "undecryptable"
    RECEIVER_WRONG = "receiver_wrong"
    SENDER_WRONG = "sender_wrong"
    TYPE_UNKNOWN = "type_unknown"
    CHILD_MISSING = "child_missing"
    TOO_LONG = "too_long"
    COUNT_WRONG = "count_wrong"
    MEDIA_UNKNOWN = "media_unknown"
    CODE_MISSING = "code_missing"
    ECHO_WRONG = "echo_wrong"


class Unanswered(Exception):
    """An answer that does not count. `detail` says what was found."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail
