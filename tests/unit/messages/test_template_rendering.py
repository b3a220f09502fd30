"""A template filled in: the body that each provider is given, or the reason why nothing is sent. Never a half text, never braces."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.contents import content_of, custom_payload
from chalicelib.messages.templates import fields
from chalicelib.messages.templates.chats import client_key_fits
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.rendering import render
from chalicelib.providers import push_jpush, push_sns
from chalicelib.providers.model import Account, PushMessage
from tests.unit.messages.test_template_documents import CHANNELS, document

NAME = "{{ person.attributes.name | default: '您' }}"


def said(channel: str, parts: dict[str, Any] | None = None, **variables: Any) -> Rendered:
    made = TemplateDocument.model_validate(document({channel: CHANNELS[channel] | (parts or {})}))
    return render(made, variables)[ChannelName(channel)]


def body(channel: str, parts: dict[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
    found = said(channel, parts, **variables)
    assert found.body is not None, found.problems
    return found.body


def why_not(channel: str, parts: dict[str, Any] | None = None, **variables: Any) -> tuple[str, str]:
    found = said(channel, parts, **variables)
    assert found.body is None
    return found.problems[0].path.removeprefix(f"channels/{channel}/"), found.reason


def notes(found: Rendered) -> list[tuple[str, str]]:
    assert not any(one.fatal for one in found.problems)
    return [(one.path.removeprefix(f"channels/{found.channel}/"), one.code.value) for one in found.problems]


# ---- template messages ----


def test_a_template_message_has_its_fields_with_colours_and_both_targets() -> None:
    parts = {"url": "https://shop.example.com/{{ data.id }}", "miniprogram": {"appid": "wx2", "pagepath": "pages/o?id={{ data.id }}"}}
    assert body("template", parts, data={"id": 7}) == {
        "template_id": "T-1",
        "data": {"thing1": {"value": "订单"}, "phrase2": {"value": "待付款", "color": "#FF0000"}},
        "url": "https://shop.example.com/7",
        "miniprogram": {"appid": "wx2", "pagepath": "pages/o?id=7"},
    }


def test_a_missing_name_has_a_default_and_a_known_one_is_shown() -> None:
    parts = {"data": {"thing1": NAME + "好"}}
    assert body("template", parts)["data"]["thing1"]["value"] == "您好"
    assert body("template", parts, person={"attributes": {"name": "木兰"}})["data"]["thing1"]["value"] == "木兰好"


def test_what_is_too_long_is_cut_in_a_template_message_and_refused_in_a_subscription_message() -> None:
    parts = {"data": {"thing1": "{{ data.item }}"}}
    cut = said("template", parts, data={"item": "连衣裙" * 9})
    assert notes(cut) == [("data/thing1", "value_cut")]
    assert cut.body is not None
    assert cut.body["data"]["thing1"]["value"] == "连衣裙连衣裙连衣裙连衣裙连衣裙连衣裙连…"
    assert why_not("subscribe", parts, data={"item": "连衣裙" * 9}) == ("data/thing1", "value_too_long")


def test_the_template_itself_says_whether_it_would_rather_cut_or_refuse() -> None:
    parts = {"data": {"thing1": "{{ data.item }}"}}
    assert why_not("template", parts | {"overflow": "refuse"}, data={"item": "x" * 21}) == ("data/thing1", "value_too_long")
    assert notes(said("subscribe", parts | {"overflow": "cut"}, data={"item": "x" * 21})) == [("data/thing1", "value_cut")]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("amount1", "12345678901", "value_invalid"),
        ("number1", "9" * 33, "value_too_long"),
        ("time1", "2026-06-18T15:01:00Z", "value_invalid"),
        ("thing1", " ", "value_empty"),
    ],
)
def test_a_number_or_a_time_that_does_not_fit_is_never_cut(key: str, value: str, code: str) -> None:
    assert why_not("template", {"data": {key: "{{ data.value }}"}}, data={"value": value}) == (f"data/{key}", code)


def test_a_long_line_of_an_old_template_goes_out_and_the_author_is_told_what_is_shown() -> None:
    found = said("template", {"data": {"keyword1": "{{ data.item }}"}}, data={"item": "x" * 40})
    assert notes(found) == [("data/keyword1", "shown_cut")]
    assert found.body is not None
    assert found.body["data"]["keyword1"]["value"] == "x" * 40


def test_a_value_outside_of_the_templates_list_refuses_the_message() -> None:
    parts = {"data": {"enum1": {"value": "{{ data.state }}", "choices": ["已支付", "未支付"]}}}
    assert body("template", parts, data={"state": "已支付"})["data"]["enum1"] == {"value": "已支付"}
    assert why_not("template", parts, data={"state": "待定"}) == ("data/enum1/value", "value_invalid")


def test_line_breaks_become_spaces_in_a_field() -> None:
    assert body("template", {"data": {"thing1": "{{ data.x }}"}}, data={"x": "a\n b\tc"})["data"]["thing1"]["value"] == "a b c"


def test_a_link_that_comes_out_as_something_else_is_not_sent() -> None:
    assert why_not("template", {"url": "{{ data.link }}"}, data={"link": "javascript:alert(1)"}) == ("url", "url_invalid")


def test_every_missing_variable_is_named_with_its_place() -> None:
    found = said("template", {"data": {"thing1": "{{ data.a }}", "thing2": "{{ person.attributes.b }}"}})
    assert [(one.path, one.detail.split()[0]) for one in found.problems] == [
        ("channels/template/data/thing1", "data.a"),
        ("channels/template/data/thing2", "person.attributes.b"),
    ]


def test_a_subscription_message_has_page_state_and_language() -> None:
    parts = {"miniprogram_state": "trial", "page": "pages/c?id={{ entry.id }}"}
    assert body("subscribe", parts, entry={"begins": "19:30", "id": "9"}) == {
        "template_id": "S-1", "data": {"time1": {"value": "19:30"}}, "page": "pages/c?id=9", "miniprogram_state": "trial", "lang": "zh_CN",
    }  # fmt: skip


# ---- chats ----


def test_a_customer_service_message_is_a_content_that_can_be_sent() -> None:
    made = body("customer_service", person={"attributes": {"name": "木兰"}})
    payload = custom_payload(content_of(made), "oABC", mini_program=False)
    assert payload == {"touser": "oABC", "msgtype": "text", "text": {"content": "木兰"}}


def test_texts_within_a_content_are_filled_in_and_ids_left_alone() -> None:
    card = {"title": NAME, "path": "p?x={{ data.x }}", "appid": "wx2", "thumb_media_id": "M-{{"}
    assert body("customer_service", {"content": {"mini_program": card}}, data={"x": 1}) == {
        "mini_program": {"title": "您", "path": "p?x=1", "appid": "wx2", "thumb_media_id": "M-{{"},
    }
    link = {"link": {"title": "a", "url": "{{ data.url }}"}}
    assert why_not("customer_service", {"content": link}, data={"url": "ftp://x"}) == ("content/link/url", "url_invalid")


def test_a_text_of_more_than_2048_bytes_is_cut_between_characters_or_refused() -> None:
    parts = {"content": {"text": "{{ data.x }}"}}
    cut = said("customer_service", parts, data={"x": "汉" * 1000})
    assert notes(cut) == [("content/text", "value_cut")]
    assert cut.body == {"text": "汉" * 682}
    assert why_not("customer_service", parts | {"overflow": "refuse"}, data={"x": "汉" * 1000}) == ("content/text", "value_too_long")
    assert why_not("customer_service", parts, data={"x": "  "}) == ("content/text", "value_empty")


@pytest.mark.parametrize(
    ("content", "made"),
    [
        ({"text": "会场 {{ data.link }}"}, {"msgtype": "text", "text": {"content": "会场 https://a.cn"}}),
        ({"images": ["M1"]}, {"msgtype": "image", "image": {"media_id": "M1"}}),
        ({"images": ["M1", "M2"]}, {"msgtype": "image", "images": {"media_ids": ["M1", "M2"]}}),
        ({"voice": "M1"}, {"msgtype": "voice", "voice": {"media_id": "M1"}}),
        ({"video": "M1"}, {"msgtype": "mpvideo", "mpvideo": {"media_id": "M1"}}),
        ({"news": "M1"}, {"msgtype": "mpnews", "mpnews": {"media_id": "M1"}, "send_ignore_reprint": 1}),
        ({"card": "C1"}, {"msgtype": "wxcard", "wxcard": {"card_id": "C1"}}),
    ],
)
def test_mass_messages_have_the_platforms_form(content: dict[str, Any], made: dict[str, Any]) -> None:
    assert body("mass", {"content": content}, data={"link": "https://a.cn"}) == made


@pytest.mark.parametrize(("key", "fits"), [("", False), ("a" * 64, True), ("a" * 65, False), ("汉" * 21, True), ("汉" * 22, False)])
def test_the_key_of_a_mass_message_has_64_bytes(key: str, fits: bool) -> None:
    assert client_key_fits(key) is fits


# ---- push ----


def pushed(found: dict[str, Any]) -> PushMessage:
    """The message that the provider's adapter gets."""
    told = {name: found[name] for name in ("title", "text", "data", "link", "live_seconds")}
    return PushMessage(key="0" * 32, to="device", **told)


