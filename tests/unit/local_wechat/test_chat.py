"""Chats grow, each for itself, and note a menu only when it is another one."""

from infra.local_wechat.chat import Chats, Via, Who

NEW = [{"type": "click", "name": "New", "key": "NEW"}]


def test_each_fan_has_a_chat_with_each_account() -> None:
    chats = Chats()
    chats.add("wx1", "oA", 1, Who.FAN, Via.ACTION, "text", {"Content": "hi"})
    chats.add("wx1", "oB", 2, Who.FAN, Via.ACTION, "text", {"Content": "ho"})
    assert [one.content["Content"] for one in chats.of("wx1", "oA")] == ["hi"]
    assert chats.of("wx2", "oA") == []


def test_the_order_is_that_of_all_chats_together() -> None:
    chats = Chats()
    entries = [chats.add("wx1", fan, 1, Who.FAN, Via.ACTION, "text", {}) for fan in ("oA", "oB", "oA")]
    assert [one.order for one in entries] == [1, 2, 3]


def test_a_menu_is_noted_when_it_appears_changes_and_goes() -> None:
    chats = Chats()
    for buttons in (None, [], NEW, NEW, [*NEW, *NEW], None, []):
        chats.menu("wx1", "oA", 1, buttons)
    assert [len(one.content["buttons"]) for one in chats.of("wx1", "oA")] == [1, 2, 0]
    assert {one.via for one in chats.of("wx1", "oA")} == {Via.MENU}


def test_an_entry_is_told_as_json_has_it() -> None:
    entry = Chats().add("wx1", "oA", 7, Who.PLATFORM, Via.FAILURE, "text", {"Content": "sorry"})
    told = {"order": 1, "at": 7, "who": "platform", "via": "failure", "kind": "text", "content": {"Content": "sorry"}}
    assert entry.document() == told


def test_what_is_forgotten_appears_anew() -> None:
    chats = Chats()
    chats.menu("wx1", "oA", 1, NEW)
    chats.clear()
    assert chats.of("wx1", "oA") == []
    chats.menu("wx1", "oA", 1, NEW)
    assert len(chats.of("wx1", "oA")) == 1


def test_what_was_handed_out_does_not_grow() -> None:
    chats = Chats()
    before = chats.of("wx1", "oA")
    chats.add("wx1", "oA", 1, Who.FAN, Via.ACTION, "text", {})
    assert before == []
