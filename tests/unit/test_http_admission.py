"""Who may use a route."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.access.model import Caller, Scope
from chalicelib.admission import admitted, key_of
from chalicelib.errors import Forbidden, Unauthorized
from chalicelib.events.model import Source
from chalicelib.http import Access, Request


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer hlw_1", "hlw_1"),
        ("bearer  hlw_1 ", "hlw_1"),
        (_basic("hlw_1:"), "hlw_1"),  # Segment's clients
        (_basic("hlw_1:ignored:too"), "hlw_1"),
        (_basic("hlw_1"), "hlw_1"),
        (_basic(":password"), None),
        ("Basic %%%", None),
        ("Basic /w==", None),  # not UTF-8
        ("Basic", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Digest hlw_1", None),
        ("hlw_1", None),
        ("", None),
    ],
)
def test_the_key_is_a_bearer_token_or_the_user_of_basic(header: str, key: str | None) -> None:
    assert key_of({"authorization": header}) == key


def test_a_request_without_the_header_has_no_key() -> None:
    assert key_of({}) is None


@given(st.text())
def test_any_header_can_be_looked_at(header: str) -> None:
    assert key_of({"authorization": header}) != ""


WRITE_KEY = Caller("w", Source("shop"), frozenset({Scope.INGEST}))
READER = Caller("r", None, frozenset({Scope.READ}))
WRITER = Caller("x", None, frozenset({Scope.WRITE}))
ADMIN = Caller("a", None, frozenset({Scope.ADMIN}))


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (WRITE_KEY, {Access.INGEST}),
        (READER, {Access.READ}),
        (WRITER, {Access.WRITE}),
        (ADMIN, {Access.READ, Access.WRITE, Access.ADMIN}),
    ],
)
def test_a_key_opens_what_its_scopes_name_and_nothing_else(caller: Caller, allowed: set[Access]) -> None:
    request = Request("GET", "/", headers={"authorization": "Bearer k"})
    for access in set(Access) - {Access.PUBLIC}:
        if access in allowed:
            assert admitted(access, request, lambda _: caller).caller is caller
        else:
            with pytest.raises(Forbidden):
                admitted(access, request, lambda _: caller)


def test_scopes_read_back_from_a_store_as_plain_text_count_the_same() -> None:
    assert Caller("k", None, frozenset({"admin"})).may(Scope.READ)
    assert Caller("k", None, frozenset({"read"})).may(Scope.READ)
    assert not Caller("k", None, frozenset({"write"})).may(Scope.READ)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer nobody"}])
def test_without_a_key_that_holds_only_public_routes_open(headers: dict[str, str]) -> None:
    request = Request("GET", "/", headers=headers)
    assert admitted(Access.PUBLIC, request, lambda _: None) is request
    for access in set(Access) - {Access.PUBLIC}:
        with pytest.raises(Unauthorized):
            admitted(access, request, lambda _: None)
