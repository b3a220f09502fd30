"""Text messages: parts and lengths, signatures, how to refuse more, and what no variable may hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.messages.templates.filling import Filling
from chalicelib.messages.templates.model import Category, ChannelName, Rendered
from chalicelib.messages.templates.sms import SmsBody, render_sms
from chalicelib.messages.templates.sms_rules import adjacent, parts_of, places, signed
from chalicelib.problems import faults_of

BASE: dict[str, Any] = {
    "account": "aliyun", "provider": "aliyun", "signature": "旗舰店", "template": "SMS_1", "text": "${name}，您的订单还没有付款。",
    "variables": {"name": "{{ data.name | default: '您好' }}"},
}  # fmt: skip
TENCENT = BASE | {
    "provider": "tencent",
    "template": "1110",
    "text": "您已下{1}单，还差{2}单。",
    "variables": {"2": "2", "1": "{{ data.n }}"},
}
SNS = {"account": "sns", "provider": "sns", "signature": "旗舰店", "text": "{{ data.name }}，您的订单还没有付款。"}


@pytest.mark.parametrize(
    ("provider", "text", "own", "ends"),
    [
        ("tencent", "618会场 拒收请回复R", None, True),
        ("tencent", "618会场 回T退订", None, False),
        ("tencent", "618会场 不想收请回0", "不想收请回0", False),
        ("aliyun", "618会场 回T退订", None, True),
        ("aliyun", "618会场，退订回T。", None, True),
        ("aliyun", "618会场", None, False),
        ("aliyun", "回T退订 618会场", None, False),
        ("aliyun", "618会场 不想收请回0", "不想收请回0", True),
        ("sns", "618 sale. Reply STOP to opt out", "Reply STOP to opt out", True),
    ],
)
def test_a_marketing_message_ends_by_saying_how_to_refuse_more(provider: str, text: str, own: str | None, ends: bool) -> None:
    approved = {"template": "1"} if provider != "sns" else {}
    written = {"account": "a", "provider": provider, "signature": "旗舰店", "text": text, **approved, **({"opt_out": own} if own else {})}
    wrong = list(SmsBody.model_validate(written).of_category(Category.MARKETING))
    assert [(place, code) for place, code, _ in wrong] == ([] if ends else [(("text",), "opt_out_missing")])
    assert list(SmsBody.model_validate(written).of_category(Category.SERVICE)) == []


def test_places_are_found_in_the_way_of_each_provider() -> None:
    assert places("aliyun", "${a}和${b1}，${a}{1}") == ("a", "b1")
    assert places("tencent", "{1}和{2}，${a}{}") == ("1", "2")
    assert places("sns", "{1}${a}") == ()
    assert adjacent("aliyun", "${a} ${b}")
    assert not adjacent("aliyun", "${a}和${b}")


def refused(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        SmsBody.model_validate(document)
    return [(fault.path, fault.code) for fault in faults_of(error.value)]


@pytest.mark.parametrize(
    ("base", "parts", "faults"),
    [
        (BASE, {"signature": "店"}, [("signature", "signature_length")]),
        (BASE, {"signature": "汉" * 13}, [("signature", "signature_length")]),
        (BASE, {"signature": "【旗舰店】"}, [("signature", "signature_characters")]),
        (BASE, {"text": "【店】${name}您好"}, [("text", "brackets_in_text")]),
        (BASE, {"text": "${name}" + "字" * 500}, [("text", "too_long")]),
        (BASE, {"text": "${name}" + "字" * 70, "max_parts": 1}, [("text", "parts_too_many")]),
        (BASE, {"text": "您好"}, [("variables/name", "variable_unused")]),
        (BASE, {"variables": {}}, [("variables", "variable_unfilled")]),
        (BASE, {"variables": {"name": "{{ data.x | default: '' }}"}}, [("variables/name", "value_empty")]),
        (BASE, {"variables": {"name": "看 t.cn/1"}}, [("variables/name", "link_in_variable")]),
        (BASE, {"variables": {"name": "尊敬的贵宾会员"}, "variable_chars": 6}, [("variables/name", "value_too_long")]),
        (BASE, {"variables": {"name": "【】"}}, [("variables/name", "brackets_in_text")]),
        (BASE, {"text": "{{ data.name }}${name}"}, [("text", "liquid_out_of_place")]),
        (BASE, {"provider": "carrier"}, [("provider", "enum")]),
        (TENCENT, {"text": "{1}{2}"}, [("text", "variables_adjacent")]),
        (TENCENT, {"text": "{1}和{3}", "variables": {"1": "a", "3": "b"}}, [("text", "variables_not_counted")]),
        (SNS, {"template": "SMS_1"}, [("template", "template_out_of_place")]),
        (SNS, {"signature": "店"}, [("signature", "signature_length")]),
        (SNS, {"variables": {"name": "a"}}, [("variables/name", "variable_unused")]),
    ],
)
def test_what_the_provider_would_not_take_is_refused_with_the_place(
    base: dict[str, Any], parts: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert refused(base | parts) == faults


def test_an_approved_text_needs_its_code() -> None:
    assert refused({name: value for name, value in BASE.items() if name != "template"}) == [("template", "template_missing")]


def said(document: dict[str, Any], **data: Any) -> Rendered:
    return render_sms(SmsBody.model_validate(document), Filling.of(ChannelName.SMS, {"data": data}))


def body(document: dict[str, Any], **data: Any) -> dict[str, Any]:
    found = said(document, **data).body
    assert found is not None
    return found


def test_aliyun_is_given_variables_by_name_tencent_in_order_and_sns_the_text() -> None:
    assert body(BASE, name="木兰")["variables"] == {"name": "木兰"}
    assert body(TENCENT, n=3) == {
        "provider": "tencent", "signature": "旗舰店", "template": "1110", "variables": {"1": "3", "2": "2"},
        "text": "您已下3单，还差2单。", "shown": "【旗舰店】您已下3单，还差2单。", "parts": 1,
    }  # fmt: skip
    assert list(body(TENCENT, n=3)["variables"]) == ["1", "2"]
    found = body(SNS, name="木兰")
    assert (found["template"], found["text"], found["shown"]) == ("", "木兰，您的订单还没有付款。", "【旗舰店】木兰，您的订单还没有付款。")
    assert body({"account": "sns", "provider": "sns", "text": "x" * 160})["parts"] == 1


def test_parts_are_counted_with_the_signature() -> None:
    assert [parts_of("aliyun", "旗舰店", "字" * length) for length in (65, 66, 129, 130)] == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("document", "data", "path", "code"),
    [
        (TENCENT, {}, "variables/1", "variable_missing"),
        (BASE, {"name": "http://evil.cn"}, "variables/name", "link_in_variable"),
        (BASE, {"name": "【官方】"}, "variables/name", "brackets_in_text"),
        (BASE, {"name": " "}, "variables/name", "value_empty"),
        (BASE | {"variable_chars": 6}, {"name": "汉" * 7}, "variables/name", "value_too_long"),
        (BASE | {"max_parts": 1}, {"name": "汉" * 60}, "text", "parts_too_many"),
        (BASE, {"name": "汉" * 500}, "text", "text_too_long"),
        (SNS, {"name": "【官方】"}, "text", "brackets_in_text"),
        (SNS, {}, "text", "variable_missing"),
        (SNS | {"text": "{% if data.unpaid %}您的订单还没有付款。{% endif %}"}, {}, "text", "value_empty"),
    ],
)
def test_what_only_a_value_can_break_refuses_the_message_with_the_reason(
    document: dict[str, Any], data: dict[str, Any], path: str, code: str
) -> None:
    found = said(document, **data)
    assert found.body is None
    assert (found.problems[0].path, found.reason) == (f"channels/sms/{path}", code)


def test_a_value_is_cut_to_what_the_account_takes_where_the_template_says_so() -> None:
    found = said(BASE | {"variable_chars": 6, "overflow": "cut"}, name="尊敬的贵宾会员")
    assert found.body is not None
    assert found.body["variables"] == {"name": "尊敬的贵宾会"}
    assert [(one.code.value, one.fatal) for one in found.problems] == [("value_cut", False)]


@given(st.text(max_size=80))
def test_whatever_the_value_what_goes_out_is_within_all_limits(name: str) -> None:
    found = said(BASE | {"overflow": "cut", "variable_chars": 20, "max_parts": 1}, name=name).body
    if found is not None:
        value, text = found["variables"]["name"], found["shown"]
        assert 0 < len(value) <= 20
        assert text == signed("旗舰店", f"{value}，您的订单还没有付款。")
        assert text.count("【") == 1
        assert "http" not in value
        assert len(text) <= 70
        assert found["parts"] == 1
