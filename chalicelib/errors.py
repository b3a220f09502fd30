"""Errors that a caller can act on: each carries a stable code and the HTTP status it answers with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document: where (`path`, e.g. `events/3/time`), a stable `code`, and a sentence that says what to do."""

    path: str
    code: str
    detail: str


class HuiliuError(Exception):
    """Base of every error that reaches a caller. `code` is stable; `status` is the HTTP status; `faults` names the places."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)


class NotFound(HuiliuError):
    """Nothing is stored under that name."""

    code = "not_found"
    status = 404


class Unauthorized(HuiliuError):
    """No key, or a key that is not known or no longer valid."""

    code = "key_invalid"
    status = 401


class Forbidden(HuiliuError):
    """The key is known but lacks the scope."""

    code = "scope_missing"
    status = 403


class BadRequest(HuiliuError):
    """The request cannot be understood as it stands."""

    code = "request_invalid"
    status = 400


class DocumentInvalid(HuiliuError):
    """The body was read but breaks the contract; `faults` says where."""

    code = "document_invalid"
    status = 422


class TooLarge(HuiliuError):
    """The body, or what it unpacks to, is over the limit."""

    code = "request_too_large"
    status = 413


class Conflict(HuiliuError):
    """Somebody else changed the same thing first; read it again and retry."""

    code = "version_conflict"
    status = 409


class Busy(HuiliuError):
    """Work on the same person is under way; the delivery is tried again. Never a reason to drop input."""

    code = "busy"
    status = 503
