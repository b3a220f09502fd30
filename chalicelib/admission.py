"""Who may use a route: the key of a request and the scope that the route asks for."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from chalicelib.access.model import Caller, Scope
from chalicelib.errors import Forbidden, Unauthorized
from chalicelib.http import Access, Request

Find = Callable[[str], Caller | None]

_SCOPES: Final = {Access.INGEST: Scope.INGEST, Access.READ: Scope.READ, Access.WRITE: Scope.WRITE, Access.ADMIN: Scope.ADMIN}


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key in the Authorization header: a Bearer token, or the user of Basic (Segment's clients send it so, without a password)."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() == "basic":
        return _basic_user(value.strip())
    return None


def admitted(access: Access, request: Request, find: Find) -> Request:
    """The request with its caller. Raises Unauthorized without a key that holds, Forbidden when it lacks the scope."""
    if access is Access.PUBLIC:
        return request
    text = key_of(request.headers)
    if text is None:
        raise Unauthorized("a key is needed: Authorization: Bearer KEY")
    caller = find(text)
    if caller is None:
        raise Unauthorized("the key is unknown, revoked or expired")
    scope = _SCOPES[access]
    if not caller.may(scope):
        raise Forbidden(_MISSING_SOURCE if scope is Scope.INGEST else f"the key lacks the scope {scope}")
    return replace(request, caller=caller)


_MISSING_SOURCE: Final = "events are sent with a write key: it says which source they come from"


def _basic_user(value: str) -> str | None:
    try:
        user = base64.b64decode(value, validate=True).decode().partition(":")[0]
    except ValueError:
        return None
    return user or None
