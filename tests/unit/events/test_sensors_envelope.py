"""Every way in which a Sensors Analytics SDK packs its records is opened, and nothing else gets through."""

import base64
import gzip
import json
import tracemalloc
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events import jsontext
from chalicelib.events.sensors_envelope import MAX_KEPT_TEXT, MAX_RECORDS, Envelope, checksum, open_envelope
from tests.support import sdk_wire
from tests.support.sdk_wire import Wire

RECORD = {"type": "track", "event": "E", "distinct_id": "a+b/c=d", "properties": {"name": "红色 +/=?& 裙子"}}
MIB = 1 << 20

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(st.text(max_size=8), json_values, max_size=5).map(lambda found: {**found, "type": "track"})


def opened(wire: Wire) -> Envelope:
    return open_envelope(wire.body, wire.query)


def kept(wire: Wire) -> list[Any]:
    envelope = opened(wire)
    assert envelope.refusals == ()
    return [raw for _, raw in envelope.records]


def codes(envelope: Envelope) -> list[str]:
    assert envelope.records == ()
    return [refusal.code for refusal in envelope.refusals]


ONE_RECORD: dict[str, Callable[..., Wire]] = {
    "python": sdk_wire.python_default,
    "browser image": sdk_wire.browser_image,
    "browser ajax": sdk_wire.browser_ajax,
    "browser beacon": sdk_wire.browser_beacon,
    "mini program": sdk_wire.mini_program_single,
}
SEVERAL_RECORDS: dict[str, Callable[..., Wire]] = {
    "python": sdk_wire.python_batch,
    "node": sdk_wire.node,
    "node without gzip": lambda records: sdk_wire.node(records, zipped=False),
    "browser": sdk_wire.browser_batch,
    "mini program": sdk_wire.mini_program,
    "mini program with gzip": lambda records: sdk_wire.mini_program(records, zipped=True),
    "android": sdk_wire.android,
}


@pytest.mark.parametrize("client", ONE_RECORD)
def test_a_single_record_comes_out_as_it_went_in(client: str) -> None:
    assert kept(ONE_RECORD[client](RECORD)) == [RECORD]


@pytest.mark.parametrize("client", SEVERAL_RECORDS)
def test_a_batch_comes_out_in_order(client: str) -> None:
    batch = [{**RECORD, "n": number} for number in range(3)]
    assert kept(SEVERAL_RECORDS[client](batch)) == batch


@given(st.lists(records, min_size=1, max_size=4), st.sampled_from(sorted(SEVERAL_RECORDS)))
def test_whatever_a_client_sends_is_read_back(batch: list[dict[str, Any]], client: str) -> None:
    assert kept(SEVERAL_RECORDS[client](batch)) == batch


@given(records, st.sampled_from(sorted(ONE_RECORD)))
def test_whatever_a_client_sends_alone_is_read_back(record: dict[str, Any], client: str) -> None:
    assert kept(ONE_RECORD[client](record)) == [record]


def test_a_list_in_data_and_one_record_in_data_list_are_taken_too() -> None:
    assert kept(Wire("POST", "/sa", body=f"data={quote(sdk_wire.base64_json([RECORD, RECORD]))}".encode())) == [RECORD, RECORD]
    assert kept(Wire("POST", "/sa", body=f"data_list={quote(sdk_wire.base64_json(RECORD))}".encode())) == [RECORD]


@pytest.mark.parametrize("field", ["", "&gzip=0", "&gzip=1"])
def test_gzip_is_known_by_its_content_not_by_the_field(field: str) -> None:
    for zipped in (False, True):
        data = quote(sdk_wire.base64_json(RECORD, zipped), safe="")
        assert kept(Wire("POST", "/sa", body=f"data={data}{field}".encode())) == [RECORD]


def test_base64_that_was_not_percent_encoded_is_read() -> None:
    data = sdk_wire.base64_json({**RECORD, "odd": "???>>>~~~ÿÿÿ"})
    assert "+" in data
    assert kept(Wire("POST", "/sa", body=f"data={data}".encode())) == [{**RECORD, "odd": "???>>>~~~ÿÿÿ"}]


def test_a_plus_that_became_a_space_is_a_plus_again() -> None:
    data = sdk_wire.base64_json({**RECORD, "odd": "???>>>~~~ÿÿÿ"})
    query = {"data": data.replace("+", " "), "ext": f"crc={sdk_wire.js_checksum(data)}"}
    assert [raw["odd"] for raw in kept(Wire("GET", "/sa.gif", query=query))] == ["???>>>~~~ÿÿÿ"]


def test_base64_without_its_padding_is_read() -> None:
    data = sdk_wire.base64_json({"type": "track", "n": 1}).rstrip("=")
    assert kept(Wire("GET", "/sa.gif", query={"data": data})) == [{"type": "track", "n": 1}]


@pytest.mark.parametrize("text", ['{"type":"track","a":"50% + 1"}', quote('{"type":"track","a":"50% + 1"}', safe="")])
def test_plain_json_in_place_of_base64_is_read(text: str) -> None:
    assert kept(Wire("POST", "/sa", body=f"data={text}".encode())) == [{"type": "track", "a": "50% + 1"}]


def test_project_and_token_are_told_from_query_and_form() -> None:
    wire = sdk_wire.python_default(RECORD)
    fields = open_envelope(wire.body + b"&project=p1", {"token": "t1"}).fields
    assert (fields["project"], fields["token"]) == ("p1", "t1")


