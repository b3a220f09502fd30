"""What an entrypoint may rely on when it reads a request."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from chalicelib.access.model import Caller
from chalicelib.errors import BadRequest, DocumentInvalid, Unauthorized
from chalicelib.http import DEFAULT_PAGE, MAX_PAGE, Request


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str
    lines: list[int] = []


def _request(body: bytes = b"", **query: str) -> Request:
    return Request("POST", "/v1/orders", body=body, query=query)


def test_a_json_body_becomes_its_model() -> None:
    assert _request('{"number": "订单1", "lines": [1, 2]}'.encode()).document(Order) == Order(number="订单1", lines=[1, 2])


@pytest.mark.parametrize("body", [b"", b"{", b"\x1f\x8b\x08", b"\xff\xfe", b'{"number": "\\ud800"}', b"[" * 100_000])
def test_a_body_that_is_not_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        _request(body).document(Order)


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (b'{"number": 1}', ["number"]),
        (b'{"number": "a", "lines": [1, "x", "y"]}', ["lines/1", "lines/2"]),
        (b'{"number": "a", "more": 1}', ["more"]),
        (b"{}", ["number"]),
        (b"[]", [""]),
        (b"null", [""]),
    ],
)
def test_a_body_that_breaks_its_model_is_told_where(body: bytes, paths: list[str]) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        _request(body).document(Order)
    assert [fault.path for fault in refused.value.faults] == paths


def test_a_refused_value_is_not_repeated_in_the_answer() -> None:
    with pytest.raises(DocumentInvalid) as refused:
        _request(b'{"number": "a", "lines": ["tel 13800138000"]}').document(Order)
    assert "13800138000" not in str([(fault.path, fault.detail) for fault in refused.value.faults])


@given(st.binary(max_size=200))
def test_any_body_is_a_document_or_a_refusal(body: bytes) -> None:
    with suppress(BadRequest, DocumentInvalid):
        assert isinstance(_request(body).document(Order), Order)


@pytest.mark.parametrize(("text", "limit"), [(None, DEFAULT_PAGE), ("1", 1), ("200", MAX_PAGE), ("007", 7)])
def test_a_list_answers_with_as_many_items_as_asked_for(text: str | None, limit: int) -> None:
    request = _request() if text is None else _request(limit=text)
    assert request.limit == limit


@pytest.mark.parametrize("text", ["0", "201", "-1", "1.5", "ten", "", "١", "²", "1" * 5000])
def test_a_limit_that_is_none_is_a_bad_request(text: str) -> None:
    with pytest.raises(BadRequest, match="limit must be a whole number from 1 to 200"):
        _ = _request(limit=text).limit


def test_an_empty_cursor_is_the_first_page() -> None:
    assert _request().cursor is None
    assert _request(cursor="").cursor is None
    assert _request(cursor="abc").cursor == "abc"


def test_a_handler_that_needs_a_caller_gets_one_or_the_request_is_refused() -> None:
    caller = Caller("k1", None, frozenset({"read"}))
    assert Request("GET", "/", caller=caller).known_caller() is caller
    with pytest.raises(Unauthorized):
        Request("GET", "/").known_caller()
