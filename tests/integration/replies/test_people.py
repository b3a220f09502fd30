"""Replies that look at the person: segments, variables, and what is said when somebody joins a segment."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.audiences.effects import Change
from chalicelib.identifiers import identifier
from chalicelib.identity.rules import DEFAULT_RULES, IdentityRules
from chalicelib.people import store
from chalicelib.people.standing import Standing
from chalicelib.replies import hearing
from chalicelib.wechat import replies
from tests.support.chat import SECOND, Chat, open_chat
from tests.support.rules import put_in_force
from tests.unit.wechat.samples import FAN, NOW

WELCOME: dict[str, Any] = {"on": "enter", "segment": "vip", "send": [{"text": "会员礼"}, {"text": "{{ event.segment }}"}]}
NOBODY = Standing()


@pytest.fixture
def chat() -> Iterator[Chat]:
    with open_chat() as made:
        put_in_force("segments", "vip", {"where": {"attribute": "level", "eq": "gold"}})
        put_in_force("scores", "points", {"rules": [{"if": {"attribute": "level", "eq": "gold"}, "add": 50}]})
        yield made


def text(reply: replies.Reply | None) -> str | None:
    return reply.content if isinstance(reply, replies.Text) else None


def hear(person: str, before: Standing = NOBODY, at: int = NOW) -> None:
    hearing.hear([Change(person, before, store.standing(person), at)], at)


# ---- who is asked for ----


def test_who_is_in_a_segment_is_answered_in_another_way(chat: Chat) -> None:
    chat.rule("all", on="text", words={"contains": ["折扣"]}, send=[{"text": "九折"}])
    chat.rule("vip", on="text", words={"contains": ["折扣"]}, in_=["vip"], send=[{"text": "八折"}])
    assert text(chat.says("折扣")) == "九折"  # nobody knows them yet
    chat.knows(level="silver")
    assert text(chat.says("折扣")) == "九折"
    chat.knows(level="gold")
    assert text(chat.says("折扣")) == "八折"


def test_texts_show_what_is_known_of_the_person(chat: Chat) -> None:
    shown = (
        "{{ person.attributes.name | default: '朋友' }} {{ person.scores.points | default: 0 }} {% if person.segments.vip %}会员{% endif %}"
    )
    chat.rule("name", on="text", send=[{"text": shown}])
    assert text(chat.says("hi")) == "朋友 0"
    chat.knows(level="gold", name="木兰 {{ person.stage }}")
    assert text(chat.says("hi")) == "木兰 {{ person.stage }} 50 会员"


def test_a_person_nobody_asks_for_is_not_read(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.rule("plain", on="text", send=[{"text": "{{ event.text }}！"}])
    monkeypatch.setattr(store, "nodes", None)
    assert text(chat.says("hi")) == "hi！"


# ---- who joins a segment ----


def test_whoever_joins_is_written_to_within_the_window(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME)
    chat.says("hi")
    hear(chat.knows(level="gold"))
    chat.work()
    assert chat.platform.texts == ["会员礼", "vip"]
    assert {one["trigger"] for one in chat.events()} == {"enter"}


def test_hearing_it_again_sends_nothing_again(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME)
    chat.says("hi")
    person = chat.knows(level="gold")
    for _ in range(3):
        hear(person)
        chat.work()
    assert chat.platform.texts == ["会员礼", "vip"]


def test_joining_once_more_is_another_time(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME | {"send": [{"text": "会员礼"}]})
    chat.says("hi")
    for level in ("gold", "silver", "gold"):
        chat.now += SECOND
        hear(chat.knows(level=level))
        chat.work()
    assert chat.platform.texts == ["会员礼", "会员礼"]


def test_whoever_did_not_write_in_time_is_not_and_it_is_told_why(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME)
    hear(chat.knows(level="gold"))
    chat.work()
    assert chat.platform.sent == []
    assert [(one["name"], one["reason"]) for one in chat.events()] == [("$reply_refused", "window_closed")] * 2


def test_whoever_has_left_before_the_message_is_worked_off_is_not_written_to(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME)
    chat.says("hi")
    hear(chat.knows(level="gold"))
    chat.knows(level="silver")
    chat.work()
    assert chat.platform.sent == []


def test_what_a_new_rule_finds_of_everybody_is_nobodys_doing(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME)
    person = chat.knows(level="gold")
    after = store.standing(person)
    after.outbox[0].properties["initial"] = True
    hearing.hear([Change(person, NOBODY, after, NOW)], NOW)
    assert chat.line.bodies == []


def test_segments_that_no_account_answers_to_stay_out_of_the_queue(chat: Chat) -> None:
    hear(chat.knows(level="gold"))
    assert chat.line.bodies == []


def test_who_is_no_fan_of_the_account_is_left_alone(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME)
    person = chat.knows(level="gold")
    hear(person)
    (body,) = chat.line.bodies
    message = json.loads(body)
    assert (message["person"], message["segment"]) == (person, "vip")
    chat.line.bodies = [json.dumps({**message, "appid": "wx0000000000000009"})]
    chat.work()
    assert chat.platform.sent == []


def test_of_two_openids_the_one_that_may_be_written_to_is_written_to(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME | {"send": [{"text": "会员礼"}]})
    openids = DEFAULT_RULES.namespaces["openid"].model_copy(update={"limit": 2})
    chat.identity_rules = IdentityRules(namespaces={**DEFAULT_RULES.namespaces, "openid": openids})
    chat.says("hi")  # by FAN
    together = identifier("unionid", "u1")
    chat.knows(FAN, together)
    hear(chat.knows("oAnother", together, level="gold"))
    chat.work()
    assert [one["touser"] for one in chat.platform.sent] == [FAN]


def test_a_rule_on_joining_may_ask_for_more_and_say_it_once_in_a_while(chat: Chat) -> None:
    chat.rule("welcome", **WELCOME | {"send": [{"text": "会员礼"}]}, every="7d")
    chat.says("hi")
    for level in ("gold", "silver", "gold"):
        chat.now += SECOND
        hear(chat.knows(level=level))
        chat.work()
    assert chat.platform.texts == ["会员礼"]
