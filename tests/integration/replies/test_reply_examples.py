"""The examples of replies in the documentation: all go in force, and each does what it is there for."""

from collections.abc import Iterator

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.replies import book
from chalicelib.wechat import replies
from infra.definition_files import read_folder
from infra.definition_import import in_order
from tests.support.chat import Chat, open_chat
from tests.support.rules import EXAMPLES, put_in_force
from tests.unit.wechat.samples import APPID, NOW

FOLDER = EXAMPLES / "wechat"
DRESSES = "您好，裙装新款：https://shop.example.com/dress"


@pytest.fixture(scope="module")
def published() -> Iterator[Chat]:
    with open_chat() as made:
        put_in_force("segments", "dress-menu", next(one.document for one in read_folder(EXAMPLES) if one.name == "dress-menu"))
        for one in in_order(list(read_folder(FOLDER))):
            definitions.draft(one.kind, one.name, one.document, by="test", at=NOW)
            definitions.publish(one.kind, one.name, by="test", at=NOW)
        book.forget()
        yield made


@pytest.fixture
def chat(published: Chat) -> Chat:
    published.line.bodies.clear()
    published.platform.sent.clear()
    published.now += 3_600_000
    return published


def shown(chat: Chat, answer: replies.Reply | None) -> list[str]:
    """All that the fan reads, in order."""
    chat.work()
    match answer:
        case replies.Text(content):
            first = [content]
        case replies.News((article,)):
            first = [article.title]
        case _:
            first = []
    return first + [one["text"]["content"] if "text" in one else one["msgtype"] for one in chat.platform.sent]


def test_three_follows_are_three_welcomes(chat: Chat) -> None:
    assert shown(chat, chat.follows("utm_source=subway&utm_campaign=618")) == ["618 主会场"]
    assert shown(chat, chat.follows("utm_source=friend&utm_campaign=referral")) == [
        "好友送您一张新人券：https://shop.example.com/c/new",
        "msgmenu",
    ]
    chat.platform.sent.clear()
    assert shown(chat, chat.follows())[0].startswith("欢迎关注旗舰店")


def test_two_words_bring_both_answers_in_order(chat: Chat) -> None:
    assert shown(chat, chat.says("有裙装和裤装吗")) == [DRESSES, "裤装新款：https://shop.example.com/trousers"]


def test_a_tap_on_the_coupon_is_answered_for_everybody(chat: Chat) -> None:
    assert shown(chat, chat.taps("coupon")) == ["九五折券：https://shop.example.com/c/all"]


@pytest.mark.parametrize("words", ["人工", "客服", "转人工服务"])
def test_whoever_asks_for_a_person_gets_one(chat: Chat, words: str) -> None:
    answer = chat.says(words)
    assert isinstance(answer, replies.Transfer)
    assert shown(chat, answer) == ["正在为您转接，请稍候。"]


def test_anything_else_is_answered_once_an_hour(chat: Chat) -> None:
    assert [len(shown(chat, chat.says("在吗"))) for _ in range(2)] == [1, 0]


def test_every_example_says_what_it_is_for_and_is_for_the_same_account() -> None:
    for path in FOLDER.glob("*/*.yaml"):
        assert path.read_text("utf-8").startswith("# "), path
    assert {one.document["account"] for one in read_folder(FOLDER) if one.kind == "replies"} == {APPID}
