"""The mapping document: what it takes, what it refuses and where."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.imports.feed import Format, Layout
from chalicelib.imports.fields import ValueType
from chalicelib.imports.job import layout_of
from chalicelib.imports.lines import Encoding
from chalicelib.imports.mapping import Mapping
from chalicelib.problems import faults_of

MINIMAL: dict[str, Any] = {"identifiers": {"mobile": "手机"}}


def mapping(**parts: Any) -> Mapping:
    return Mapping.model_validate(MINIMAL | parts)


def paths(**parts: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        mapping(**parts)
    return [fault.path for fault in faults_of(refused.value, "mapping")]


def test_a_column_alone_is_short_for_the_object_that_names_it() -> None:
    short = mapping(time="付款时间", id="订单编号", properties={"amount": "金额"}, skip=[{"column": "状态", "equals": "关闭"}])
    long = mapping(
        identifiers={"mobile": {"column": "手机"}},
        time={"column": "付款时间"},
        id=["订单编号"],
        properties={"amount": {"column": "金额"}},
        skip=[{"column": "状态", "equals": ["关闭"]}],
    )
    assert short == long


def test_a_text_in_the_context_is_a_constant() -> None:
    context = mapping(context={"channel": "tmall", "campaign": {"source": {"column": "来源"}}}).context
    assert context is not None
    assert context.channel is not None
    assert (context.channel.value, context.channel.column) == ("tmall", None)
    assert context.campaign is not None
    assert context.campaign.source is not None
    assert context.campaign.source.column == "来源"


def test_what_is_left_out_has_a_default() -> None:
    found = mapping(time="t")
    assert found.time is not None
    assert (found.time.format, found.time.timezone) == ("auto", "Asia/Shanghai")
    assert layout_of(Format.CSV, found) == Layout(Format.CSV, Encoding.UTF8, ",", '"')
    assert mapping(properties={"a": "b"}).properties["a"].type is ValueType.RAW


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"identifiers": {}}, "mapping/identifiers"),
        ({"identifiers": {"Mobile": "a"}}, "mapping/identifiers/Mobile/[key]"),
        ({"identifiers": {"mobile": ""}}, "mapping/identifiers/mobile/column"),
        ({"identifiers": {"mobile": {"column": "a", "sure": True}}}, "mapping/identifiers/mobile/sure"),
        ({"time": {"column": "t", "format": "rfc"}}, "mapping/time/format"),
        ({"time": {"column": "t", "format": "%Q"}}, "mapping/time/format"),
        ({"time": {"column": "t", "timezone": "Asia/Atlantis"}}, "mapping/time/timezone"),
        ({"time": {"column": "t", "timezone": "../etc"}}, "mapping/time/timezone"),
        ({"properties": {"a": {"column": "b", "type": "money"}}}, "mapping/properties/a/type"),
        ({"properties": {"a": {"column": "b", "value": 1}}}, "mapping/properties/a"),
        ({"properties": {"a": {}}}, "mapping/properties/a"),
        ({"properties": {"a": {"column": "b", "scale": 2}}}, "mapping/properties/a"),
        ({"properties": {"a": {"column": "b", "type": "number", "scale": 0}}}, "mapping/properties/a/scale"),
        ({"properties": {"a": {"column": "b", "type": "number", "separator": ","}}}, "mapping/properties/a"),
        ({"skip": [{"column": "a"}]}, "mapping/skip/0"),
        ({"skip": [{"column": "a", "equals": "", "not_equals": ""}]}, "mapping/skip/0"),
        ({"csv": {"delimiter": "ab"}}, "mapping/csv/delimiter"),
        ({"csv": {"delimiter": "，"}}, "mapping/csv/delimiter"),
        ({"csv": {"delimiter": "a"}}, "mapping/csv/delimiter"),
        ({"csv": {"delimiter": "\n"}}, "mapping/csv/delimiter"),
        ({"csv": {"delimiter": "'", "quote": "'"}}, "mapping/csv"),
        ({"encoding": "latin-1"}, "mapping/encoding"),
        ({"colour": "red"}, "mapping/colour"),
        ({"id": ["a", "b", "c", "d", "e", "f"]}, "mapping/id"),
        ({"attributes": {"increment": {"points": "积分"}}}, "mapping"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_place(parts: dict[str, Any], path: str) -> None:
    assert path in paths(**parts)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^"])
def test_usual_delimiters_are_taken(delimiter: str) -> None:
    assert layout_of(Format.CSV, mapping(csv={"delimiter": delimiter, "quote": None})) == Layout(
        Format.CSV, delimiter=delimiter, quote=None
    )


def test_increments_are_taken_with_a_time() -> None:
    assert mapping(time="t", attributes={"increment": {"points": "积分"}}).attributes is not None


def test_every_column_is_named_with_its_place() -> None:
    found = mapping(
        time="t",
        id=["i"],
        properties={"column": {"column": "p", "type": "number"}, "constant": {"value": "x"}},
        attributes={"set": {"city": "c"}, "unset": ["u"]},
        context={"channel": "not a column", "campaign": {"name": {"column": "k"}}},
        skip=[{"column": "s", "equals": "x"}],
    )
    assert dict(found.columns()) == {
        "id/0": "i",
        "time": "t",
        "identifiers/mobile": "手机",
        "properties/column": "p",
        "attributes/set/city": "c",
        "context/campaign/name": "k",
        "skip/0": "s",
    }


def test_the_stored_text_of_a_mapping_is_the_same_mapping() -> None:
    found = mapping(
        time="t", context={"channel": "tmall"}, properties={"a": {"value": 1}}, skip=[{"column": "s", "not_equals": ["a", "b"]}]
    )
    assert Mapping.model_validate_json(found.model_dump_json(exclude_defaults=True)) == found


def test_the_schema_shows_the_short_forms() -> None:
    schema = Mapping.model_json_schema()
    short, long = schema["$defs"]["IdentifierColumn"]["anyOf"]
    assert short["type"] == "string"
    assert long["required"] == ["column"]
    assert {"type": "string", "minLength": 1}.items() <= schema["properties"]["id"]["anyOf"][0].items()