def spare(found: dict[str, Any]) -> int:
    """Bytes that the provider's own payload has left."""
    message = pushed(found)
    if found["provider"] == "jpush":
        ios = push_jpush.payload(message, Account("app", "push_jpush"))["notification"]["ios"]
        return 3584 - len(json.dumps(ios, ensure_ascii=False, separators=(",", ":")).encode())
    return 4096 - max(len(one.encode()) for one in (push_sns.apns(message), push_sns.fcm(message)))


def test_a_notice_has_texts_a_link_and_how_long_it_waits() -> None:
    parts = {"url": "shop://o/{{ data.order }}", "keep_for": "2h"}
    assert body("push", parts, data={"text": "还没有付款", "order": "7"}) == {
        "provider": "jpush", "title": "订单", "text": "还没有付款", "data": {"order": "7"}, "link": "shop://o/7", "live_seconds": 7200,
    }  # fmt: skip


@pytest.mark.parametrize("provider", ["jpush", "sns"])
def test_a_payload_that_is_too_large_is_refused_or_its_text_cut_until_it_fits(provider: str) -> None:
    long = {"text": '汉"引号' * 1500, "order": "7"}
    assert why_not("push", {"provider": provider}, data=long)[1] == "payload_too_large"
    cut = said("push", {"provider": provider, "overflow": "cut"}, data=long)
    assert notes(cut) == [("body", "value_cut")]
    assert cut.body is not None
    assert 0 <= spare(cut.body) < 256


