"""Messages outside of the answer to a push: each goes out once or not at all, and what became of it can be read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.errors import Busy
from chalicelib.fans import windows
from chalicelib.fans.contacts import WindowReason
from chalicelib.messages import ledger
from chalicelib.messages.contents import content_of
from chalicelib.messages.customer_service import send
from chalicelib.messages.model import Entry, Message, SendReason, State
from chalicelib.wechat.error_numbers import Remedy, Verdict
from chalicelib.wechat.errors import TryAgain
from tests.support.chat import SECOND, Chat, open_chat
from tests.support.crashes import killed_at, writes_of
from tests.support.deliveries import Killed
from tests.unit.wechat.samples import APPID, FAN, NOW

HELLO = Message("m1", APPID, FAN, content_of({"text": "你好"}), NOW, about={"reply": "welcome", "place": 1})
ORDER = Message("m2", APPID, FAN, content_of({"template": {"template_id": "T1", "data": {"thing1": "订单"}}}), NOW)
LATER = NOW + ledger.LEASE_MS


@pytest.fixture
def chat() -> Iterator[Chat]:
    with open_chat() as made:
        made.says("hi")  # opens the window
        yield made


def sent(chat: Chat, message: Message = HELLO, now: int = NOW, **options: Any) -> Entry:
    return send(message, now, chat.platform, **options)


def silent(sent_maybe: bool) -> Callable[[Any], BaseException]:
    return lambda _: TryAgain(Verdict(-1, Remedy.RETRY, "busy"), "send", sent_maybe=sent_maybe)


def reasons(chat: Chat) -> list[tuple[str, str]]:
    return [(one["name"], one.get("reason", "")) for one in chat.events()]


def test_a_message_goes_out_once_however_often_it_is_asked_for(chat: Chat) -> None:
    assert [sent(chat).state for _ in range(3)] == [State.SENT] * 3
    assert chat.platform.texts == ["你好"]
    assert chat.events() == [
        {"name": "$reply_sent", "message": "m1", "kind": "text", "by": "customer_service", "reply": "welcome", "place": 1}
    ]
    assert windows.window(APPID, FAN).left == 4


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (45015, SendReason.WINDOW_CLOSED),
        (45047, SendReason.WINDOW_USED_UP),
        (43004, SendReason.FAN_UNREACHABLE),
        (48002, SendReason.FAN_UNREACHABLE),
        (40007, SendReason.CONTENT_REFUSED),
        (87014, SendReason.CONTENT_REFUSED),
        (45009, SendReason.LIMIT_REACHED),
        (48001, SendReason.ACCOUNT_MISCONFIGURED),
        (45087, SendReason.ACCOUNT_MISCONFIGURED),
        (424242, SendReason.CONTENT_REFUSED),
    ],
)
def test_a_refusal_of_the_platform_is_kept_with_its_reason_and_not_tried_again(chat: Chat, number: int, reason: SendReason) -> None:
    chat.platform.refuses = lambda _: number
    assert sent(chat) == sent(chat)
    assert chat.platform.refused == [number]
    assert reasons(chat) == [("$reply_refused", reason)]


@pytest.mark.parametrize(("number", "reason"), [(45015, WindowReason.CLOSED), (45047, WindowReason.USED_UP)])
def test_what_the_platform_says_of_the_window_spares_further_calls_until_the_fan_writes_again(
    chat: Chat, number: int, reason: WindowReason
) -> None:
    chat.platform.refuses = lambda _: number
    sent(chat)
    chat.platform.refuses = lambda _: 0
    assert windows.window(APPID, FAN).refusal(NOW) is reason
    again = Message("m3", APPID, FAN, HELLO.content, NOW)
    assert sent(chat, again).reason == reason.value
    chat.now += SECOND
    chat.says("hi")
    assert sent(chat, Message("m4", APPID, FAN, HELLO.content, NOW), chat.now).state is State.SENT


def test_nobody_is_called_without_a_window(chat: Chat) -> None:
    chat.deliver(chat.push("event", "unsubscribe"), NOW + SECOND)
    other = Message("m5", APPID, "oStranger", HELLO.content, NOW)
    assert [sent(chat, one, NOW + SECOND).reason for one in (HELLO, other)] == ["window_closed"] * 2
    assert chat.platform.sent == []


def test_a_call_without_an_answer_is_unknown_and_never_made_again(chat: Chat) -> None:
    chat.platform.dies = silent(sent_maybe=True)
    assert [sent(chat, now=NOW + hours * 3_600_000).state for hours in range(3)] == [State.UNKNOWN] * 3
    assert len(chat.platform.sent) == 1
    assert reasons(chat) == [("$reply_unknown", "platform_silent")]


def test_what_certainly_did_not_go_out_is_tried_again_and_counted_once(chat: Chat) -> None:
    chat.platform.refuses = lambda _: 45011  # the minute's calls are used up
    assert sent(chat).state is State.WAITING
    assert chat.events() == []
    chat.platform.refuses = lambda _: 0
    assert sent(chat, now=NOW + 60 * SECOND).state is State.SENT
    assert windows.window(APPID, FAN).left == 4


def test_it_is_given_up_at_last(chat: Chat) -> None:
    chat.platform.refuses = lambda _: 45011
    assert sent(chat, last=True).state is State.REFUSED
    assert reasons(chat) == [("$reply_refused", "limit_reached")]


def test_what_waits_beyond_the_end_of_the_window_is_refused(chat: Chat) -> None:
    chat.platform.refuses = lambda _: 45011
    sent(chat)
    assert sent(chat, now=NOW + 48 * 3600 * SECOND).reason == "window_closed"


def test_while_one_worker_is_sending_another_waits_and_after_its_death_nobody_sends_again(chat: Chat) -> None:
    chat.platform.dies = lambda _: Killed()
    with pytest.raises(Killed):
        sent(chat)
    with pytest.raises(Busy):
        sent(chat, now=LATER - 1)
    assert sent(chat, now=LATER).state is State.UNKNOWN
    assert reasons(chat) == [("$reply_unknown", "worker_died")]
    assert len(chat.platform.sent) == 1


def test_a_template_message_is_sent_again_after_a_death_for_the_platform_knows_its_key(chat: Chat) -> None:
    chat.platform.dies = lambda _: Killed()
    with pytest.raises(Killed):
        sent(chat, ORDER)
    chat.platform.dies = lambda _: None
    assert sent(chat, ORDER, LATER).state is State.SENT
    assert len(chat.platform.sent) == 1


def test_but_not_when_the_platform_has_forgotten_the_key(chat: Chat) -> None:
    chat.platform.dies = lambda _: Killed()
    with pytest.raises(Killed):
        sent(chat, ORDER)
    assert sent(chat, ORDER, NOW + ledger.KEYED_MS).state is State.UNKNOWN


def test_a_template_message_without_an_answer_is_tried_again(chat: Chat) -> None:
    chat.platform.dies = silent(sent_maybe=True)
    assert sent(chat, ORDER).state is State.WAITING
    chat.platform.dies = lambda _: None
    assert sent(chat, ORDER).state is State.SENT
    assert len(chat.platform.sent) == 1


@pytest.mark.parametrize("after", [False, True])
def test_dying_at_any_write_sends_at_most_once_and_tells_once(after: bool) -> None:
    with open_chat() as chat:
        chat.says("hi")
        writes = writes_of(lambda: sent(chat))
    for number in range(writes):
        with open_chat() as chat:
            chat.says("hi")
            assert killed_at(number, lambda: sent(chat), after=after)
            states = {sent(chat, now=LATER + hours).state for hours in range(3)}
            assert len(chat.platform.sent) <= 1
            assert len(states) == 1
            assert states <= {State.SENT, State.UNKNOWN}
            assert len(chat.events()) == 1
            assert windows.window(APPID, FAN).left >= 4


# ---- the order of several ----


def test_what_follows_a_message_that_has_to_wait_waits_too(chat: Chat) -> None:
    chat.rule("three", on="text", send=[{"text": str(number)} for number in range(3)])
    chat.says("hi")
    busy = iter([45011, 0, 0, 0])
    chat.platform.refuses = lambda _: next(busy)
    chat.work()
    assert chat.platform.texts == []
    chat.work()
    assert chat.platform.texts == ["1", "2"]


def test_a_platform_that_stays_busy_is_given_up_after_five_tries(chat: Chat) -> None:
    chat.rule("two", on="text", send=[{"text": "0"}, {"text": "1"}])
    chat.says("hi")
    chat.platform.refuses = lambda _: 45011
    chat.work(10)
    assert chat.platform.refused == [45011] * 5
    assert [one["reason"] for one in chat.events() if "reason" in one] == ["limit_reached"]


def test_a_reply_that_nobody_remembers_is_counted_and_dropped(chat: Chat) -> None:
    chat.line.bodies = ['{"reply": "gone", "tries": 0}']
    chat.work()
    assert (chat.platform.sent, chat.line.bodies) == ([], [])


def test_items_expire() -> None:
    with open_chat() as chat:
        chat.rule("all", on="text", every="1d", send=[{"text": "0"}, {"text": "1"}])
        chat.says("hi")
        chat.work()
        items = chat.stack.items("messages")
    assert {item["sk"]["S"] for item in items} == {"message", "reply", "cooldown", "pace"}
    assert all(int(item["expires"]["N"]) > (NOW + 30 * 86_400 * SECOND) // SECOND - 60 for item in items)
