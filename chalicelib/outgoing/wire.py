"""What goes out to somebody else's server and what comes back, as plain data. Pure; `transport` carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Method(StrEnum):
    """How an interface wants to be called."""

    GET = "GET"
    POST = "POST"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes out, its query in the address. What it holds may be secret or personal, so none of it shows."""

    method: Method
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in lower case; `body` may have been cut."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class NoAnswer(Exception):
    """Nothing came back. `sent_maybe`: whether the other side may have got the request all the same."""

    def __init__(self, sent_maybe: bool) -> None:
        super().__init__("there was no answer" if sent_maybe else "nobody could be reached")
        self.sent_maybe = sent_maybe
