"""Messages asked for over HTTP: each once for its key, clearly refused where something is unknown, and told of with addresses masked."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.dispatch import queue, states, store
from chalicelib.dispatch.links import Code
from chalicelib.dispatch.model import Message, SourceKind, State, Step, Trip
from chalicelib.dispatch.news import Click, followup_of
from chalicelib.messages.templates.model import ChannelName
from tests.support.aws import Stack
from tests.support.gateway import NOW, Gateway, Reply
from tests.support.living import does, live, put_in_force
from tests.support.ring import Ring
from tests.unit.campaigns.test_visits import PHONE

POPUP = {"account": "shop", "title": "618", "text": "{{ data.text | default: '您好' }}"}
TEMPLATE = {"category": "service", "channels": {"popup": POPUP, "webhook": {"account": "erp", "type": "hello", "data": {"n": 1}}}}
WANTED: dict[str, Any] = {"to": {"user_id": "ming"}, "template": "hello", "data": {"text": "在吗"}}
SHOP = "https://shop.example.com/618"


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Ming is known, and a template is in force. Nothing is dispatched."""
    ring = live(stack, monkeypatch)
    put_in_force(ring, templates__hello=TEMPLATE)
    does(ring, "Opened", user_id="ming")
    return ring


def ask(ring: Ring, **wanted: Any) -> Reply:
    return ring.operator.call("POST", "/v1/messages", WANTED | wanted)


def asked(ring: Ring, **wanted: Any) -> Message:
    reply = ask(ring, **wanted)
    assert reply.status == 202, reply.json
    found = store.find(reply.json["message_id"])
    assert found is not None
    return found


def faults(reply: Reply) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.json
    return [(one["path"], one["code"]) for one in reply.json["errors"]]


def test_a_message_is_kept_and_told_of_before_anything_is_decided(ring: Ring) -> None:
    message = asked(ring)
    assert (message.state, message.order.source.kind, message.order.data) == (State.ACCEPTED, SourceKind.API, {"text": "在吗"})
    shown = ring.operator.get(f"/v1/messages/{message.id}").json
    assert shown["person_id"] == ring.person("user_id", "ming")["person_id"]
    assert (shown["template"], shown["version"], shown["category"], shown["state"]) == ("hello", 1, "service", "accepted")
    assert shown["states"] == [{"state": "accepted", "at": "2026-11-21T22:26:40.000Z", "reason": "", "channel": ""}]
    assert "text" not in str(shown)


def test_the_same_key_and_content_is_the_same_message(ring: Ring) -> None:
    first, again = (asked(ring, idempotency_key="A1", channels=["popup"]) for _ in range(2))
    assert first == again
    assert asked(ring, idempotency_key="A2", channels=["popup"]).id != first.id


@pytest.mark.parametrize(
    "other",
    [
        {"data": {"text": "走吗"}},
        {"channels": ["popup"]},
        {"strict": True},
        {"expires": NOW + 60_000},
        {"split": "content"},
        {"to": {"user_id": "qing"}},
    ],
)
def test_a_key_does_not_stand_for_two_contents(ring: Ring, other: dict[str, Any]) -> None:
    does(ring, "Opened", user_id="qing")
    asked(ring, idempotency_key="A1")
    reply = ask(ring, idempotency_key="A1", **other)
    assert (reply.status, reply.json["code"]) == (409, "idempotency_conflict")


def test_a_key_still_stands_for_its_message_when_the_template_has_changed_or_gone(ring: Ring) -> None:
    first = asked(ring, idempotency_key="A1")
    put_in_force(ring, templates__hello=TEMPLATE | {"title": "新"})
    assert asked(ring, idempotency_key="A1").id == first.id
    assert ring.operator.call("POST", "/v1/templates/hello/archive").status == 200
    assert asked(ring, idempotency_key="A1").id == first.id


def test_a_key_still_stands_for_its_message_when_two_people_turn_out_to_be_one(ring: Ring) -> None:
    does(ring, "Opened", email="ming@example.com")
    first = asked(ring, to={"email": "ming@example.com"}, idempotency_key="A1")
    ring.send({"name": "Login", "time": NOW, "identifiers": {"user_id": "ming", "email": {"value": "ming@example.com", "verified": True}}})
    ring.flow()
    assert asked(ring, to={"email": "ming@example.com"}, idempotency_key="A1").id == first.id


def test_without_a_key_every_request_is_another_message(ring: Ring) -> None:
    first = asked(ring)
    ring.operator.now += 1
    assert asked(ring).id != first.id


