"""The mapping of a file that came without one."""

from typing import Any

import pytest

from chalicelib.events.accept import accept
from chalicelib.events.model import Draft, Source
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.imports.defaults import default_mapping, property_name
from chalicelib.imports.lines import Unreadable
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.rows import Content, Translation

AS_OF = 1_795_227_785_000
TMALL = Source("tmall", third_party=True)


def derived(content: Content, *columns: str) -> dict[str, Any]:
    """The derived mapping, without what is default."""
    return default_mapping(content, columns, TMALL).model_dump(mode="json", exclude_defaults=True)


def columns_of(rules: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: rule["column"] for name, rule in rules.items()}


def test_a_tmall_order_export_is_understood() -> None:
    found = derived(
        Content.ORDERS, "订单编号", "买家会员名", "买家实际支付金额", "订单状态", "收货人手机", "联系手机", "订单付款时间", "宝贝标题"
    )
    assert columns_of(found["identifiers"]) == {"member:tmall": "买家会员名", "mobile": "联系手机"}
    assert (found["event"], found["time"], found["id"]) == ("OrderPaid", {"column": "订单付款时间"}, ["订单编号"])
    assert columns_of(found["properties"]) == {
        "amount": "买家实际支付金额",
        "product": "宝贝标题",
        "status": "订单状态",
        "order_id": "订单编号",
    }
    assert found["properties"]["amount"]["type"] == "number"
    assert found["context"] == {"channel": {"value": "tmall"}}
    assert found["skip"] == [{"column": "订单付款时间", "equals": [""]}]


def test_orders_without_a_time_of_payment_were_only_submitted() -> None:
    found = derived(Content.ORDERS, "order_id", "phone", "created_at")
    assert (found["event"], found["time"]) == ("OrderSubmitted", {"column": "created_at"})
    assert "skip" not in found


def test_a_file_with_a_line_per_article_has_the_line_as_id() -> None:
    assert derived(Content.ORDERS, "子订单编号", "主订单编号", "手机")["id"] == ["子订单编号"]


def test_members_keep_facts_of_the_person_apart_from_those_of_the_membership() -> None:
    found = derived(Content.MEMBERS, "会员号", "手机号", "姓名", "性别", "会员等级", "积分", "更新时间")
    assert columns_of(found["attributes"]["set"]) == {"name": "姓名", "gender": "性别", "tmall_level": "会员等级", "tmall_points": "积分"}
    assert found["time"] == {"column": "更新时间"}
    assert "event" not in found


def test_every_question_of_a_form_becomes_a_property() -> None:
    found = derived(Content.FORMS, "提交时间", "手机", "姓名", "想要什么?", "预算(元)")
    assert columns_of(found["properties"]) == {"姓名": "姓名", "想要什么_": "想要什么?", "预算_元_": "预算(元)"}
    assert columns_of(found["attributes"]["set"]) == {"name": "姓名"}
    assert found["time"] == {"column": "提交时间"}


@pytest.mark.parametrize("column", ["Order ID", "order-id", "ORDER_ID", "orderid"])
def test_names_are_known_in_any_spelling(column: str) -> None:
    assert derived(Content.ORDERS, column, "Phone")["id"] == [column]


@pytest.mark.parametrize("content", list(Content))
def test_a_file_that_names_nobody_needs_a_mapping(content: Content) -> None:
    with pytest.raises(Unreadable) as refused:
        default_mapping(content, ("订单编号", "收货人手机"), TMALL)
    assert refused.value.code == "mapping_needed"
    assert "收货人手机" in refused.value.detail


@pytest.mark.parametrize(
    ("column", "name"),
    [("金额(元)", "金额_元_"), ("?", "_"), ("#3", "_3"), ("(a)", "_a_"), (" .a", "a"), ("x" * 200, "x" * 100), ("a/b", "a_b")],
)
def test_any_column_name_becomes_a_property_name(column: str, name: str) -> None:
    assert property_name(column) == name
    mapping = Mapping.model_validate({"identifiers": {"user_id": "u"}, "properties": {name: "c"}})
    found = Translation(Content.FORMS, mapping, TMALL, 0).record(1, {"u": "1", "c": "x"})
    assert isinstance(found, Draft)
    assert accept([found], TMALL, DEFAULT_RULES, AS_OF).refusals == ()
