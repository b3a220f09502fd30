"""Replies go in force and out of it: what is refused and where, and what an account then answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.errors import DocumentInvalid
from chalicelib.replies import book
from chalicelib.replies.publishing import KIND
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.accounts import AccountType
from tests.support.chat import Chat, open_chat
from tests.support.rules import put_in_force
from tests.unit.wechat.samples import APPID, NOW

OTHER = "wx0000000000000002"
TEXT = {"on": "text", "send": [{"text": "你好"}]}


@pytest.fixture
def chat() -> Iterator[Chat]:
    with open_chat() as made:
        yield made


def in_force(appid: str = APPID) -> list[str]:
    book.forget()
    return [one.name for one in book.book_of(appid).rules]


def refused(chat: Chat, **document: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as error:
        chat.rule("wrong", **TEXT | document)
    assert "wrong" not in in_force()
    return [(fault.path, fault.code) for fault in error.value.faults]


def test_rules_of_an_account_are_read_as_one(chat: Chat) -> None:
    chat.rule("b", **TEXT)
    chat.rule("a", **TEXT)
    assert in_force() == ["a", "b"]
    assert book.book_of(APPID).account_type is AccountType.SERVICE
    definitions.archive(KIND, "a", by="test", at=NOW)
    assert in_force() == ["b"]


def test_a_rule_that_moves_to_another_account_leaves_the_first_one(chat: Chat) -> None:
    chat.publish(ACCOUNTS, OTHER, {"type": "mini_program"})
    chat.rule("a", **TEXT)
    chat.rule("a", **TEXT, account=OTHER)
    assert (in_force(), in_force(OTHER)) == ([], ["a"])
    assert book.book_of(OTHER).mini_program


def test_publishing_the_same_again_changes_nothing(chat: Chat) -> None:
    chat.rule("a", **TEXT)
    before = chat.stack.items("definitions")
    definitions.publish(KIND, "a", by="test", at=NOW + 1)
    assert chat.stack.items("definitions") == before


def test_going_back_to_an_older_version_brings_the_older_answer(chat: Chat) -> None:
    chat.rule("a", **TEXT)
    chat.rule("a", on="text", send=[{"text": "新"}])
    definitions.publish(KIND, "a", by="test", at=NOW, version=1)
    book.forget()
    assert book.book_of(APPID).rules[0].send[0].body == "你好"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"account": OTHER}, ("account", "account_unknown")),
        ({"in_": ["nobody"]}, ("in/0", "reference_unknown")),
        ({"not_in": ["nobody"]}, ("not_in/0", "reference_unknown")),
        ({"on": "enter", "segment": "nobody"}, ("segment", "reference_unknown")),
        ({"send": [{"text": "{{ person.scores.none }}"}]}, ("send/0/text", "reference_unknown")),
        ({"send": [{"text": "{{ person.bands.none }}"}]}, ("send/0/text", "reference_unknown")),
        ({"send": [{"text": "{{ person.segments.none }}"}]}, ("send/0/text", "reference_unknown")),
    ],
)
def test_what_is_not_in_force_cannot_be_asked_for(chat: Chat, document: dict[str, Any], fault: tuple[str, str]) -> None:
    assert refused(chat, **document) == [fault]


def test_what_is_in_force_can(chat: Chat) -> None:
    put_in_force("segments", "vip", {"where": {"tag": "vip"}})
    put_in_force("scores", "activity", {"rules": [{"event": "MenuClicked", "add": 1}]})
    chat.rule("a", **TEXT | {"send": [{"text": "{{ person.scores.activity }} {{ person.scores.none | default: 0 }}"}]}, in_=["vip"])
    assert in_force() == ["a"]


def test_an_account_that_cannot_do_it_is_told_so(chat: Chat) -> None:
    chat.publish(ACCOUNTS, APPID, {"type": "subscription"})
    assert refused(chat, send=[{"template": {"template_id": "T", "data": {"a": "b"}}}]) == [("send/0", "account_cannot")]


def test_accounts_that_answer_to_segments_are_found_at_once(chat: Chat) -> None:
    put_in_force("segments", "vip", {"where": {"tag": "vip"}})
    assert book.entered_by_account() == {}
    chat.rule("a", on="enter", segment="vip", send=[{"text": "欢迎"}])
    assert book.entered_by_account() == {APPID: {"vip"}}
    definitions.archive(KIND, "a", by="test", at=NOW)
    assert book.entered_by_account() == {}