@pytest.mark.parametrize(
    ("wanted", "path", "code"),
    [
        ({"template": "nothing"}, "template", "template_unknown"),
        ({"to": {"user_id": "nobody"}}, "to", "person_unknown"),
        ({"channels": ["popup", "sms"]}, "channels/1", "channel_missing"),
        ({"channels": ["pigeon"]}, "channels/0", "enum"),
        ({"expires": NOW}, "expires", "time_past"),
        ({"expires": "tomorrow"}, "expires", "time_invalid"),
        ({"data": {"text": "x" * 16_384}}, "data", "data_too_large"),
        ({"to": {"user_id": "ming", "mobile": "13800138001"}}, "to", "too_long"),
    ],
)
def test_what_is_unknown_is_refused_with_its_place(ring: Ring, wanted: dict[str, Any], path: str, code: str) -> None:
    assert faults(ask(ring, **wanted)) == [(path, code)]


def test_all_that_is_wrong_is_told_at_once(ring: Ring) -> None:
    reply = ask(ring, template="nothing", to={"user_id": "nobody"}, expires=NOW)
    assert {path for path, _ in faults(reply)} == {"template", "to", "expires"}


def test_a_namespace_that_cannot_be_is_no_person(ring: Ring) -> None:
    assert ask(ring, to={"No Namespace": "x"}).status == 400


def test_a_message_that_nobody_asked_for_is_not_found(ring: Ring) -> None:
    assert ring.operator.get("/v1/messages/none").status == 404


def test_every_state_is_told_with_time_reason_and_channel_and_the_address_masked(ring: Ring) -> None:
    message = asked(ring)
    trail = (*message.trail, Step(State.QUEUED, NOW + 1, "", "sms"), Step(State.FAILED, NOW + 2, "address_wrong", "sms"))
    trip = Trip(ChannelName.SMS, "aliyun", "13812345678", {"text": "x"})
    after = replace(message, state=State.FAILED, at=NOW + 2, reason="address_wrong", trail=trail, trip=trip, rev=message.rev + 1)
    assert store.replace(message, after)
    shown = ring.operator.get(f"/v1/messages/{message.id}").json
    assert (shown["state"], shown["reason"], shown["channel"], shown["account"]) == ("failed", "address_wrong", "sms", "aliyun")
    assert shown["address"] == "138****5678"
    assert [(one["state"], one["reason"], one["channel"]) for one in shown["states"]] == [
        ("accepted", "", ""),
        ("queued", "", "sms"),
        ("failed", "address_wrong", "sms"),
    ]


# ---- links ----


@pytest.fixture
def sent(ring: Ring) -> Message:
    message = asked(ring)
    trip = Trip(ChannelName.TEMPLATE, "wx1", "o1", {"url": "x"}, links=(SHOP, "https://shop.example.com/b?x=1"))
    queued = states.queued(message, trip, NOW)
    assert store.replace(message, queued)
    return queued


def opened(method: str, code: Code, agent: str = PHONE) -> Reply:
    import app as application

    return Gateway(application.app).call(method, f"/r/{code.text}", headers={"user-agent": agent, "accept": "text/html"})


def test_whoever_follows_the_link_of_a_message_gets_there_and_has_clicked_it(sent: Message, stack: Stack) -> None:
    reply = opened("GET", code := Code(sent.id, 1))
    assert (reply.status, reply.headers["location"]) == (302, f"https://shop.example.com/b?x=1&hl_code={code.text}")
    assert reply.headers["cache-control"] == "no-store"
    assert [followup_of(body)[0] for body in stack.messages("followups")] == [Click(sent.id, NOW, "1")]


@pytest.mark.parametrize(("method", "agent"), [("GET", "curl/8.5"), ("GET", ""), ("HEAD", PHONE)])
def test_machines_and_lookers_are_led_on_without_a_click(sent: Message, stack: Stack, method: str, agent: str) -> None:
    assert opened(method, Code(sent.id, 0), agent).headers["location"].startswith(SHOP)
    assert stack.messages("followups") == []


def test_a_link_that_the_message_does_not_have_leads_nowhere(sent: Message, stack: Stack) -> None:
    assert opened("GET", Code(sent.id, 2)).status == 404
    assert opened("GET", Code("00" * 16, 0)).status == 404
    assert stack.messages("followups") == []


def test_a_click_that_cannot_be_kept_is_an_error_and_not_lost(sent: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("no queue")

    monkeypatch.setattr(queue, "follow_up", fails)
    assert opened("GET", Code(sent.id, 0)).status == 500
