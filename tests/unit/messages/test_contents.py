"""Contents: each kind in the form that each interface of the platform wants, with its texts filled in."""

from typing import Any

import pytest

from chalicelib.messages.contents import ContentKind, content_of, custom_payload, cut, filled, passive, template_payload, texts_of
from chalicelib.wechat import replies
from tests.unit.replies.test_documents import CONTENTS

ARTICLE = {"title": "618", "url": "https://shop.example.com/618", "picurl": "https://shop.example.com/618.png"}
CARD = {"title": "商城", "appid": "wx2", "pagepath": "pages/a?id=7", "thumb_media_id": "M4"}
MENU = {
    "head_content": "满意吗",
    "list": [{"id": "101", "content": "满意"}, {"id": "102", "content": "不满意"}],
    "tail_content": "谢谢",
}
LINK = {"title": "会场", "url": "https://shop.example.com"}


@pytest.mark.parametrize(
    ("kind", "msgtype", "body"),
    [
        ("text", "text", {"content": "你好"}),
        ("image", "image", {"media_id": "M1"}),
        ("voice", "voice", {"media_id": "M2"}),
        ("video", "video", {"media_id": "M3", "thumb_media_id": "M4", "title": "新品"}),
        ("music", "music", {"thumb_media_id": "M4", "musicurl": "https://m.example.com/a.mp3"}),
        ("news", "news", {"articles": [ARTICLE]}),
        ("link", "news", {"articles": [LINK]}),
        ("mini_program", "miniprogrampage", CARD),
        ("menu", "msgmenu", MENU),
        ("card", "wxcard", {"card_id": "C1"}),
    ],
)
def test_customer_service_of_an_official_account(kind: str, msgtype: str, body: dict[str, Any]) -> None:
    content = filled(content_of(CONTENTS[kind]), {"event": {"text": "7"}})
    assert content
    assert custom_payload(content, "oFan1", mini_program=False) == {"touser": "oFan1", "msgtype": msgtype, msgtype: body}


@pytest.mark.parametrize(
    ("kind", "msgtype", "body"),
    [
        ("text", "text", {"content": "你好"}),
        ("image", "image", {"media_id": "M1"}),
        ("link", "link", LINK | {"description": "会场"}),
        ("mini_program", "miniprogrampage", {name: value for name, value in CARD.items() if name != "appid"}),
    ],
)
def test_customer_service_of_a_mini_program(kind: str, msgtype: str, body: dict[str, Any]) -> None:
    content = filled(content_of(CONTENTS[kind]), {"event": {"text": "7"}})
    assert content
    assert custom_payload(content, "oFan1", mini_program=True) == {"touser": "oFan1", "msgtype": msgtype, msgtype: body}


def test_a_template_message_carries_its_key() -> None:
    page = {"appid": "wx2", "path": "pages/a"}
    document = {"template": {**CONTENTS["template"]["template"], "url": "https://shop.example.com/o", "mini_program": page}}
    content = filled(content_of(document), {})
    assert content
    assert template_payload(content, "oFan1", "k1") == {
        "touser": "oFan1",
        "template_id": "T1",
        "client_msg_id": "k1",
        "data": {"thing1": {"value": "会员"}},
        "url": "https://shop.example.com/o",
        "miniprogram": {"appid": "wx2", "pagepath": "pages/a"},
    }


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("text", replies.Text("你好")),
        ("image", replies.Image("M1")),
        ("voice", replies.Voice("M2")),
        ("video", replies.Video("M3", "新品")),
        ("music", replies.Music("M4", url="https://m.example.com/a.mp3")),
        ("news", replies.News((replies.Article("618", "", ARTICLE["picurl"], ARTICLE["url"]),))),
        ("link", replies.News((replies.Article("会场", url="https://shop.example.com"),))),
        ("mini_program", None),
        ("menu", None),
        ("template", None),
        ("card", None),
    ],
)
def test_what_can_be_the_answer_to_a_push(kind: str, reply: replies.Reply | None) -> None:
    content = filled(content_of(CONTENTS[kind]), {})
    assert content
    assert passive(content, articles=1) == reply


def test_an_answer_holds_as_many_articles_as_the_push_allows() -> None:
    several = content_of({"news": CONTENTS["news"]["news"] * 3})
    one, three = (passive(several, articles=most) for most in (1, 8))
    assert isinstance(one, replies.News)
    assert isinstance(three, replies.News)
    assert (len(one.articles), len(three.articles)) == (1, 3)


def test_ids_are_never_taken_for_liquid() -> None:
    content = content_of({"video": {"media_id": "{{ event.text }}", "thumb_media_id": "M", "title": "{{ event.text }}"}})
    assert dict(texts_of(content)) == {"video/title": "{{ event.text }}"}
    shown = filled(content, {"event": {"text": "a"}})
    assert shown
    assert shown.body == {"media_id": "{{ event.text }}", "thumb_media_id": "M", "title": "a"}


def test_a_text_that_grew_is_cut_between_characters() -> None:
    content = filled(content_of({"text": "a{{ event.text }}"}), {"event": {"text": "汉" * 1000}})
    assert content
    assert content.body == "a" + "汉" * 682
    assert cut("😀" * 600) == "😀" * 512


@pytest.mark.parametrize(
    "document",
    [
        {"text": " {{ event.none }} "},
        {"link": {"title": "{{ event.none }}", "url": "https://a.example"}},
        {"link": {"title": "a", "url": "{{ event.none }}"}},
        {"news": [{"title": "a", "url": "https://a.example"}, {"title": "{{ event.none }}", "url": "https://a.example"}]},
        {"mini_program": {"title": "a", "path": "{{ event.none }}", "thumb_media_id": "M"}},
        {"menu": {"head": "a", "items": [{"id": "1", "text": "{{ event.none }}"}]}},
    ],
)
def test_what_came_out_without_what_it_needs_is_not_sent(document: dict[str, Any]) -> None:
    assert filled(content_of(document), {"event": {}}) is None


def test_what_it_can_do_without_may_be_empty() -> None:
    document = {"link": {"title": "a", "url": "https://a.example", "description": "{{ event.none }}"}}
    assert filled(content_of(document), {"event": {}}) is not None


def test_every_kind_is_tried_here() -> None:
    assert set(CONTENTS) == {kind.value for kind in ContentKind}
