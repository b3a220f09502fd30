"""The document of a template: what each channel takes, and what it refuses and where."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.definitions.kinds import kind_of
from chalicelib.messages.templates.documents import KIND, NOT_FOR_MARKETING, TemplateDocument
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.publishing import faults_of_account
from chalicelib.problems import faults_of
from chalicelib.wechat.accounts import AccountType

WX = {"account": "wx1"}
CHANNELS: dict[str, dict[str, Any]] = {
    "template": WX | {"template_id": "T-1", "data": {"thing1": "订单", "phrase2": {"value": "待付款", "color": "#FF0000"}}},
    "subscribe": WX | {"template_id": "S-1", "data": {"time1": "{{ entry.begins }}"}, "page": "pages/a?id=1", "lang": "zh_CN"},
    "customer_service": WX | {"content": {"text": "{{ person.attributes.name | default: '您好' }}"}},
    "mass": WX | {"content": {"text": "618会场 {{ data.link }}"}},
    "sms": {
        "account": "aliyun", "provider": "aliyun", "signature": "旗舰店", "template": "SMS_1", "text": "${name}您好，退订回T",
        "variables": {"name": "{{ person.attributes.name | default: '会员' }}"},
    },
    "push": {"account": "app", "provider": "jpush", "title": "订单", "body": "{{ data.text }}", "extras": {"order": "{{ data.order }}"}},
    "webhook": {"account": "sales", "type": "lead.new", "data": {"person": {"name": "{{ person.attributes.name }}"}, "n": [1, True, None]}},
    "popup": {"account": "shop", "title": "618", "text": "裙装八折", "button": {"text": "去看看", "url": "https://shop.example.com"}},
}  # fmt: skip


def document(channels: Mapping[str, dict[str, Any]], category: str = "service") -> dict[str, Any]:
    return {"category": category, "channels": {str(name): one for name, one in channels.items()}}


def changed(channel: str, **parts: Any) -> dict[str, Any]:
    return document({channel: CHANNELS[channel] | parts})


def refused(wrong: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        TemplateDocument.model_validate(wrong)
    return [(fault.path.removeprefix("channels/"), fault.code) for fault in faults_of(error.value)]


@pytest.mark.parametrize("channel", ChannelName)
def test_each_channel_comes_out_as_it_was_written(channel: ChannelName) -> None:
    written = document({channel: CHANNELS[channel]})
    assert kind_of(KIND).written(written) == written


def test_the_example_of_the_contract_is_a_template() -> None:
    examples = TemplateDocument.model_json_schema()["examples"]
    assert [kind_of(KIND).written(one) for one in examples] == examples


@pytest.mark.parametrize(
    ("channel", "parts", "path", "code"),
    [
        ("template", {"data": {}}, "data", "too_short"),
        ("template", {"data": {"thing1": ""}}, "data/thing1", "string_too_short"),
        ("template", {"data": {"thing1.DATA": "x"}}, "data/thing1.DATA/[key]", "string_pattern_mismatch"),
        ("template", {"data": {"things1": "x"}}, "data/things1", "field_unknown"),
        ("template", {"data": {"amount1": "a lot"}}, "data/amount1", "value_invalid"),
        ("template", {"data": {"amount1": {"value": "a lot"}}}, "data/amount1/value", "value_invalid"),
        ("template", {"data": {"time1": "{{ data.at | default: 'soon' }}"}}, "data/time1", "value_invalid"),
        ("template", {"data": {"phrase1": {"value": "待付款", "color": "red"}}}, "data/phrase1/color", "string_pattern_mismatch"),
        ("template", {"data": {"enum1": {"value": "待定", "choices": ["已支付", "未支付"]}}}, "data/enum1/value", "value_invalid"),
        ("template", {"data": {"thing1": "x" * 21}, "overflow": "refuse"}, "data/thing1", "value_too_long"),
        ("template", {"data": {"number1": "9" * 33}}, "data/number1", "value_too_long"),
        ("template", {"template_id": "{{ data.id }}"}, "template_id", "string_pattern_mismatch"),
        ("template", {"url": "shop.example.com"}, "url", "url_invalid"),
        ("template", {"miniprogram": {"appid": "wx2", "pagepath": "/pages/a"}}, "miniprogram/pagepath", "page_invalid"),
        ("template", {"miniprogram": {"pagepath": "pages/a"}}, "miniprogram/appid", "missing"),
        ("template", {"account": "我的"}, "account", "string_pattern_mismatch"),
        ("template", {"touser": "oABC"}, "touser", "extra_forbidden"),
        ("subscribe", {"data": {"thing1": "x" * 21}}, "data/thing1", "value_too_long"),
        ("subscribe", {"data": {"keyword1": "x"}}, "data/keyword1", "field_unknown"),
        ("subscribe", {"lang": "de_DE"}, "lang", "enum"),
        ("subscribe", {"miniprogram_state": "beta"}, "miniprogram_state", "enum"),
        ("customer_service", {"content": {"text": ""}}, "content/text", "string_too_short"),
        ("customer_service", {"content": {"text": "x", "image": "M"}}, "content", "content_unknown"),
        (
            "customer_service",
            {"content": {"template": {"template_id": "T", "data": {"a": "b"}}}},
            "content/template",
            "content_out_of_place",
        ),
        ("customer_service", {"content": {"news": [{"title": "a", "url": "https://a.cn"}] * 2}}, "content/news", "articles_too_many"),
        ("mass", {"content": {}}, "content", "content_unknown"),
        ("mass", {"content": {"text": "x", "voice": "M"}}, "content", "content_unknown"),
        ("mass", {"content": {"images": []}}, "content/images", "too_short"),
        ("mass", {"content": {"text": "{{ person.attributes.name | default: 'x' }}"}}, "content/text", "variable_unknown"),
        ("push", {"body": "{{ nickname }}"}, "body", "variable_unknown"),
        ("push", {"extras": {"aps": "x"}}, "extras/aps", "name_reserved"),
        ("push", {"extras": {"google.x": "x"}}, "extras/google.x/[key]", "string_pattern_mismatch"),
        ("push", {"keep_for": "long"}, "keep_for", "duration_invalid"),
        ("webhook", {"data": []}, "data", "object_expected"),
        ("webhook", {"data": {}}, "data", "object_expected"),
        ("webhook", {"data": {"a": [{"b": "{{ x"}]}}, "data/a/0/b", "liquid_invalid"),
        ("webhook", {"data": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}}, "data/a/b/c/d/e/f/g", "too_deep"),
        ("webhook", {"data": {"a": [1] * 200}}, "data", "values_too_many"),
        ("webhook", {"data": {"a": "{{ person.attributes }}"}}, "data/a", "variable_unknown"),
        ("popup", {"title": "x" * 31}, "title", "value_too_long"),
        ("popup", {"text": "{{ data.x | default: '" + "x" * 201 + "' }}"}, "text", "value_too_long"),
        ("popup", {"button": {"text": "十一个字放不进按钮里面", "page": "pages/a"}}, "button/text", "value_too_long"),
        ("popup", {"button": {"text": "a", "page": "pages/a", "url": "https://a.cn"}}, "button/page", "target_double"),
        ("popup", {"picture": "logo.png"}, "picture", "url_invalid"),
    ],
)
def test_a_wrong_channel_is_refused_with_the_place(channel: str, parts: dict[str, Any], path: str, code: str) -> None:
    assert refused(changed(channel, **parts)) == [(f"{channel}/{path}", code)]


@pytest.mark.parametrize(
    ("wrong", "faults"),
    [
        ({"category": "service", "channels": {}}, [("channels", "channel_missing")]),
        ({"channels": {"popup": CHANNELS["popup"]}}, [("category", "missing")]),
        (document({"popup": CHANNELS["popup"]}, "spam"), [("category", "enum")]),
        (document({"pigeon": {"account": "a"}}), [("pigeon", "extra_forbidden")]),
        (document({"popup": CHANNELS["popup"]}) | {"receipt_within": "soon"}, [("receipt_within", "duration_invalid")]),
    ],
)
def test_a_template_has_a_category_and_words_for_a_channel(wrong: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert refused(wrong) == faults


def test_all_that_is_wrong_is_told_at_once() -> None:
    data = {"thing1": "{{ person.age }}", "phrase2": {"value": "ok"}, "foo1": "x"}
    assert refused(changed("template", data=data)) == [
        ("template/data/phrase2/value", "value_invalid"),
        ("template/data/foo1", "field_unknown"),
    ]
    assert refused(changed("template", data={"thing1": "{{ person.age }}", "thing2": "{{ event.item }}"})) == [
        ("template/data/thing1", "variable_unknown"),
        ("template/data/thing2", "variable_unknown"),
    ]


@pytest.mark.parametrize("channel", sorted(NOT_FOR_MARKETING))
def test_notices_are_not_for_marketing(channel: ChannelName) -> None:
    assert refused(document({channel: CHANNELS[channel]}, "marketing")) == [(channel.value, "category_forbidden")]


def test_marketing_by_text_message_says_how_to_refuse_more() -> None:
    TemplateDocument.model_validate(document({"sms": CHANNELS["sms"]}, "marketing"))
    silent = CHANNELS["sms"] | {"text": "${name}您好"}
    TemplateDocument.model_validate(document({"sms": silent}))
    assert refused(document({"sms": silent}, "marketing")) == [("sms/text", "opt_out_missing")]


@pytest.mark.parametrize(
    ("variable", "known"),
    [
        *[(f"person.{field}.x", True) for field in ("attributes", "tags", "scores", "bands", "segments")],
        *[(name, True) for name in ("person.stage", "event.name", "event.time", "event.properties.order_id", "entry.course", "data.x.y")],
        *[(name, False) for name in ("person", "person.name", "person.attributes", "person.stage.x", "event", "event.order_id")],
        *[(name, False) for name in ("event.properties", "event.name.x", "entry", "data", "journey.x", "thing1.DATA")],
    ],
)
def test_variables_are_of_the_person_the_event_the_journey_or_the_message(variable: str, known: bool) -> None:
    text = "{{ " + variable + " }}"
    wrong = changed("popup", text=text)
    if known:
        TemplateDocument.model_validate(wrong)
    else:
        assert refused(wrong) == [("popup/text", "variable_unknown")]


def test_a_default_excuses_a_variable_that_nobody_knows() -> None:
    TemplateDocument.model_validate(changed("popup", text="{{ nickname | default: '朋友' }}"))


@pytest.mark.parametrize(
    ("channel", "parts", "account", "faults"),
    [
        ("template", {}, "service", []),
        ("template", {}, "subscription", ["account"]),
        ("template", {}, "mini_program", ["account"]),
        ("subscribe", {}, "mini_program", []),
        ("subscribe", {}, "subscription", ["account"]),
        ("subscribe", {"page": "https://shop.example.com", "lang": "zh_CN"}, "mini_program", ["page"]),
        ("subscribe", {"miniprogram": {"appid": "wx2"}}, "mini_program", ["miniprogram"]),
        ("subscribe", {"miniprogram": {"appid": "wx2"}}, "service", ["page", "lang"]),
        ("customer_service", {}, "subscription", []),
        ("customer_service", {"content": {"voice": "M"}}, "mini_program", ["content"]),
        ("customer_service", {"content": {"mini_program": {"title": "a", "path": "p", "thumb_media_id": "M"}}}, "mini_program", []),
        (
            "customer_service", {"content": {"mini_program": {"title": "a", "path": "p", "thumb_media_id": "M"}}}, "service",
            ["content/mini_program"],
        ),
        ("mass", {}, "subscription", []),
        ("mass", {}, "mini_program", ["account"]),
    ],
)  # fmt: skip
def test_an_account_sends_what_its_type_can(channel: str, parts: dict[str, Any], account: str, faults: list[str]) -> None:
    made = TemplateDocument.model_validate(changed(channel, **parts))
    name = ChannelName(channel)
    found = list(faults_of_account(name, made.bodies()[name], AccountType(account)))
    assert [one.path for one in found] == [f"channels/{channel}/{path}" for path in faults]
    assert {one.code for one in found} <= {"account_cannot"}
