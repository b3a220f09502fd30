"""The values that all wire formats share are read in one way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.model import ItemChange, Json, Record, Refusal
from chalicelib.events.wire import (
    MAX_DEPTH,
    MAX_TIME_MS,
    RecordInvalid,
    clock_ms,
    distinct,
    id_text,
    mapping,
    name_text,
    read_each,
    time_ms,
)
from tests.support.junk import JSON_JUNK

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = EPOCH + timedelta(milliseconds=MAX_TIME_MS + 1)


def item(index: int, raw: Json) -> Record:
    return ItemChange(index, "t", "i", 0, False, {}, raw)


def nested(depth: int) -> Any:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), ("", ""), (" a ", "a"), (7, "7"), (7.0, "7"), (-1, "-1"), (10**20, "1" + "0" * 20)]
)
def test_ids_are_texts(value: Any, text: str) -> None:
    assert id_text(value, "id") == text


@pytest.mark.parametrize("value", [True, 1.5, float("inf"), float("nan"), [], {}])
def test_other_ids_are_refused(value: Any) -> None:
    with pytest.raises(RecordInvalid, match="id must be"):
        id_text(value, "id")


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (None, None),
        (0, 0),
        (MAX_TIME_MS, MAX_TIME_MS),
        (1.9, 1),
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T08:00:00.0019+08:00", 1),
        ("2026-11-21 10:23:00+08:00", 1_795_227_780_000),
    ],
)
def test_times_are_milliseconds_since_1970(value: Any, time: int | None) -> None:
    assert time_ms(value, "time") == time


@pytest.mark.parametrize(
    "value",
    [
        True,
        "",
        "soon",
        "1970-01-01",
        "1969-12-31T23:59:59Z",
        "9999-12-31T00:00:00Z",
        -1,
        MAX_TIME_MS + 1,
        [],
        1e300,
        float("inf"),
        float("nan"),
    ],
)
def test_other_times_are_refused(value: Any) -> None:
    with pytest.raises(RecordInvalid) as refused:
        time_ms(value, "time")
    assert refused.value.code == "time_invalid"
    assert clock_ms(value) is None or value == "1970-01-01"


@given(JSON_JUNK)
def test_no_value_is_too_odd_for_a_clock(value: Any) -> None:
    assert clock_ms(value) is None or clock_ms(value) in range(MAX_TIME_MS + 1)


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_since_1970_is_read_to_the_millisecond(moment: datetime) -> None:
    found = clock_ms(moment.isoformat())
    assert found is None or timedelta(0) <= moment - (EPOCH + timedelta(milliseconds=found)) < timedelta(milliseconds=1)
    assert (found is None) == (not EPOCH <= moment < LATEST)


def test_names_and_objects_are_checked() -> None:
    assert (name_text(" a ", "name"), mapping({"a": 1}, "x"), mapping(None, "x")) == ("a", {"a": 1}, {})


@pytest.mark.parametrize("value", [None, "", "  ", 7, []])
def test_a_name_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(RecordInvalid, match="name must be"):
        name_text(value, "name")


@pytest.mark.parametrize("value", ["a", [], 7])
def test_what_should_be_an_object_and_is_not_is_refused(value: Any) -> None:
    with pytest.raises(RecordInvalid, match="must be an object"):
        mapping(value, "x")


def test_identifiers_are_listed_once_and_never_empty() -> None:
    assert distinct([("a", "1"), ("b", ""), ("a", "1"), ("a", "2")]) == (("a", "1"), ("a", "2"))


def test_each_record_stands_alone() -> None:
    found = read_each([(4, {"ok": 1}), (5, "text"), (6, {"deep": nested(MAX_DEPTH - 1)}), (7, {"deep": nested(MAX_DEPTH)})], item)
    assert [(type(one), one.index) for one in found] == [(ItemChange, 4), (Refusal, 5), (ItemChange, 6), (Refusal, 7)]
    assert [one.code for one in found if isinstance(one, Refusal)] == ["record_invalid", "nested_too_deep"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 10**38, -(10**38)])
def test_numbers_that_no_store_holds_are_refused_wherever_they_are(number: float) -> None:
    for raw in ({"n": number}, {"a": [{"n": number}]}):
        (found,) = read_each([(0, raw)], item)
        assert isinstance(found, Refusal)
        assert found.code == "number_invalid"
