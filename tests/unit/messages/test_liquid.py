"""Liquid in texts: what it shows, what it never shows, and what is found when a text is written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.liquid import MAX_TEMPLATE, LiquidInvalid, is_template, paths, rendered

MULAN: dict[str, Any] = {
    "attributes": {"name": "木兰", "city": "北京", "points": 120, "address": {"street": "长安街"}, "sizes": ["M", "L"]},
    "tags": {"vip": True, "level": "黄金", "womens-wear": True},
    "scores": {"activity": 402},
    "stage": "成交",
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("你好", "你好"),
        ("{{ person.attributes.name }}，你好", "木兰，你好"),
        ("{{ person.attributes.nickname | default: '朋友' }}，你好", "朋友，你好"),
        ("{{ person.attributes.nickname }}，你好", "，你好"),
        ("{% if person.tags.vip %}尊贵的{% endif %}会员", "尊贵的会员"),
        ("{% if person.tags.womens-wear %}裙装{% else %}全部{% endif %}", "裙装"),
        ("{{ person.tags.level }}会员 {{ person.scores.activity | divided_by: 2 }}", "黄金会员 201"),
        ("{{ person.attributes.sizes | join: '、' }}", "M、L"),
        ("{{ event.text | upcase }}", "DRESS"),
        ("https://shop.example.com/?q={{ person.attributes.city | url_encode }}", "https://shop.example.com/?q=%E5%8C%97%E4%BA%AC"),
    ],
)
def test_variables_of_the_person_and_the_event_are_filled_in(text: str, shown: str) -> None:
    assert rendered(text, {"person": MULAN, "event": {"text": "dress"}}) == shown


@pytest.mark.parametrize(
    "text",
    [
        "{{ person }}",
        "{{ person.attributes }}",
        "{{ person.attributes.address }}",
        "{{ nobody.knows.this }}",
        "{{ person.tags.none.at.all }}",
    ],
)
def test_what_is_missing_or_a_whole_object_shows_nothing_and_no_braces(text: str) -> None:
    assert rendered(text, {"person": MULAN}) == ""


@pytest.mark.parametrize(
    "text",
    [
        "{{ person.scores.activity | divided_by: 0 }} 分",
        "{% for one in (1..100000) %}{{ one }}{% endfor %}",
        "{% for one in (1..400) %}{{ '" + "y" * 60 + "' }}{% endfor %}",
    ],
)
def test_a_text_that_fails_or_grows_beyond_bounds_is_empty_rather_than_half(text: str) -> None:
    assert rendered(text, {"person": MULAN}) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ person.attributes.name", "expected '}}'"),
        ("{% if person.tags.vip %}", "endif"),
        ("{{ person.stage | shout }}", "there is no filter shout"),
        ("{% include 'secrets' %}", "unexpected tag"),
        ("{% render 'secrets' %}", "unexpected tag"),
        ("{{ a }}" + "x" * MAX_TEMPLATE, "characters"),
    ],
)
def test_what_is_no_liquid_is_found_when_it_is_written(text: str, why: str) -> None:
    with pytest.raises(LiquidInvalid, match=why):
        paths(text)


def test_a_text_tells_what_it_asks_for_and_what_has_a_default_wherever_it_is_shown() -> None:
    text = "{{ person.tags.level }}{{ person.attributes.a | default: 'x' }}{{ event.text | default: '' }}{{ event.text }}"
    text += "{% if person.stage %}{% endif %}"
    assert paths(text) == {
        ("person", "tags", "level"): False,
        ("person", "attributes", "a"): True,
        ("event", "text"): False,
        ("person", "stage"): False,
    }
    assert paths("裙装 50% off") == {}


@given(st.text())
def test_a_text_without_liquid_is_what_it_is(text: str) -> None:
    if not is_template(text):
        assert rendered(text, {}) == text


@given(st.dictionaries(st.text(min_size=1), st.recursive(st.none() | st.text() | st.integers() | st.booleans(), st.lists)))
def test_no_value_of_a_person_is_taken_for_liquid(attributes: dict[str, Any]) -> None:
    shown = rendered(
        "{{ person.attributes.a }}", {"person": {"attributes": attributes | {"a": "{{ person.secret }}", "b": attributes}, "secret": "s"}}
    )
    assert shown == "{{ person.secret }}"
