"""Bytes become JSON in bounded memory, and equal records have equal texts."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import TooLarge
from chalicelib.events.jsontext import MAX_CONTAINERS, PayloadUnreadable, canonical, decode, unpack
from tests.support.junk import UNREADABLE, status_of


def test_gzip_is_unpacked_and_everything_else_left_alone() -> None:
    assert unpack(gzip.compress(b"text", mtime=0)) == b"text"
    assert unpack(b"text") == b"text"


def test_nothing_beyond_the_limit_is_unpacked() -> None:
    assert unpack(gzip.compress(b"x" * 100, mtime=0), limit=100) == b"x" * 100
    for data in (gzip.compress(b"x" * 101, mtime=0), b"x" * 101):
        with pytest.raises(TooLarge):
            unpack(data, limit=100)


def test_a_cut_gzip_stream_is_not_taken_for_a_whole_one() -> None:
    with pytest.raises(PayloadUnreadable):
        unpack(gzip.compress(b"x" * 1000, mtime=0)[:-4])


def test_half_an_emoji_costs_the_half_not_the_request() -> None:
    cut = b'[{"name":"ok \\ud83d"},{"name":"\\ud83d\\ude00"}]'
    assert decode(cut) == [{"name": "ok ?"}, {"name": "😀"}]


def test_bytes_that_are_no_character_are_replaced() -> None:
    assert decode(b'{"name":"a\xffb"}') == {"name": "a\ufffdb"}


def test_too_many_objects_are_refused_before_they_are_made() -> None:
    with pytest.raises(TooLarge):
        decode(b"[" + b"[]," * MAX_CONTAINERS + b"0]")


@pytest.mark.parametrize("text", [b"", b"{", b"nope", b"[" * 500 + b"]" * 500, b"1" * 5000, b'{"a":1}x'])
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        decode(text)


@given(st.binary(max_size=300))
def test_hostile_bytes_raise_only_what_a_caller_can_act_on(data: bytes) -> None:
    assert status_of(lambda: decode(unpack(data))) in UNREADABLE


def test_the_canonical_text_does_not_depend_on_order_nor_on_what_changes_on_a_resend() -> None:
    assert canonical({"a": 1, "b": {"d": "裙", "c": 2}}) == '{"a":1,"b":{"c":2,"d":"裙"}}'
    assert canonical({"b": 2, "a": 1, "sent": 1}, frozenset({"sent"})) == canonical({"a": 1, "b": 2, "sent": 2}, frozenset({"sent"}))