@pytest.mark.parametrize("text", ["", "a", "abc", "hello world", "eyJhIjoxfQ==", "z" * 255, "z" * 256, "z" * 257, "z" * 1000, "中文", "😀"])
def test_the_checksum_is_that_of_the_browser(text: str) -> None:
    assert checksum(text) == sdk_wire.js_checksum(text)


@given(st.text(max_size=700))
def test_the_checksum_is_that_of_the_browser_for_any_text(text: str) -> None:
    assert checksum(text) == sdk_wire.js_checksum(text)


def test_known_checksums() -> None:
    assert [checksum(text) for text in ("", "a", "hello", "polygenelubricants")] == [0, 97, 99_162_322, -(2**31)]


def test_a_wrong_checksum_puts_each_record_aside_where_it_can_be_read() -> None:
    data = quote(sdk_wire.base64_json([RECORD, RECORD]), safe="")
    for field in ("ext=crc%3D12", "crc=12"):
        envelope = opened(Wire("POST", "/sa", body=f"data_list={data}&{field}".encode()))
        assert codes(envelope) == ["checksum_mismatch"] * 2
        assert [refusal.raw for refusal in envelope.refusals] == [RECORD, RECORD]


def test_the_checksum_is_found_beside_other_words_in_ext() -> None:
    data = sdk_wire.base64_json(RECORD)
    right = {"data": data, "ext": f"crc={checksum(data)},instant_evnet=true"}
    wrong = {"data": data, "ext": f"crc={checksum(data) + 1},instant_evnet=true"}
    assert kept(Wire("GET", "/sa.gif", query=right)) == [RECORD]
    assert codes(opened(Wire("GET", "/sa.gif", query=wrong))) == ["checksum_mismatch"]


def test_an_encrypted_record_is_put_aside_with_its_reason() -> None:
    envelope = opened(sdk_wire.browser_encrypted("c2VhbGVk"))
    assert codes(envelope) == ["encryption_unsupported"]
    assert envelope.refusals[0].raw["payload"] == "c2VhbGVk"


def test_each_payload_of_an_encrypted_batch_is_put_aside() -> None:
    sealed = [{"pkv": 1, "ekey": "k1", "payloads": ["a", "b"], "flush_time": 1}, {"pkv": 1, "ekey": "k2", "payloads": ["c"]}]
    envelope = opened(Wire("POST", "/sa", body=f"data_list={quote(sdk_wire.compact(sealed))}&gzip=9".encode()))
    assert codes(envelope) == ["encryption_unsupported"] * 3
    assert [refusal.index for refusal in envelope.refusals] == [0, 1, 2]
    assert [(refusal.raw["ekey"], refusal.raw["payload"]) for refusal in envelope.refusals] == [("k1", "a"), ("k1", "b"), ("k2", "c")]


def test_a_request_without_content_holds_nothing() -> None:
    assert opened(Wire("GET", "/sa", query={"project": "default"})) == Envelope((), (), {"project": "default"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"hello=world", "payload_missing"),
        (b"\xff\xfe\x00", "payload_missing"),
        (b"data=!!!!", "payload_unreadable"),
        (b"data=a", "payload_unreadable"),
        (b"data=" + base64.b64encode(b"not json"), "payload_unreadable"),
        (b"data=" + base64.b64encode(b"\x1f\x8bnot gzip"), "payload_unreadable"),
        (b"data=" + base64.b64encode(gzip.compress(b"{}", mtime=0)[:-9]), "payload_unreadable"),
        (b"data={cut", "payload_unreadable"),
        (b"data=" + b"[" * 1000 + b"]" * 1000, "payload_unreadable"),
        (b"data_list=" + json.dumps([1] * (MAX_RECORDS + 1)).encode(), "too_many_records"),
        (b"data=" + b"A" * MIB, "request_too_large"),
        (b"data=" + base64.b64encode(gzip.compress(b"[" + b" " * 5 * MIB + b"]", mtime=0)), "request_too_large"),
        (b"data=" + base64.b64encode(gzip.compress(b"[" + b"{}," * (jsontext.MAX_CONTAINERS + 1) + b"{}]", mtime=0)), "request_too_large"),
    ],
)
def test_an_unreadable_request_is_one_refusal_that_keeps_what_came(body: bytes, code: str) -> None:
    envelope = open_envelope(body, {"token": "t"})
    assert codes(envelope) == [code]
    assert 0 < len(envelope.refusals[0].raw["text"]) <= MAX_KEPT_TEXT


def test_a_gzip_bomb_is_refused_in_bounded_memory() -> None:
    bomb = gzip.compress(b" " * 64 * MIB, mtime=0)
    assert len(bomb) < MIB
    body = b"data=" + base64.b64encode(bomb)
    tracemalloc.start()
    try:
        assert codes(open_envelope(body, {})) == ["request_too_large"]
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(["data", "data_list", "gzip", "ext", "crc"]), st.text(max_size=60)))
def test_hostile_input_never_raises(body: bytes, query: dict[str, str]) -> None:
    envelope = open_envelope(body, query)
    assert all(refusal.code for refusal in envelope.refusals)


@given(st.binary(max_size=100).map(lambda noise: b"data=" + base64.b64encode(b"\x1f\x8b\x08" + noise)))
def test_damaged_gzip_never_raises(body: bytes) -> None:
    assert codes(open_envelope(body, {})) == ["payload_unreadable"]
