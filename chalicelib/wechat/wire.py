"""What goes to the platform and what comes back, as plain data. Pure; `transport` carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.outgoing.wire import Method, NoAnswer

__all__ = ["Answer", "Method", "NoAnswer", "Request", "Upload"]


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
