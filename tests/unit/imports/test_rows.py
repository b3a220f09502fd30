"""Rows and the mapping give drafts, or reasons why not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.accept import accept
from chalicelib.events.model import AttributeChange, Draft, Kind, Operation, Refusal, Source
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.imports.cells import CellInvalid
from chalicelib.imports.feed import FileRecord, Format, Layout, RecordFault
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.reader import records
from chalicelib.imports.rows import Content, Translation, raw_of, row_of

AS_OF = 1_795_227_785_000
TMALL = Source("tmall", third_party=True)
SHOP = Source("shop")
ORDER = {"订单编号": "A1", "买家手机": "138 0013 8000", "付款时间": "2026-11-21 10:23:00", "实付金额": "99.00", "状态": "交易成功"}
ORDERS: dict[str, Any] = {
    "time": "付款时间",
    "id": "订单编号",
    "identifiers": {"mobile": "买家手机"},
    "properties": {"order_id": "订单编号", "amount": {"column": "实付金额", "type": "number"}},
    "context": {"channel": "tmall", "campaign": {"source": {"column": "来源"}}},
}


def translation(parts: dict[str, Any], content: Content = Content.ORDERS, source: Source = TMALL) -> Translation:
    return Translation(content, Mapping.model_validate(parts), source, AS_OF)


def draft(row: dict[str, Any], parts: dict[str, Any], content: Content = Content.ORDERS, source: Source = TMALL) -> Draft:
    found = translation(parts, content, source).record(7, row)
    assert isinstance(found, Draft), found
    return found


def code(row: dict[str, Any], parts: dict[str, Any]) -> str:
    found = translation(parts).record(7, row)
    assert isinstance(found, Refusal), found
    assert (found.index, found.raw) == (7, row)
    return found.code


def test_an_order_becomes_an_event() -> None:
    found = draft(ORDER, ORDERS)
    assert (found.kind, found.name, found.id) == (Kind.TRACK, "OrderPaid", "OrderPaid:A1")
    assert found.time == 1_795_227_780_000
    assert found.identifiers == (("mobile", "138 0013 8000"),)
    assert found.properties == {"order_id": "A1", "amount": 99.0}
    assert found.context == {"channel": "tmall"}
    assert found.raw == ORDER


def test_an_order_with_only_a_phone_lands_on_the_unverified_phone() -> None:
    accepted = accept([draft(ORDER, ORDERS)], TMALL, DEFAULT_RULES, AS_OF)
    (pending,) = accepted.events
    assert pending.event.primary.key == "mobile#13800138000"
    assert pending.event.verified == frozenset()


def test_one_file_can_be_imported_as_two_events_without_one_hiding_the_other() -> None:
    assert draft(ORDER, ORDERS).id != draft(ORDER, {**ORDERS, "event": "OrderSubmitted"}).id


@given(st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=2), st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=2))
def test_ids_of_several_columns_are_never_confused(one: list[str], other: list[str]) -> None:
    parts = {"identifiers": {"user_id": "u"}, "time": "t", "id": ["a", "b"]}
    found = [translation(parts).record(1, {"u": "1", "t": "20261121", "a": a, "b": b}) for a, b in (one, other)]
    if all(isinstance(record, Draft) for record in found) and [part.strip() for part in one] != [part.strip() for part in other]:
        first, second = (record.id for record in found if isinstance(record, Draft))
        surrogates = any("\ud800" <= character <= "\udfff" for part in (*one, *other) for character in part)
        assert first != second or surrogates


def test_without_id_columns_the_content_of_the_row_is_the_id() -> None:
    parts = {key: value for key, value in ORDERS.items() if key != "id"}
    reordered = dict(reversed(ORDER.items()))
    assert draft(ORDER, parts).id == draft(reordered, parts).id
    assert draft(ORDER, parts).id != draft({**ORDER, "状态": "交易关闭"}, parts).id
    assert draft(ORDER, parts).id != draft(ORDER, parts, source=SHOP).id
    assert "138" not in draft(ORDER, parts).id or len(draft(ORDER, parts).id) == 32


@pytest.mark.parametrize(
    ("content", "parts", "kind", "name"),
    [
        (Content.ORDERS, {}, Kind.TRACK, "OrderPaid"),
        (Content.FORMS, {}, Kind.TRACK, "FormSubmitted"),
        (Content.MEMBERS, {}, Kind.PROFILE, "MemberProfile"),
        (Content.MEMBERS, {"event": "MemberJoined"}, Kind.TRACK, "MemberJoined"),
        (Content.ORDERS, {"event": "OrderRefunded"}, Kind.TRACK, "OrderRefunded"),
    ],
)
def test_each_content_has_its_kind_and_name(content: Content, parts: dict[str, Any], kind: Kind, name: str) -> None:
    found = draft({"u": "1"}, {"identifiers": {"user_id": "u"}, **parts}, content)
    assert (found.kind, found.name) == (kind, name)


def test_members_without_a_time_count_as_of_the_upload_and_forms_as_of_their_receipt() -> None:
    parts = {"identifiers": {"user_id": "u"}}
    assert draft({"u": "1"}, parts, Content.MEMBERS).time == AS_OF
    assert draft({"u": "1"}, parts, Content.FORMS).time is None


def test_members_change_attributes() -> None:
    parts = {
        "time": "更新",
        "identifiers": {"member:jd": "会员号"},
        "attributes": {
            "set": {"jd_level": "等级", "source": {"value": "jd"}},
            "set_once": {"joined": {"column": "入会", "type": "time"}},
            "increment": {"points": {"column": "积分", "type": "integer"}},
            "append": {"tags": {"column": "标签", "separator": "/"}, "shops": "店铺"},
            "unset": ["trial"],
        },
    }
    row = {"会员号": "m1", "更新": "2026-11-21", "等级": "金", "入会": "", "积分": "5", "标签": "裙/鞋", "店铺": "一店"}
    assert draft(row, parts, Content.MEMBERS).attributes == (
        AttributeChange(Operation.SET, "jd_level", "金"),
        AttributeChange(Operation.SET, "source", "jd"),
        AttributeChange(Operation.INCREMENT, "points", 5),
        AttributeChange(Operation.APPEND, "tags", ["裙", "鞋"]),
        AttributeChange(Operation.APPEND, "shops", ["一店"]),
        AttributeChange(Operation.UNSET, "trial"),
    )


@pytest.mark.parametrize(
    ("verified", "source", "vouched"),
    [
        ({"mobile": None, "email": None}, TMALL, None),
        ({"mobile": True, "email": None}, TMALL, {"mobile"}),
        ({"mobile": True, "email": None}, SHOP, {"mobile", "email"}),
        ({"mobile": False, "email": None}, SHOP, {"email"}),
        ({"mobile": False, "email": None}, TMALL, set()),
    ],
)
def test_the_mapping_may_vouch_for_a_phone_where_the_source_does_not(
    verified: dict[str, bool | None], source: Source, vouched: set[str] | None
) -> None:
    parts = {"identifiers": {name: {"column": name, "verified": told} for name, told in verified.items()}}
    found = draft({"mobile": "13800138001", "email": "a@b.cn"}, parts, source=source)
    assert found.verified == vouched


@pytest.mark.parametrize(
    ("change", "parts", "expected"),
    [
        ({"买家手机": ""}, {}, "identifier_missing"),
        ({"买家手机": "138****8000"}, {}, "identifier_masked"),
        ({"买家手机": "1.38001E+10"}, {}, "value_shortened"),
        ({"订单编号": ""}, {}, "id_missing"),
        ({"订单编号": "1.23457E+17"}, {}, "value_shortened"),
        ({"付款时间": ""}, {}, "time_missing"),
        ({"付款时间": "soon"}, {}, "time_invalid"),
        ({"实付金额": "a lot"}, {}, "value_invalid"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_a_code(change: dict[str, str], parts: dict[str, Any], expected: str) -> None:
    assert code({**ORDER, **change}, {**ORDERS, **parts}) == expected


def test_a_masked_phone_is_left_out_where_another_identifier_remains() -> None:
    parts = {"identifiers": {"mobile": "买家手机", "member:tmall": "会员"}}
    assert draft({"买家手机": "138****8000", "会员": "甜**7"}, parts).identifiers == (("member:tmall", "甜**7"),)


@pytest.mark.parametrize(
    ("rule", "skipped"),
    [
        ({"column": "状态", "equals": "交易成功"}, True),
        ({"column": "状态", "equals": ["交易关闭", "交易成功"]}, True),
        ({"column": "状态", "equals": "交易关闭"}, False),
        ({"column": "状态", "not_equals": ["交易成功"]}, False),
        ({"column": "状态", "not_equals": "交易关闭"}, True),
        ({"column": "备注", "equals": ""}, True),
        ({"column": "件数", "equals": "2"}, True),
    ],
)
def test_rows_can_be_left_out_by_a_cell(rule: dict[str, Any], skipped: bool) -> None:
    found = translation({**ORDERS, "skip": [rule]}).record(1, {**ORDER, "备注": " ", "件数": 2})
    assert (found is None) is skipped


def test_a_skipped_row_need_not_be_usable() -> None:
    assert (
        translation({**ORDERS, "skip": [{"column": "付款时间", "equals": ""}]}).record(1, {**ORDER, "付款时间": "", "买家手机": ""}) is None
    )


def test_a_row_of_empty_cells_is_left_out() -> None:
    assert translation(ORDERS).record(1, dict.fromkeys(ORDER, " ")) is None


def test_context_comes_from_constants_and_columns() -> None:
    assert draft({**ORDER, "来源": "双11"}, ORDERS).context == {"channel": "tmall", "campaign": {"source": "双11"}}


def record_of(line: str) -> FileRecord:
    return next(records([line.encode()], 0, Layout(Format.CSV)))


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("1,2,3", {"a": "1", "b": "2", "c": "3"}),
        ("1", {"a": "1", "b": "", "c": ""}),
        ("1,2,3,,", {"a": "1", "b": "2", "c": "3"}),
    ],
)
def test_a_csv_row_has_a_cell_for_every_column(line: str, row: dict[str, str]) -> None:
    assert row_of(record_of(line), ("a", "b", "c")) == row


def test_a_csv_row_with_more_cells_than_columns_is_refused() -> None:
    found = row_of(record_of("1,2,3,4"), ("a", "b", "c"))
    assert isinstance(found, CellInvalid)
    assert found.code == "columns_mismatch"
    assert raw_of(record_of("1,2,3,4")) == ["1", "2", "3", "4"]


def test_a_record_that_could_not_be_read_keeps_its_reason_and_text() -> None:
    record = FileRecord(9, fault=RecordFault("json_invalid", "not a JSON document", "{"))
    found = row_of(record, ())
    assert isinstance(found, CellInvalid)
    assert (found.code, raw_of(record)) == ("json_invalid", "{")


def test_a_json_document_is_a_row() -> None:
    record = FileRecord(9, document={"buyer": {"phone": "13800138001"}, "amount": 9.5, "n": 3})
    row = row_of(record, ())
    assert not isinstance(row, CellInvalid)
    found = draft(dict(row), {"identifiers": {"mobile": "buyer.phone"}, "properties": {"amount": "amount", "n": "n"}})
    assert (found.identifiers, found.properties) == ((("mobile", "13800138001"),), {"amount": 9.5, "n": 3})
    assert raw_of(record) == record.document


@given(st.dictionaries(st.sampled_from(["订单编号", "买家手机", "付款时间", "实付金额", "状态"]), st.text(max_size=12)))
def test_any_row_is_kept_refused_or_skipped_and_accept_takes_what_is_drafted(row: dict[str, str]) -> None:
    found = translation(ORDERS).record(3, row)
    if found is not None:
        accepted = accept([found], TMALL, DEFAULT_RULES, AS_OF)
        assert len(accepted.events) + len(accepted.refusals) == 1
