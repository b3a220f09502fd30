"""The document of a reply: what it takes, and what it refuses and where."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.problems import faults_of
from chalicelib.replies.documents import ReplyDocument
from chalicelib.replies.publishing import faults_of_account
from chalicelib.wechat.accounts import AccountType

TEXT: dict[str, Any] = {"text": "你好"}
BASE: dict[str, Any] = {"account": "wx1", "on": "text", "send": [TEXT]}
CONTENTS: dict[str, dict[str, Any]] = {
    "text": TEXT,
    "image": {"image": "M1"},
    "voice": {"voice": "M2"},
    "video": {"video": {"media_id": "M3", "thumb_media_id": "M4", "title": "新品"}},
    "music": {"music": {"thumb_media_id": "M4", "url": "https://m.example.com/a.mp3"}},
    "news": {"news": [{"title": "618", "url": "https://shop.example.com/618", "picture_url": "https://shop.example.com/618.png"}]},
    "link": {"link": {"title": "会场", "url": "{{ event.scene | default: 'https://shop.example.com' }}"}},
    "mini_program": {"mini_program": {"title": "商城", "appid": "wx2", "path": "pages/a?id={{ event.text }}", "thumb_media_id": "M4"}},
    "menu": {"menu": {"head": "满意吗", "items": [{"id": "101", "text": "满意"}, {"id": "102", "text": "不满意"}], "tail": "谢谢"}},
    "template": {"template": {"template_id": "T1", "data": {"thing1": "{{ person.attributes.name | default: '会员' }}"}}},
    "card": {"card": "C1"},
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_each_kind_of_content_comes_out_as_it_was_written(kind: str) -> None:
    document = BASE | {"send": [CONTENTS[kind]]}
    assert ReplyDocument.model_validate(document).model_dump(mode="json", by_alias=True, exclude_unset=True) == document


def refused(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        ReplyDocument.model_validate(document)
    return [(fault.path, fault.code) for fault in faults_of(error.value)]


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"on": "blink"}, "on", "enum"),
        ({"send": []}, "send", "send_missing"),
        ({"send": [TEXT] * 6}, "send", "too_long"),
        ({"send": [{}]}, "send/0", "content_unknown"),
        ({"send": [{"text": "a", "image": "M1"}]}, "send/0", "content_unknown"),
        ({"send": [{"text": ""}]}, "send/0/text", "string_too_short"),
        ({"send": [{"text": "汉" * 683}]}, "send/0/text", "text_too_long"),
        ({"send": [{"text": "{{ event.text"}]}, "send/0/text", "liquid_invalid"),
        ({"send": [{"text": "{{ event.text | shout }}"}]}, "send/0/text", "liquid_invalid"),
        ({"send": [{"text": "{{ nickname }}"}]}, "send/0/text", "variable_unknown"),
        ({"send": [{"text": "{{ person.nickname }}"}]}, "send/0/text", "variable_unknown"),
        ({"send": [{"text": "{{ person.attributes }}"}]}, "send/0/text", "variable_unknown"),
        ({"send": [{"text": "{{ event.scene }}"}]}, "send/0/text", "variable_unknown"),
        ({"send": [{"link": {"title": "x", "url": "javascript:alert(1)"}}]}, "send/0/link/url", "url_invalid"),
        ({"send": [{"link": {"title": "{{ event.key }}", "url": "https://a.example"}}]}, "send/0/link/title", "variable_unknown"),
        ({"send": [{"news": []}]}, "send/0/news", "list_expected"),
        ({"send": [{"menu": {"head": "x", "items": []}}]}, "send/0/menu/items", "list_expected"),
        ({"send": [{"template": {"template_id": "T", "data": {}}}]}, "send/0/template/data", "too_short"),
        ({"words": {}}, "words", "operator_missing"),
        ({"words": {"contains": []}}, "words/contains", "list_expected"),
        ({"words": {"contains": [" "]}}, "words/contains/0", "word_blank"),
        ({"words": {"regex": ["(a+)+"]}}, "words/regex/0", "pattern_unsafe"),
        ({"scene": {"eq": "618"}}, "scene", "detail_out_of_place"),
        ({"on": "follow", "words": {"exact": ["a"]}}, "words", "detail_out_of_place"),
        ({"on": "follow", "scene": {"eq": "a", "prefix": "a"}}, "scene", "operator_missing"),
        ({"on": "enter"}, "segment", "segment_missing"),
        ({"on": "enter", "segment": "vip", "transfer": {}}, "transfer", "detail_out_of_place"),
        ({"every": "daily"}, "every", "duration_invalid"),
        ({"priority": "high"}, "priority", "int_type"),
        ({"several": "some"}, "several", "enum"),
        ({"in": []}, "in", "list_expected"),
        ({"answer": 1}, "answer", "extra_forbidden"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(parts: dict[str, Any], path: str, code: str) -> None:
    assert refused(BASE | parts) == [(path, code)]


@pytest.mark.parametrize(
    "text",
    [
        "{{ person.nickname | default: '朋友' }}",
        "{{ event.text }} {{ event.MsgId }}",
        "{{ person.stage }} {{ person.tags.vip }} {{ person.attributes.city }}",
        "{% if person.segments.vip %}a{% endif %}",
    ],
)
def test_what_has_a_default_or_may_be_there_is_taken(text: str) -> None:
    ReplyDocument.model_validate(BASE | {"send": [{"text": text}]})


MENU, TEMPLATE, NEWS = CONTENTS["menu"], CONTENTS["template"], {"news": CONTENTS["news"]["news"] * 2}


@pytest.mark.parametrize(
    ("account_type", "parts", "path"),
    [
        (AccountType.MINI_PROGRAM, {"on": "follow"}, "on"),
        (AccountType.MINI_PROGRAM, {"on": "click", "key": "a"}, "on"),
        (AccountType.MINI_PROGRAM, {"send": [TEXT, MENU]}, "send/1"),
        (AccountType.MINI_PROGRAM, {"send": [CONTENTS["voice"]]}, "send/0"),
        (AccountType.SUBSCRIPTION, {"send": [TEMPLATE]}, "send/0"),
        (AccountType.SERVICE, {"send": [{"mini_program": {"title": "a", "path": "p", "thumb_media_id": "M"}}]}, "send/0"),
        (AccountType.SERVICE, {"send": [NEWS]}, "send/0/news"),
        (AccountType.SERVICE, {"on": "follow", "send": [TEXT, NEWS]}, "send/1/news"),
        (AccountType.SERVICE, {"on": "follow", "send": [NEWS], "transfer": {}}, "send/0/news"),
    ],
)
def test_what_an_account_of_a_type_cannot_do_is_named(account_type: AccountType, parts: dict[str, Any], path: str) -> None:
    assert [fault.path for fault in faults_of_account(ReplyDocument.model_validate(BASE | parts), account_type)] == [path]


@pytest.mark.parametrize(
    ("account_type", "parts"),
    [
        *((AccountType.SERVICE, {"send": [content]}) for content in CONTENTS.values()),
        (AccountType.SERVICE, {"on": "follow", "send": [NEWS]}),
        (AccountType.MINI_PROGRAM, {"send": [TEXT, CONTENTS["link"], CONTENTS["mini_program"], CONTENTS["image"]], "transfer": {}}),
        (AccountType.SUBSCRIPTION, {"on": "scan", "scene": {"eq": "1"}}),
    ],
)
def test_and_what_it_can_do_is_taken(account_type: AccountType, parts: dict[str, Any]) -> None:
    assert list(faults_of_account(ReplyDocument.model_validate(BASE | parts), account_type)) == []
