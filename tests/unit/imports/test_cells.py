"""What cells say."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imports.cells import CellInvalid, cell, cleaned, key_text, parsed_time, text, time_of, value_of
from chalicelib.imports.fields import TimeColumn, Value

SHANGHAI = "Asia/Shanghai"


def ms(*parts: int) -> int:
    """Epoch ms of a moment in UTC."""
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


def code_of(read: Callable[[], Any]) -> str | None:
    """The code with which a cell is refused; None when it is not."""
    try:
        read()
    except CellInvalid as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a", "a"),
        (" a\t", "a"),
        ('="1234567890123456789"', "1234567890123456789"),
        ("\t1234567890123456789", "1234567890123456789"),
        ("'13800138000", "13800138000"),
        ("'+8613800138000", "+8613800138000"),
        ("'quoted'", "'quoted'"),
        ('=""', None),
        ("", None),
        ("   ", None),
        (0, 0),
        (False, False),
        (None, None),
    ],
)
def test_spreadsheet_habits_are_undone(raw: Any, clean: Any) -> None:
    assert cleaned(raw) == clean


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("buyer.phone", "138"),
        ("buyer.name.first", None),
        ("a.b", "dotted"),
        ("buyer", {"phone": "138"}),
        ("nobody", None),
        ("list.0", None),
    ],
)
def test_a_column_may_be_a_path_into_a_document(column: str, found: Any) -> None:
    assert cell({"buyer": {"phone": "138"}, "a.b": "dotted", "list": ["x"]}, column) == found


@pytest.mark.parametrize(
    ("value", "found"), [("a", "a"), (7, "7"), (13800138000.0, "13800138000"), (1.5, "1.5"), (True, "true"), (["订"], '["订"]')]
)
def test_every_cell_has_a_text(value: Any, found: str) -> None:
    assert text(value) == found


@pytest.mark.parametrize("value", ["1.23457E+17", "1E+10", "1.38001E+10"])
def test_digits_that_a_spreadsheet_cut_off_identify_nobody(value: str) -> None:
    with pytest.raises(CellInvalid) as refused:
        key_text(value, "订单编号")
    assert refused.value.code == "value_shortened"


@pytest.mark.parametrize(
    ("raw", "kind", "found"),
    [
        ("99", "number", 99),
        ("99.0", "number", 99.0),
        ("99.10", "number", 99.1),
        ("-1,299.50", "number", -1299.5),
        ("1,234,567", "number", 1234567),
        ("¥99", "number", 99),
        ("￥ 99.5", "number", 99.5),
        ("1e3", "number", 1000.0),
        (99.5, "number", 99.5),
        (7, "integer", 7),
        ("7.0", "integer", 7),
        ("12345678901234567890", "integer", 12345678901234567890),
        ("true", "boolean", True),
        ("是", "boolean", True),
        ("NO", "boolean", False),
        (0, "boolean", False),
        (True, "boolean", True),
        (138, "text", "138"),
        ({"a": 1}, "raw", {"a": 1}),
        ("2026-11-21 10:23:00", "time", "2026-11-21T02:23:00.000Z"),
    ],
)
def test_a_cell_becomes_the_wanted_type(raw: Any, kind: str, found: Any) -> None:
    value = value_of({"c": raw}, Value.model_validate({"column": "c", "type": kind}))
    assert value == found
    assert type(value) is type(found)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("abc", "number"),
        ("NaN", "number"),
        ("Infinity", "number"),
        ("1_000", "number"),
        ("1,29", "number"),
        ("1e999", "number"),
        ("٣", "number"),
        ("9" * 39, "number"),
        ("", "number"),
        (True, "number"),
        ([1], "number"),
        ("7.5", "integer"),
        ("maybe", "boolean"),
        ("2", "boolean"),
        ("yesterday", "time"),
    ],
)
def test_a_cell_of_another_type_is_refused(raw: Any, kind: str) -> None:
    row = {"c": raw or " ", "d": raw}
    if raw == "":
        assert value_of(row, Value.model_validate({"column": "c", "type": kind})) is None
        return
    with pytest.raises(CellInvalid) as refused:
        value_of(row, Value.model_validate({"column": "c", "type": kind}))
    assert refused.value.code == "value_invalid"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_is_the_number_that_was_given(amount: Decimal) -> None:
    assert value_of({"c": str(amount)}, Value.model_validate({"column": "c", "type": "number"})) == float(amount)


@given(st.integers(-(10**12), 10**12))
def test_scaling_fen_to_yuan_has_no_binary_dust(fen: int) -> None:
    rule = Value.model_validate({"column": "c", "type": "number", "scale": 0.01})
    assert value_of({"c": str(fen)}, rule) == float(Decimal(fen) / 100)


def test_an_empty_cell_gives_the_default_or_nothing() -> None:
    assert value_of({"c": ""}, Value.model_validate({"column": "c", "default": "unknown"})) == "unknown"
    assert value_of({"c": ""}, Value.model_validate({"column": "c"})) is None


def test_a_constant_needs_no_cell() -> None:
    assert value_of({}, Value.model_validate({"value": "tmall"})) == "tmall"


def test_a_separator_makes_a_list() -> None:
    assert value_of({"c": "裙装, 鞋,,"}, Value.model_validate({"column": "c", "separator": ","})) == ["裙装", "鞋"]


@pytest.mark.parametrize(
    ("written", "form", "moment"),
    [
        ("2026-11-21 10:23:05", "auto", ms(2026, 11, 21, 2, 23, 5)),
        ("2026/11/21 10:23", "auto", ms(2026, 11, 21, 2, 23)),
        ("2026.1.2", "auto", ms(2026, 1, 1, 16)),
        ("2026年11月21日 10时23分", "auto", ms(2026, 11, 21, 2, 23)),
        ("2026年11月21日", "auto", ms(2026, 11, 20, 16)),
        ("20261121", "auto", ms(2026, 11, 20, 16)),
        ("20261121102305", "auto", ms(2026, 11, 21, 2, 23, 5)),
        ("2026-11-21T10:23:05.250Z", "auto", ms(2026, 11, 21, 10, 23, 5) + 250),
        ("2026-11-21T10:23:05.123456789+08:00", "auto", ms(2026, 11, 21, 2, 23, 5) + 123),
        ("2026-11-21T10:23:05+0000", "auto", ms(2026, 11, 21, 10, 23, 5)),
        ("1795227785", "auto", 1795227785000),
        ("1795227785123", "auto", 1795227785123),
        ("1795227785123", "ms", 1795227785123),
        ("1795227785.5", "s", 1795227785500),
        ("2026-11-21T10:23", "iso", ms(2026, 11, 21, 2, 23)),
        ("21.11.2026 10:23", "%d.%m.%Y %H:%M", ms(2026, 11, 21, 2, 23)),
        ("21.11.2026 10:23 +0000", "%d.%m.%Y %H:%M %z", ms(2026, 11, 21, 10, 23)),
    ],
)
def test_times_are_read_as_shanghai_unless_they_say_otherwise(written: str, form: str, moment: int) -> None:
    assert parsed_time(written, form, SHANGHAI) == moment


def test_another_time_zone_can_be_named() -> None:
    assert parsed_time("2026-07-01 12:00", "auto", "America/New_York") == ms(2026, 7, 1, 16)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2026-13-01", "auto"),
        ("2026-02-30", "auto"),
        ("26-11-21", "auto"),
        ("45981.43", "auto"),
        ("123", "auto"),
        ("2026-11-21 25:00", "auto"),
        ("2026-11-21T10:23:05+99:99", "auto"),
        ("x", "ms"),
        ("1795227785123000", "ms"),  # microseconds
        ("1969-12-31", "auto"),
        ("nan", "s"),
        ("x", "iso"),
        ("2026-11-21", "%d.%m.%Y"),
    ],
)
def test_what_is_no_time_is_refused(written: str, form: str) -> None:
    with pytest.raises(CellInvalid) as refused:
        time_of({"t": written}, TimeColumn(column="t", format=form))
    assert refused.value.code == "time_invalid"


def test_an_empty_time_is_told_apart_from_a_wrong_one() -> None:
    with pytest.raises(CellInvalid) as refused:
        time_of({"t": " "}, TimeColumn(column="t"))
    assert refused.value.code == "time_missing"


@given(st.text(max_size=30), st.sampled_from(["auto", "iso", "ms", "s", "%Y-%m-%d %z"]))
def test_any_text_is_a_time_or_refused_with_a_code(written: str, form: str) -> None:
    code = code_of(lambda: time_of({"t": written}, TimeColumn(column="t", format=form)))
    assert code in {None, "time_missing", "time_invalid"}


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5),
    st.sampled_from(["raw", "text", "number", "integer", "boolean", "time"]),
)
def test_any_cell_is_a_value_or_refused_with_a_code(raw: Any, kind: str) -> None:
    assert code_of(lambda: value_of({"c": raw}, Value.model_validate({"column": "c", "type": kind}))) in {None, "value_invalid"}
