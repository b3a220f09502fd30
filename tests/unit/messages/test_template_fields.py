"""What each type of field takes, by the platform's table; and that a value which was cut fits and says nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.templates.fields import RULES, cut, fault_of, rule_of

TAKEN = [
    *[("thing1", value) for value in ("裙", "618 会场：裙装 8 折!", "x" * 20, "汉" * 20, "☕")],
    *[("number2", value) for value in ("0", "120", "12.5", "9" * 32)],
    *[("letter3", value) for value in ("a", "Vip", "Z" * 32)],
    *[("symbol4", value) for value in ("★", "★★★★★", "!?", "￥")],
    *[("character_string5", value) for value in ("SO-2026/06#1", "a b", "x" * 32, "+120")],
    *[
        ("time6", value)
        for value in ("15:01", "9:05", "15:01:30", "2019年10月1日 15:01", "2019-10-01 15:01", "15:01~16:00", "15:01 ~ 16:00")
    ],
    *[
        ("date7", value)
        for value in ("2019年10月1日", "2019年10月", "10月1日", "2018-01-01", "2018/01/01", "2018.01.01", "2018-01", "01-01")
    ],
    *[("date7", value) for value in ("2019年10月1日 15:01", "2019年10月1日~2019年10月7日")],
    *[("amount8", value) for value in ("100", "¥299.00", "￥299元", "$1.5", "9" * 10)],
    *[("phone_number9", value) for value in ("13800138000", "+86-0766-66888866", "138****8000")],
    *[("car_number10", value) for value in ("粤A8Z888挂", "粤A8Z888", "AB1234")],
    *[("name11", value) for value in ("木兰", "汉" * 10, "Mulan Hua", "x" * 20, "J. R.")],
    *[("phrase12", value) for value in ("配送中", "已完成啦")],
    *[("enum13", "已支付"), ("const14", "VIP 会员")],
    *[("thing", "没有数字的键"), ("thing01", "两位数字的键"), ("keyword1", "x" * 100), ("first", "")],
]
REFUSED = [
    *[(key, "", "value_empty") for key in ("thing1", "number1", "amount1", "date1", "phrase1", "enum1")],
    *[("thing1", value, "value_too_long") for value in ("x" * 21, "汉" * 21)],
    ("thing1", "a\nb", "value_invalid"),
    *[("number2", value, "value_invalid") for value in ("12个", "-5", "1,200", "1.", "一")],
    ("number2", "9" * 33, "value_too_long"),
    *[("letter3", value, "value_invalid") for value in ("a1", "裙", "a b")],
    ("letter3", "a" * 33, "value_too_long"),
    *[("symbol4", value, "value_invalid") for value in ("a", "1", "汉", "★ ★")],
    ("symbol4", "★" * 6, "value_too_long"),
    ("character_string5", "订单1", "value_invalid"),
    ("character_string5", "x" * 33, "value_too_long"),
    *[
        ("time6", value, "value_invalid")
        for value in ("now", "25:00", "15:61", "2019年10月1日", "15:01~16:00~17:00", "2026-06-18T15:01:00Z")
    ],
    *[("date7", value, "value_invalid") for value in ("tomorrow", "15:01", "2018-01/01", "18年", "2018-01-01~")],
    *[("amount8", value, "value_invalid") for value in ("9" * 11, "¥¥1", "1元整", "RMB1", "-1", "1,200元")],
    *[("phone_number9", value, "value_invalid") for value in ("一三八", "abc", "--")],
    ("phone_number9", "1" * 18, "value_too_long"),
    *[("car_number10", value, "value_invalid") for value in ("粤粤A8Z888", "A")],
    ("car_number10", "粤A8Z88888", "value_too_long"),
    *[("name11", "汉" * 11, "value_too_long"), ("name11", "x" * 21, "value_too_long"), ("name11", "木兰88", "value_invalid")],
    *[("phrase12", value, "value_invalid") for value in ("配送中!", "ok", "第1单")],
    ("phrase12", "正在配送途中", "value_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), TAKEN)
def test_a_value_of_the_right_form_is_taken(key: str, value: str) -> None:
    assert fault_of(key, value) is None
    assert cut(key, value) == value


@pytest.mark.parametrize(("key", "value", "code"), REFUSED)
def test_a_value_of_another_form_is_refused_with_what_the_field_takes(key: str, value: str, code: str) -> None:
    fault = fault_of(key, value)
    assert fault is not None
    assert fault.code == code
    assert key in fault.detail


@pytest.mark.parametrize("kind", RULES)
def test_the_example_of_each_type_is_one(kind: str) -> None:
    assert fault_of(f"{kind}1", RULES[kind].example) is None


@pytest.mark.parametrize(
    ("key", "value", "fitting"),
    [
        ("thing1", "汉" * 25, "汉" * 19 + "…"),
        ("character_string1", "x" * 40, "x" * 32),
        ("name1", "木兰" * 6, "木兰" * 5),
        ("name1", "Hua Mulan of the North", "Hua Mulan of the Nor"),
        ("phrase1", "正在配送途中", "正在配送途"),
        ("number1", "9" * 40, "9" * 40),
        ("amount1", "12345678901", "12345678901"),
        ("phone_number1", "1" * 18, "1" * 18),
        ("keyword1", "x" * 40, "x" * 40),
    ],
)
def test_only_what_stays_true_is_cut_and_numbers_are_not(key: str, value: str, fitting: str) -> None:
    assert cut(key, value) == fitting


@pytest.mark.parametrize("key", ["Thing1", "thing1.DATA", "thing-1", "thing1a", "things1", "", "keyword1", "remark"])
def test_a_key_without_a_known_type_has_no_rule(key: str) -> None:
    assert rule_of(key) is None


@given(st.sampled_from(sorted(RULES)), st.text(max_size=60))
def test_cutting_never_makes_a_value_worse_and_doing_it_again_changes_nothing(kind: str, value: str) -> None:
    fitting = cut(kind, value)
    assert cut(kind, fitting) == fitting
    assert len(fitting) <= len(value)
    before, after = fault_of(kind, value), fault_of(kind, fitting)
    if before is None:
        assert fitting == value
    if RULES[kind].cut and before is not None and before.code == "value_too_long":
        assert after is None


@given(st.sampled_from(sorted(RULES)), st.text())
def test_no_text_whatever_breaks_the_check(kind: str, value: str) -> None:
    fault = fault_of(kind, value)
    assert fault is None or fault.detail
