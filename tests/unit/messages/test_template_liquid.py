"""Strict Liquid: what a text shows has a value or a default, or the text is not sent. What only decides may be missing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.liquid import LiquidInvalid, VariableMissing, known, rendered, strict

VALUES: dict[str, Any] = {
    "person": {
        "attributes": {"name": "木兰", "orders": 3, "nothing": None, "motto": ""},
        "tags": {"vip": True},
        "scores": {"activity": 402},
    },
    "event": {"properties": {"items": ["裙", "裤"]}},
    "data": {},
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("你好", "你好"),
        ("{{ person.attributes.name }}", "木兰"),
        ("{{ person.attributes.nickname | default: '朋友' }}", "朋友"),
        ("{{ person.attributes.nothing | default: '朋友' }}", "朋友"),
        ("{{ person.attributes.motto | default: '朋友' }}", "朋友"),
        ("{{ person.attributes.nickname | upcase | strip | default: '朋友' }}", "朋友"),
        ("{{ nobody.knows | default: '朋友' }}", "朋友"),
        ("{% if person.tags.sleeping %}a{% else %}b{% endif %}", "b"),
        ("{% unless person.scores.none > 3 %}b{% endunless %}", "b"),
        ("{% if person.attributes.level == '黄金' %}a{% elsif person.tags.vip %}v{% endif %}", "v"),
        ("{% case person.stage %}{% when '成交' %}a{% else %}b{% endcase %}", "b"),
        ("{% if person.tags.sleeping %}{{ data.only.then }}{% endif %}好", "好"),
        ("{{ 5 | minus: person.attributes.orders }}", "2"),
        ("{% assign left = data.count | default: 4 %}{{ left }}", "4"),
        ("{% for one in event.properties.items %}{{ one }}、{% endfor %}", "裙、裤、"),
        ("{{ event.properties.items | join: '和' }}", "裙和裤"),
    ],
)
def test_what_has_a_value_or_a_default_is_shown(text: str, shown: str) -> None:
    assert strict(text, known(VALUES)) == shown


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("{{ person.attributes.nickname }}", "person.attributes.nickname"),
        ("{{ person.attributes.nothing }}", "person.attributes.nothing"),
        ("{{ person.attributes.nickname | upcase }}", "person.attributes.nickname"),
        ("{{ person.attributes.orders | plus: data.more }}", "data.more"),
        ("{% assign left = 5 | minus: data.orders %}{{ left }}", "data.orders"),
        ("{{ data.at | date: '%Y' }}", "data.at"),
        ("{{ person.attributes.nickname | default: data.nickname }}", "data.nickname"),
        ("{{ event.properties['order no'] }}", "event.properties['order no']"),
        ("{% for one in data.items %}{{ one }}{% endfor %}", "data.items"),
        ("{{ data.items | join: '、' }}", "data.items"),
    ],
)
def test_what_has_neither_is_named_and_the_text_is_not_sent(text: str, missing: str) -> None:
    with pytest.raises(VariableMissing) as found:
        strict(text, known(VALUES))
    assert str(found.value) == missing


def test_a_text_that_cannot_be_carried_out_says_why() -> None:
    with pytest.raises(LiquidInvalid, match="divide"):
        strict("{{ person.attributes.orders | divided_by: 0 }}", known(VALUES))


STUMBLES = [
    "{{ data.price | modulo: data.none }}",
    "{{ data.price | minus: data.sure }}",
    "{{ data.word | sum }}",
    "{{ data.word | compact: data.five }}",
    "{{ data.far | ceil }}",
    "{{ data.word | split: data.thing }}",
    "{{ data.sure | base64_decode }}",
    "{{ " + "data[" * 600 + "1" + "]" * 600 + " }}",
]
STUMBLED_OVER = {"price": 1.5, "none": 0, "five": 5, "sure": True, "word": "abc", "thing": {"a": 1}, "far": float("inf")}


@pytest.mark.parametrize("text", STUMBLES)
def test_a_value_that_no_filter_expected_is_a_text_that_cannot_be_carried_out(text: str) -> None:
    with pytest.raises(LiquidInvalid) as found:
        strict(text, known({"data": STUMBLED_OVER}))
    assert "abc" not in str(found.value)  # nobody's values stand in what is told of it
    assert rendered(text, {"data": STUMBLED_OVER}) == ""


def test_null_is_missing_in_a_list_too() -> None:
    items = [{"name": "裙", "colour": None}, None, {"name": "裤"}]
    with pytest.raises(VariableMissing):
        strict("{{ data.items[0].colour }}", known({"data": {"items": items}}))
    assert strict("{% for one in data.items %}{{ one.name }}、{% endfor %}", known({"data": {"items": items}})) == "裙、裤、"
    assert strict("{{ data.names | join: '和' }}", known({"data": {"names": ["裙", None, "裤"]}})) == "裙和裤"


@given(st.text(alphabet="{}%| persond.taxy'", max_size=30))
def test_no_text_comes_out_with_braces_of_a_variable(inner: str) -> None:
    try:
        shown = strict("{{ data.x | default: '' }}", known({"data": {"x": inner}}))
    except (VariableMissing, LiquidInvalid):
        return
    assert shown == inner  # a value is never taken for Liquid
