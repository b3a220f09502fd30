"""Sets fields of what exists from JSON: only those that may be set, only to values of their kind."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TypeVar

from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import Json
from infra.local_wechat.wire import Request

Closed = TypeVar("Closed", bound=StrEnum)


def set_fields(target: object, given: Json, allowed: Collection[str]) -> None:
    """Sets what is given. Raises Nonsense for a name that is not allowed and for a value of another kind; then nothing is set."""
    if unknown := given.keys() - set(allowed):
        raise Nonsense(f"no such field: {', '.join(sorted(unknown))}; there are {', '.join(sorted(allowed))}")
    values = {name: alike(name, getattr(target, name), value) for name, value in given.items()}
    for name, value in values.items():
        setattr(target, name, value)


def alike(name: str, present: Any, value: Any) -> Any:
    """The value in the kind of the present one. Raises Nonsense."""
    if isinstance(present, StrEnum):
        return one_of(name, type(present), value)
    if isinstance(present, set):
        return set(value) if isinstance(value, list) else _refuse(name, "list")
    if present is None or isinstance(value, type(present)):
        return value
    return _refuse(name, type(present).__name__)


def one_of(name: str, closed: type[Closed], value: Any) -> Closed:
    """The member of a closed set. Raises Nonsense."""
    try:
        return closed(value)
    except ValueError as unknown:
        raise Nonsense(f"{name} must be one of {', '.join(closed)}") from unknown


def named(given: Json, name: str) -> str:
    """A text that must be there. Raises Nonsense."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise Nonsense(f"{name} is missing")
    return value


def number_asked(query: Mapping[str, str], name: str) -> int:
    """A whole number of a query, 0 without one. Raises Nonsense."""
    text = query.get(name, "0")
    if not text.isdecimal():
        raise Nonsense(f"{name} must be a whole number")
    return int(text)


def body_of(request: Request) -> Json:
    """The request's JSON object. Raises Nonsense."""
    try:
        return request.json()
    except ValueError as broken:
        raise Nonsense(f"the body is no JSON object: {broken}") from broken


@contextmanager
def known() -> Iterator[None]:
    """Turns a look-up that found nothing into an answer: the account or person that there is not."""
    try:
        yield
    except KeyError as missing:
        raise Nonsense(f"there is no {missing.args[0]}") from missing


def _refuse(name: str, kind: str) -> Any:
    raise Nonsense(f"{name} must be a {kind}")
