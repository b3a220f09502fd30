"""Events told to whom they happened to: each once, whoever dies on the way, and by templates that are there."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.dispatch import store
from chalicelib.dispatch.model import Message, SourceKind, State
from chalicelib.errors import DocumentInvalid
from chalicelib.notices import book
from chalicelib.notices.documents import KIND
from infra.definition_files import read_folder
from infra.definition_import import in_order
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.living import DAY, does, later, live, put_in_force
from tests.support.ring import Ring
from tests.support.rules import EXAMPLES, definitions_stack
from tests.support.rules import put_in_force as publish

TEMPLATE = {
    "category": "service",
    "channels": {
        "popup": {"account": "shop", "title": "积分", "text": "+{{ event.properties.points }}"},
        "webhook": {"account": "erp", "type": "points", "data": {"points": "{{ event.properties.points }}"}},
    },
}
NOTICE: dict[str, Any] = {"event": "OrderPaid", "where": {"points": {"gt": 0}}, "template": "points"}


@pytest.fixture
def only_definitions() -> Iterator[Stack]:
    with definitions_stack() as made:
        publish("templates", "points", TEMPLATE)
        yield made


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = live(stack, monkeypatch)
    put_in_force(ring, templates__points=TEMPLATE, notices__points=NOTICE)
    return ring


def messages(stack: Stack) -> list[Message]:
    return [store.of_image(item) for item in stack.items("messages") if item["sk"]["S"] == "send"]


def refused(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as wrong:
        publish(KIND, "n", document)
    return [(one.path, one.code) for one in wrong.value.faults]


def test_an_event_becomes_a_message_to_whom_it_happened_to(ring: Ring, stack: Stack) -> None:
    does(ring, "OrderPaid", properties={"points": 12, "amount": 99}, user_id="ming")
    (message,) = messages(stack)
    assert (message.state, message.order.template, message.order.source.kind, message.order.source.name) == (
        State.ACCEPTED,
        "points",
        SourceKind.NOTICE,
        "points",
    )
    assert message.order.person == ring.person("user_id", "ming")["person_id"]
    assert message.order.event == {"name": "OrderPaid", "time": "2026-11-21T22:26:40.000Z", "properties": {"points": 12}}
    assert message.order.expires == NOW + DAY


def test_an_event_without_what_the_notice_asks_for_becomes_none(ring: Ring, stack: Stack) -> None:
    does(ring, "OrderPaid", properties={"points": 0}, user_id="ming")
    does(ring, "OrderSubmitted", properties={"points": 3}, user_id="ming")
    assert messages(stack) == []


def test_an_event_that_comes_again_is_not_told_again(ring: Ring, stack: Stack) -> None:
    ring.pump.faults.random.seed(1)
    object.__setattr__(ring.pump.faults, "redeliver", 1.0)
    one = {"id": "A1", "name": "OrderPaid", "time": NOW, "identifiers": {"user_id": "ming"}, "properties": {"points": 1}}
    for _ in range(2):
        ring.send(one)
        for _ in range(4):
            ring.pump.step()
    assert len(messages(stack)) == 1


def test_whoever_dies_between_the_folding_and_the_telling_tells_it_the_next_time(
    ring: Ring, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.dispatch import asking

    died: list[int] = []
    ask = asking.ask

    def dies_once(*asked: Any) -> Any:
        if not died:
            died.append(1)
            raise RuntimeError("killed")
        return ask(*asked)

    monkeypatch.setattr(asking, "ask", dies_once)
    does(ring, "OrderPaid", properties={"points": 12}, user_id="ming")
    assert died
    assert len(messages(stack)) == 1
    assert ring.person("user_id", "ming")["events"] == 1


def test_a_file_of_last_week_tells_nobody(ring: Ring, stack: Stack) -> None:
    one = {"name": "OrderPaid", "time": NOW - 7 * DAY, "identifiers": {"user_id": "ming"}, "properties": {"points": 1}}
    ring.send(one)
    ring.flow()
    assert messages(stack) == []


def test_an_archived_notice_tells_nothing_any_more(ring: Ring, stack: Stack) -> None:
    assert ring.operator.call("POST", "/v1/notices/points/archive").status == 200
    book.forget()
    does(ring, "OrderPaid", properties={"points": 12}, user_id="ming")
    assert messages(stack) == []


def test_a_segment_that_is_entered_is_told_to_whoever_entered_it(ring: Ring, stack: Stack) -> None:
    put_in_force(ring, segments__buyers={"where": {"event": "Bought"}})
    entered = {"event": "$segment_entered", "where": {"segment": "buyers"}, "template": "welcome", "channels": ["popup"]}
    welcome = {"category": "service", "channels": {"popup": {"account": "shop", "title": "您好", "text": "欢迎"}}}
    put_in_force(ring, templates__welcome=welcome, notices__welcome=entered)
    later(ring, 2 * 60_000)
    does(ring, "Bought", user_id="ming")
    assert [one.order.template for one in messages(stack)] == ["welcome"]


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"template": "nothing"}, "template", "template_unknown"),
        ({"channels": ["popup", "sms"]}, "channels/1", "channel_missing"),
        ({"event": "$segment_entered", "where": {"segment": "nobody"}}, "where", "reference_unknown"),
        ({"event": "$score_band_changed", "where": {"score": "nothing"}}, "where", "reference_unknown"),
    ],
)
def test_what_is_not_in_force_cannot_be_named(only_definitions: Stack, parts: dict[str, Any], path: str, code: str) -> None:
    assert refused(NOTICE | parts) == [(path, code)]


def test_the_examples_go_in_force(only_definitions: Stack) -> None:
    only_definitions.client("sqs").create_queue(QueueName=only_definitions.table("menus"))
    publish("accounts", "wx77aa00bb11cc22dd", {"type": "service"})
    publish("accounts", "wx88bb00cc11dd22ee", {"type": "mini_program"})
    found = in_order([one for one in read_folder(EXAMPLES / "messages") if one.kind in ("templates", KIND)])
    assert KIND in {one.kind for one in found}
    for one in found:
        assert publish(one.kind, one.name, one.document).document == one.document


def test_the_book_follows_what_is_published_and_archived(only_definitions: Stack) -> None:
    publish(KIND, "a", NOTICE)
    publish(KIND, "b", NOTICE | {"within": "2h"})
    publish(KIND, "a", NOTICE | {"within": "3h"})
    found = book.newest()
    assert (found.version, {name: one["within"] for name, one in found.documents.items()}) == (3, {"a": "3h", "b": "2h"})
    definitions.archive(KIND, "a", by="test", at=NOW)
    assert list(book.newest().documents) == ["b"]
