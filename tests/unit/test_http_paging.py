"""Cursors: opaque, exact, and harmless when somebody makes them up."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadRequest
from chalicelib.paging import decode_cursor, encode_cursor

parts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60), min_size=1, max_size=4)


@given(parts)
def test_a_cursor_gives_back_the_place_it_was_made_of(place: list[str]) -> None:
    cursor = encode_cursor(*place)
    assert decode_cursor(cursor, len(place)) == tuple(place)
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(parts)
def test_a_cursor_of_another_list_is_refused(place: list[str]) -> None:
    with pytest.raises(BadRequest):
        decode_cursor(encode_cursor(*place), len(place) + 1)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "a",
        "é",
        "A" * 5000,
        *(
            base64.urlsafe_b64encode(text).decode()
            for text in (b"{}", b"[1]", b'[""]', b"[null]", b"\xff", b"[" * 1500, b'["\\ud800"]', b'["' + b"x" * 1025 + b'"]')
        ),
    ],
)
def test_a_made_up_cursor_is_a_bad_request(cursor: str) -> None:
    with pytest.raises(BadRequest, match="cursor"):
        decode_cursor(cursor, 1)


@given(st.text(max_size=80))
def test_any_text_is_a_cursor_or_a_bad_request(cursor: str) -> None:
    with suppress(BadRequest):
        assert len(decode_cursor(cursor, 1)) == 1
