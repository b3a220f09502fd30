"""What a fan sees in answer to what they do."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.wechat import push as pushes
from chalicelib.wechat import replies
from tests.support.chat import SECOND, Chat, open_chat
from tests.unit.wechat import samples
from tests.unit.wechat.samples import NOW

DRESS = {"on": "text", "words": {"contains": ["裙装"]}, "send": [{"text": "裙装券"}]}
TROUSERS = {"on": "text", "words": {"contains": ["裤装"]}, "send": [{"text": "裤装券"}]}
THREE = {"on": "text", "send": [{"text": "一"}, {"text": "二"}, {"text": "三"}]}


@pytest.fixture
def chat() -> Iterator[Chat]:
    with open_chat() as made:
        yield made


def text(reply: replies.Reply | None) -> str | None:
    assert reply is None or isinstance(reply, replies.Text)
    return reply.content if reply else None


def test_a_word_is_answered_at_once_and_other_words_do_not_matter(chat: Chat) -> None:
    chat.rule("dress", **DRESS)
    assert text(chat.says("你们有裙装吗？")) == "裙装券"
    assert chat.says("裤装") is None
    chat.work()
    assert chat.platform.sent == []


def test_of_two_words_the_rule_of_higher_priority_answers(chat: Chat) -> None:
    chat.rule("dress", **DRESS, priority=1)
    chat.rule("trousers", **TROUSERS, priority=2)
    assert text(chat.says("裙装 裤装")) == "裤装券"
    chat.work()
    assert chat.platform.sent == []


def test_or_both_do_the_first_at_once_and_the_other_after_it(chat: Chat) -> None:
    chat.rule("dress", **DRESS, priority=2, several="all")
    chat.rule("trousers", **TROUSERS, priority=1, several="all")
    assert text(chat.says("裙装 裤装")) == "裙装券"
    chat.work()
    assert chat.platform.texts == ["裤装券"]


def test_what_no_rule_knows_gets_the_answer_of_the_rule_without_words(chat: Chat) -> None:
    chat.rule("dress", **DRESS)
    chat.rule("default", on="text", priority=1000, send=[{"text": "客服稍后回复"}])
    assert text(chat.says("发票")) == "客服稍后回复"
    assert text(chat.says("裙装")) == "裙装券"


@pytest.mark.parametrize(("scene", "shown"), [("618", "618 会场"), ("invite_7", "邀请礼"), ("", "欢迎"), ("other", "欢迎")])
def test_each_way_to_follow_is_welcomed_in_its_own_way(chat: Chat, scene: str, shown: str) -> None:
    chat.rule("expo", on="follow", scene={"eq": "618"}, send=[{"text": "618 会场"}])
    chat.rule("invited", on="follow", scene={"prefix": "invite_"}, send=[{"text": "邀请礼"}])
    chat.rule("welcome", on="follow", send=[{"text": "欢迎"}])
    assert text(chat.follows(scene)) == shown


def test_a_campaign_in_the_code_is_answered_by_its_name(chat: Chat) -> None:
    chat.rule("expo", on="follow", campaign="618", send=[{"text": "618 会场"}])
    assert text(chat.follows("utm_source=expo&utm_campaign=618")) == "618 会场"
    assert chat.follows("utm_source=expo&utm_campaign=619") is None


def test_a_tap_and_a_scan_are_answered(chat: Chat) -> None:
    chat.rule("menu", on="click", key="coupon", send=[{"link": {"title": "领券", "url": "https://shop.example.com/c"}}])
    chat.rule("scan", on="scan", scene={"regex": "^shelf-[0-9]{1,4}$"}, send=[{"image": "M1"}])
    assert chat.taps("coupon") == replies.News((replies.Article("领券", url="https://shop.example.com/c"),))
    scanned = chat.push("event", "SCAN", "<EventKey><![CDATA[shelf-12]]></EventKey>")
    assert chat.deliver(scanned) == replies.Image("M1")


def test_an_answer_of_a_message_menu_is_a_tap_and_only_else_a_text(chat: Chat) -> None:
    chat.rule("yes", on="click", key="101", send=[{"text": "太好了"}])
    chat.rule("fine", on="text", words={"exact": ["好的"]}, send=[{"text": "收到"}])
    tapped = "<Content><![CDATA[好的]]></Content><bizmsgmenuid>{}</bizmsgmenuid><MsgId>{}</MsgId>"
    assert text(chat.deliver(chat.push("text", "", tapped.format(101, 900)))) == "太好了"
    assert text(chat.deliver(chat.push("text", "", tapped.format(102, 901)))) == "收到"


def test_further_contents_follow_in_order_within_the_window(chat: Chat) -> None:
    chat.rule("three", **THREE)
    assert text(chat.says("hi")) == "一"
    chat.work()
    assert chat.platform.texts == ["二", "三"]
    told = sorted((one["place"], one["by"], one["name"]) for one in chat.events())
    assert told == [(0, "passive", "$reply_sent"), (1, "customer_service", "$reply_sent"), (2, "customer_service", "$reply_sent")]


def test_when_it_is_too_late_for_an_answer_everything_goes_by_the_queue(chat: Chat) -> None:
    chat.rule("three", **THREE)
    push = chat.text("hi")
    assert chat.deliver(push, late=4 * SECOND + 1) is None
    assert chat.deliver(push, arrived=NOW + 5 * SECOND) is None
    chat.work(2)
    assert chat.platform.texts == ["一", "二", "三"]


def test_a_content_that_no_answer_can_hold_goes_by_the_queue_and_what_follows_it_too(chat: Chat) -> None:
    menu = {"head": "满意吗", "items": [{"id": "101", "text": "满意"}]}
    chat.rule("menu", on="text", send=[{"menu": menu}, {"text": "谢谢"}])
    assert chat.says("hi") is None
    chat.work()
    assert [one["msgtype"] for one in chat.platform.sent] == ["msgmenu", "text"]


def test_a_template_message_needs_no_window_and_has_a_key(chat: Chat) -> None:
    chat.rule("order", on="click", key="order", send=[{"template": {"template_id": "T1", "data": {"thing1": "订单 {{ event.key }}"}}}])
    assert chat.taps("order") is None
    chat.now += 10 * 60 * SECOND
    chat.work()
    (sent,) = chat.platform.sent
    assert (sent["template_id"], sent["data"]) == ("T1", {"thing1": {"value": "订单 order"}})
    assert sent["client_msg_id"]


def test_handing_over_takes_the_place_of_the_answer(chat: Chat) -> None:
    chat.rule("human", on="text", words={"exact": ["人工"]}, transfer={"agent": "kf1@shop"}, send=[{"text": "为您转接"}])
    assert chat.says("人工") == replies.Transfer("kf1@shop")
    chat.work()
    assert chat.platform.texts == ["为您转接"]


def test_handing_over_too_late_is_told(chat: Chat) -> None:
    chat.rule("human", on="text", transfer={})
    assert chat.deliver(chat.text("人工"), late=5 * SECOND) is None
    chat.work()
    assert [(one["name"], one["reason"]) for one in chat.events()] == [("$reply_refused", "transfer_too_late")]


def test_an_account_without_rules_and_news_that_nobody_answers_to_cost_nothing(chat: Chat) -> None:
    assert chat.says("hi") is None
    chat.rule("three", **THREE)
    assert chat.deliver(chat.push("event", "VIEW", "<EventKey>https://shop.example.com</EventKey>")) is None
    assert chat.stack.items("messages") == []


def test_a_sender_who_can_be_no_fan_is_neither_answered_nor_written_to(chat: Chat) -> None:
    chat.rule("three", **THREE)
    forged = pushes.read(samples.body("text", inside="<Content>hi</Content><MsgId>5</MsgId>", sender="木兰#1"))
    assert chat.deliver(forged) is None
    assert chat.stack.items("messages") + chat.stack.items("fans") == []


@pytest.mark.parametrize("kind", ["location", "image", "voice"])
def test_what_is_no_text_is_not_answered_by_words(chat: Chat, kind: str) -> None:
    chat.rule("three", **THREE)
    assert chat.deliver(chat.push(kind, "", "<MediaId>m</MediaId><MsgId>77</MsgId>")) is None


# ---- the same push again ----


def test_a_push_that_comes_again_because_the_answer_got_lost_is_answered_again_the_same_way(chat: Chat) -> None:
    chat.rule("three", **THREE)
    push = chat.text("hi")
    assert [text(chat.deliver(push, NOW + late * SECOND)) for late in (0, 5, 10)] == ["一", "一", "一"]
    chat.work(3)
    assert chat.platform.texts == ["二", "三"]
    assert sorted(one["place"] for one in chat.events()) == [0, 1, 2]


def test_a_copy_that_comes_at_once_is_not_answered(chat: Chat) -> None:
    chat.rule("three", **THREE)
    push = chat.text("hi")
    assert [text(chat.deliver(push, NOW + late)) for late in (0, 1, 4_499, 4_500)] == ["一", None, None, "一"]


def test_a_late_copy_of_an_answered_push_hands_nothing_to_the_queue(chat: Chat) -> None:
    chat.rule("dress", **DRESS)
    push = chat.text("裙装")
    assert text(chat.deliver(push)) == "裙装券"
    assert chat.deliver(push, late=5 * SECOND) is None
    chat.work()
    assert chat.platform.sent == []


def test_a_push_that_comes_again_and_is_late_this_time_is_answered_by_the_queue(chat: Chat) -> None:
    chat.rule("three", **THREE)
    push = chat.text("hi")
    chat.deliver(push)  # nobody has seen this answer, for the push comes again
    assert chat.deliver(push, NOW + 5 * SECOND, late=5 * SECOND) is None
    assert chat.deliver(push, NOW + 10 * SECOND) is None
    chat.work(2)
    assert sorted(chat.platform.texts) == sorted(["一", "二", "三"])


def test_what_was_decided_first_stays_when_the_rules_change(chat: Chat) -> None:
    chat.rule("three", **THREE)
    push = chat.text("hi")
    chat.deliver(push)
    chat.rule("three", **THREE | {"send": [{"text": "新"}]})
    assert text(chat.deliver(push, NOW + 5 * SECOND)) == "一"


# ---- limits ----


def test_the_platforms_count_is_kept_and_the_rest_is_refused_with_the_reason(chat: Chat) -> None:
    chat.rule("menu", on="click", key="k", send=[{"text": str(number)} for number in range(5)])
    assert text(chat.taps("k")) == "0"
    chat.work()
    assert chat.platform.texts == ["1", "2", "3"]
    refused = [one for one in chat.events() if one["name"] == "$reply_refused"]
    assert [(one["place"], one["reason"]) for one in refused] == [(4, "window_used_up")]


def test_what_comes_a_minute_after_a_tap_is_refused_without_asking_the_platform(chat: Chat) -> None:
    chat.rule("menu", on="click", key="k", send=[{"text": "0"}, {"text": "1"}])
    chat.taps("k")
    chat.now += 60 * SECOND
    chat.work()
    assert chat.platform.sent == []
    assert [one["reason"] for one in chat.events() if "reason" in one] == ["window_closed"]


def test_a_rule_that_answers_once_a_day_leaves_the_answer_to_the_next_one_until_then(chat: Chat) -> None:
    chat.rule("dress", **DRESS, priority=1, every="1d")
    chat.rule("again", **DRESS | {"send": [{"text": "今天领过了"}]})
    day = 24 * 3600 * SECOND
    shown = []
    for moment in (0, SECOND, day - SECOND, day):
        chat.now = NOW + moment
        shown.append(text(chat.says("裙装")))
    assert shown == ["裙装券", "今天领过了", "今天领过了", "裙装券"]


def test_a_push_that_comes_again_is_not_held_back_by_itself(chat: Chat) -> None:
    chat.rule("dress", **DRESS, every="1d")
    push = chat.text("裙装")
    assert [text(chat.deliver(push, NOW + late * SECOND)) for late in (0, 5)] == ["裙装券", "裙装券"]


def test_who_writes_faster_than_people_do_is_answered_twenty_times_a_minute(chat: Chat) -> None:
    chat.rule("echo", on="text", send=[{"text": "{{ event.text }}"}])
    pushes = [chat.text(str(number)) for number in range(25)]
    shown = [text(chat.deliver(push)) for push in pushes]
    assert (shown[:20], set(shown[20:])) == ([str(number) for number in range(20)], {None})
    assert text(chat.deliver(pushes[0], NOW + 5 * SECOND)) == "0"
    assert [one["reason"] for one in chat.events() if one["name"] == "$reply_refused"] == ["reply_too_often"]
    chat.now += 60 * SECOND
    assert text(chat.says("later")) == "later"


def test_a_text_that_comes_out_empty_is_not_sent(chat: Chat) -> None:
    chat.rule("name", on="text", send=[{"text": "{{ person.attributes.name }}"}, {"text": "你好"}])
    assert text(chat.says("hi")) == "你好"
    chat.rule("name", on="text", send=[{"text": "{{ person.attributes.name }}"}])
    assert chat.says("hi") is None


def test_a_mini_program_answers_by_customer_service_only() -> None:
    with open_chat("mini_program") as chat:
        page: dict[str, Any] = {"title": "商品", "path": "pages/item", "thumb_media_id": "M1"}
        chat.rule("all", on="text", send=[{"text": "你好"}, {"mini_program": page}])
        assert chat.says("hi") is None
        chat.work()
    expected = {"title": "商品", "pagepath": "pages/item", "thumb_media_id": "M1"}
    assert [one["msgtype"] for one in chat.platform.sent] == ["text", "miniprogrampage"]
    assert chat.platform.sent[1]["miniprogrampage"] == expected