def test_extras_alone_that_are_too_large_cannot_be_cut() -> None:
    assert why_not("push", {"overflow": "cut"}, data={"text": "x", "order": "x" * 5000})[1] == "payload_too_large"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4000), st.sampled_from(["jpush", "sns"]))
def test_whatever_the_text_a_payload_that_goes_out_fits(text: str, provider: str) -> None:
    found = said("push", {"provider": provider, "overflow": "cut"}, data={"text": text, "order": "7"})
    if found.body is not None:
        assert spare(found.body) >= 0


# ---- webhooks and popups ----


def test_a_webhook_keeps_numbers_and_fills_in_texts() -> None:
    assert body("webhook", person={"attributes": {"name": "木兰"}}) == {
        "type": "lead.new", "data": {"person": {"name": "木兰"}, "n": [1, True, None]},
    }  # fmt: skip
    assert why_not("webhook") == ("data/person/name", "variable_missing")


def test_a_webhook_has_64_kilobytes() -> None:
    many = {f"k{place}": "{{ data.x }}" for place in range(10)}
    assert why_not("webhook", {"data": many}, data={"x": "x" * 9000}) == ("data", "payload_too_large")


def test_a_popup_is_what_the_page_shows() -> None:
    assert body("popup", {"picture": "https://cdn.example.com/618.png", "placement": "banner", "show_for": "1h"}) == {
        "title": "618", "text": "裙装八折", "placement": "banner", "lasts_ms": 3_600_000,
        "picture": "https://cdn.example.com/618.png", "button": {"text": "去看看", "url": "https://shop.example.com"},
    }  # fmt: skip


def test_a_popup_cuts_or_refuses_what_does_not_fit() -> None:
    parts = {"title": "{{ data.x }}"}
    assert why_not("popup", parts, data={"x": "x" * 31}) == ("title", "value_too_long")
    assert notes(said("popup", parts | {"overflow": "cut"}, data={"x": "x" * 31})) == [("title", "value_cut")]


def test_a_popup_of_which_nothing_is_left_is_not_shown() -> None:
    assert why_not("popup", {"title": "{% if data.vip %}贵宾{% endif %}"}) == ("title", "value_empty")
    assert why_not("popup", {"text": "{{ data.x | default: ' ' }}"}) == ("text", "value_empty")


# ---- all channels ----


def test_channels_that_were_not_asked_for_are_not_filled_in() -> None:
    made = TemplateDocument.model_validate(document({"popup": CHANNELS["popup"], "sms": CHANNELS["sms"]}))
    assert list(render(made, {}, [ChannelName.SMS, ChannelName.PUSH])) == [ChannelName.SMS]
    assert list(render(made, {})) == [ChannelName.SMS, ChannelName.POPUP]


def test_one_channel_that_cannot_be_filled_in_leaves_the_others() -> None:
    made = TemplateDocument.model_validate(document({"popup": CHANNELS["popup"], "push": CHANNELS["push"]}))
    assert {channel: one.reason for channel, one in render(made, {}).items()} == {"push": "variable_missing", "popup": ""}


def test_the_sentences_of_problems_hold_no_values_of_people() -> None:
    secret = "13800138000 李雷的收货地址很长很长很长"
    parts = {"data": {"thing1": "{{ data.x }}", "phrase2": "{{ data.x }}"}}
    found = said("subscribe", parts, data={"x": secret})
    assert found.problems
    assert all("1380" not in one.detail and "李雷" not in one.detail for one in found.problems)


@given(st.dictionaries(st.sampled_from(["item", "amount", "state"]), st.text(max_size=40) | st.none() | st.integers()))
def test_whatever_the_values_a_notice_that_goes_out_breaks_no_rule_of_its_fields(data: dict[str, Any]) -> None:
    parts = {"data": {"thing1": "{{ data.item }}", "amount2": "{{ data.amount }}", "phrase3": "{{ data.state | default: '待付款' }}"}}
    for channel in ("template", "subscribe"):
        found = said(channel, parts, data=data).body
        for key, one in (found or {"data": {}})["data"].items():
            assert fields.fault_of(key, one["value"]) is None
            assert "{{" not in one["value"] or "{{" in str(data)
