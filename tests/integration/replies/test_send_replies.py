"""The lambda of the replies queue, from the message to the platform."""

import json
from typing import Any

import pytest

from chalicelib.entrypoints import send_replies as handler
from chalicelib.replies import queue
from chalicelib.replies.queue import Entered, ReplyDue
from tests.support.aws import memory_stack
from tests.support.chat import Chat, open_chat
from tests.support.clock import Clock
from tests.support.deliveries import Context
from tests.unit.wechat.samples import APPID, NOW

CONTEXT = Context("send_replies", "r1")


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]}


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Any:
    with open_chat() as made:
        Clock(NOW).install(monkeypatch, handler)
        monkeypatch.setattr(handler, "outlet_of", made.platform.outlet)
        made.rule("two", on="text", send=[{"text": "一"}, {"text": "二"}])
        yield made


def test_what_waits_is_sent(chat: Chat) -> None:
    chat.says("hi")
    assert handler.send_replies(batch(*chat.line.taken()), CONTEXT) == {"batchItemFailures": []}
    assert chat.platform.texts == ["二"]


def test_a_message_that_another_worker_has_comes_again(chat: Chat) -> None:
    chat.says("hi")
    (body,) = chat.line.taken()
    chat.platform.dies = lambda _: SystemExit()
    with pytest.raises(SystemExit):
        handler.send_replies(batch(body), CONTEXT)
    assert handler.send_replies(batch(body), CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert chat.platform.texts == ["二"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"reply": "a", "tries": "x"}', '{"person": "p", "segment": "s", "appid": "wx"}', "7"])
def test_a_message_that_nobody_understands_goes_to_the_dead_letters(body: str) -> None:
    with memory_stack() as stack:
        assert handler.send_replies(batch(body), CONTEXT) == {"batchItemFailures": []}
        (letter,) = stack.messages("dead-letters")
    assert json.loads(letter)["function"] == "send_replies"


@pytest.mark.parametrize("due", [ReplyDue("r1", 3), Entered("p_1", "vip", APPID, "p_1|3|0", NOW)])
def test_messages_come_out_of_the_queue_as_they_went_in(due: ReplyDue | Entered) -> None:
    with memory_stack() as stack:
        queue.put(due)
        assert [queue.due_of(body) for body in stack.messages("replies")] == [due]
