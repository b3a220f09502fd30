"""What goes to the platform and what comes back, as plain data. Pure; `transport` carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Method(StrEnum):
    """How the platform wants an interface to be called."""

    GET = "GET"
    POST = "POST"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes up as a form."""

    field: str
    name: str
    content: bytes
    type: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes out. What it holds may be secret, so it does not show."""

    method: Method
    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    file: Upload | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    type: str = ""


class NoAnswer(Exception):
    """Nothing came back. `sent_maybe`: whether the platform may have got the request all the same."""

    def __init__(self, sent_maybe: bool) -> None:
        super().__init__("the platform gave no answer" if sent_maybe else "the platform could not be reached")
        self.sent_maybe = sent_maybe
