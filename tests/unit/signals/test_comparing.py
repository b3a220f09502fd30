"""How values of the same and of different types compare. The table of docs/conditions.md, cell by cell."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.signals.comparing import Operator, compare, microseconds_of, number_of, plain_text
from chalicelib.signals.paths import ABSENT

NOON = "2026-11-21T12:00:00+08:00"
NOON_MS = 1_795_233_600_000
OPERANDS: dict[Operator, Any] = {
    Operator.EQ: "x",
    Operator.NE: "x",
    Operator.GT: 0,
    Operator.GTE: 0,
    Operator.LT: 0,
    Operator.LTE: 0,
    Operator.IN: ["x"],
    Operator.NOT_IN: ["x"],
    Operator.CONTAINS: "x",
    Operator.STARTS_WITH: "x",
    Operator.EXISTS: False,
    Operator.MATCHES: "x",
}
scalars = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.just(NOON), st.just("12.50"))
values = st.one_of(scalars, st.lists(scalars, max_size=4), st.dictionaries(st.text(max_size=3), scalars, max_size=2), st.none())


@pytest.mark.parametrize(
    ("actual", "operand"),
    [
        ("北京", "北京"),
        (5, 5),
        (5, 5.0),
        (True, True),
        ("5", 5),  # a file brings numbers as text
        (5, "5"),
        ("99.00", 99),
        ("-0.5", -0.5),
        ("0.1", 0.1),
        (["a", "b"], ["a", "b"]),
        (["1", True], [1, True]),
        ([], []),
    ],
)
def test_values_that_are_equal(actual: Any, operand: Any) -> None:
    assert compare(Operator.EQ, actual, operand)
    assert not compare(Operator.NE, actual, operand)


@pytest.mark.parametrize(
    ("actual", "operand"),
    [
        ("北京", "北京市"),
        ("a", "A"),
        ("5", "5.0"),  # two texts are texts
        (True, 1),
        (1, True),
        ("true", True),
        (0, False),
        ("", 0),
        (" 5", 5),
        ("1e3", 1000),
        ("1,000", 1000),
        ("٥", 5),
        (["a"], "a"),
        ("a", ["a"]),
        (["a", "b"], ["b", "a"]),
        (["a"], ["a", "a"]),
        ({"a": 1}, "a"),
        (NOON, "2026-11-21T04:00:00Z"),  # the same time in another text is another text
    ],
)
def test_values_that_are_not_equal(actual: Any, operand: Any) -> None:
    assert not compare(Operator.EQ, actual, operand)
    assert compare(Operator.NE, actual, operand)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (1, 2),
        (-1.5, -1),
        (9, "10"),
        ("9", 10),
        ("9.99", 10),
        (2**60, 2**60 + 1),
        ("10", "9"),  # two texts go by code points
        ("A", "a"),
        ("北京", "南京"),  # U+5317, U+5357
        ("2026-11-21", "2026-11-22"),
        ("2026-11-21T12:00:00+08:00", "2026-11-21T05:00:00Z"),  # 04:00 in UTC
        ("2026-11-21T12:00:00.001+08:00", "2026-11-21T12:00:00.0011+08:00"),
        (NOON_MS - 1, NOON),
        (NOON, NOON_MS + 1),
    ],
)
def test_the_order_of_two_values(less: Any, more: Any) -> None:
    outcomes = {one: compare(one, less, more) for one in (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)}
    assert outcomes == {Operator.LT: True, Operator.LTE: True, Operator.GT: False, Operator.GTE: False}
    assert compare(Operator.GT, more, less)


@pytest.mark.parametrize(("one", "other"), [(5, "5.0"), (NOON, "2026-11-21T04:00:00Z"), (NOON, NOON_MS), ("x", "x")])
def test_at_the_boundary_only_the_operators_that_include_it_hold(one: Any, other: Any) -> None:
    assert compare(Operator.GTE, one, other)
    assert compare(Operator.LTE, one, other)
    assert not compare(Operator.GT, one, other)
    assert not compare(Operator.LT, one, other)


@pytest.mark.parametrize(
    ("actual", "operand"),
    [(True, 0), (True, "a"), ("abc", 5), (5, "abc"), ([5], 3), ({"a": 5}, 3), ("2026-11-21", 5), (5, "2026-02-31T00:00:00Z")],
)
def test_what_has_no_order_is_neither_less_nor_greater(actual: Any, operand: Any) -> None:
    assert not any(compare(one, actual, operand) for one in (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE))


@pytest.mark.parametrize(
    ("operator", "actual", "operand", "holds"),
    [
        (Operator.IN, "5", [5, 6], True),
        (Operator.IN, 7, ["5", "6"], False),
        (Operator.IN, ["red", "blue"], ["blue", "green"], True),
        (Operator.IN, ["red"], ["blue"], False),
        (Operator.IN, True, [1], False),
        (Operator.NOT_IN, ["red", "blue"], ["blue"], False),
        (Operator.NOT_IN, "red", ["blue"], True),
        (Operator.CONTAINS, "红色连衣裙", "连衣", True),
        (Operator.CONTAINS, "红色连衣裙", "衣连", False),
        (Operator.CONTAINS, "Dress", "dress", False),
        (Operator.CONTAINS, ["dress", "shoe"], "dress", True),
        (Operator.CONTAINS, ["dresses"], "dress", False),
        (Operator.CONTAINS, ["1", 2], 1, True),
        (Operator.CONTAINS, 13800138000, "0013", True),
        (Operator.CONTAINS, "T-100", 100, True),
        (Operator.CONTAINS, True, "r", False),
        (Operator.CONTAINS, {"dress": 1}, "dress", False),
        (Operator.STARTS_WITH, "北京市", "北京", True),
        (Operator.STARTS_WITH, "市北京", "北京", False),
        (Operator.STARTS_WITH, 138.0, "138", True),
        (Operator.STARTS_WITH, ["北京"], "北京", False),
        (Operator.MATCHES, "订单 A123", r"[A-Z]\d{3}", True),
        (Operator.MATCHES, "订单 a123", r"[A-Z]\d{3}", False),
        (Operator.MATCHES, 13800138000, r"^1[3-9]\d{9}$", True),
        (Operator.MATCHES, ["A123"], r"A", False),
        (Operator.EXISTS, "", True, True),
        (Operator.EXISTS, False, True, True),
        (Operator.EXISTS, [], True, True),
        (Operator.EXISTS, 0, False, False),
    ],
)
def test_lists_and_texts(operator: Operator, actual: Any, operand: Any, holds: bool) -> None:
    assert compare(operator, actual, operand) is holds


@pytest.mark.parametrize("operator", Operator)
def test_of_what_is_absent_only_three_tests_hold(operator: Operator) -> None:
    held = {Operator.NE, Operator.NOT_IN, Operator.EXISTS}
    assert compare(operator, ABSENT, OPERANDS[operator]) is (operator in held)
    assert not compare(Operator.EXISTS, ABSENT, True)


@given(values, st.sampled_from(Operator), scalars)
def test_every_value_compares_with_every_operand(actual: Any, operator: Operator, operand: Any) -> None:
    if operator in {Operator.IN, Operator.NOT_IN}:
        operand = [operand]
    elif operator in {Operator.EXISTS, Operator.MATCHES}:
        operand = OPERANDS[operator]
    assert compare(operator, actual, operand) in {True, False}


@given(values, scalars)
def test_what_is_not_equal_is_always_the_opposite_of_equal(actual: Any, operand: Any) -> None:
    assert compare(Operator.NE, actual, operand) is not compare(Operator.EQ, actual, operand)
    assert compare(Operator.NOT_IN, actual, [operand]) is not compare(Operator.IN, actual, [operand])


@given(scalars, scalars)
def test_of_two_values_at_most_one_is_less(one: Any, other: Any) -> None:
    assert not (compare(Operator.LT, one, other) and compare(Operator.LT, other, one))
    assert compare(Operator.LT, one, other) is compare(Operator.GT, other, one)
    assert compare(Operator.LTE, one, other) is compare(Operator.GTE, other, one)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_a_number_reads_the_same_as_text(number: Any) -> None:
    assert number_of(str(number)) == float(number)
    assert compare(Operator.EQ, str(number), float(number))


@pytest.mark.parametrize(
    ("value", "text"), [(5, "5"), (5.0, "5"), (0.5, "0.5"), (1e-7, "0.0000001"), ("007", "007"), (True, None), ([], None)]
)
def test_a_number_is_shown_in_plain_digits(value: Any, text: str | None) -> None:
    assert plain_text(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21",
        "2026-11-21T12:00:00",
        "2026-11-21 12:00",
        "20261121T120000Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:60Z",
        NOON + "\n",
    ],
)
def test_a_text_without_day_hour_and_offset_is_no_time(text: str) -> None:
    assert microseconds_of(text) is None
