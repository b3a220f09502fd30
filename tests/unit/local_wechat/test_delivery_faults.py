"""Each thing that may go wrong on the way goes wrong in just the way that its name says, and the product takes only what it may believe."""

from typing import Any

import pytest

from chalicelib.wechat import envelope
from chalicelib.wechat.cipher import key_of
from chalicelib.wechat.envelope import Account, Mode
from chalicelib.wechat.refused import PushRefused
from infra.local_wechat.answers import Response
from infra.local_wechat.driver import SimulatorRefused
from infra.local_wechat.envelopes import Request
from tests.unit.local_wechat.stage import SERVICE, Stage, says
from tests.unit.wechat.samples import ENCODING_KEY, KEY, TOKEN

OLD = "OldKeyOfTheYear2025ABCDEFGHIJKLMNOPQRSTUVWX"


class Product:
    """What the product would make of a delivery: accepted by its kind, or refused by the reason."""

    def __init__(self, stage: Stage, mode: str, *keys: bytes) -> None:
        self.stage, self.account, self.found = stage, Account(SERVICE, Mode(mode), (TOKEN,), keys or (KEY,)), list[str]()
        stage.receiver.answers(self)

    def __call__(self, request: Request) -> Response:
        try:
            opened = envelope.open_push(request.query, request.body, self.account, self.stage.clock.wire())
        except PushRefused as refused:
            self.found.append(refused.reason)
            return Response(refused.status, refused.reason.encode())
        self.found.append(opened.push.kind)
        return Response(200, b"success")


def followed(mode: str = "safe", **account: Any) -> tuple[Stage, Product]:
    stage = Stage(mode, **account)
    stage.act("follow")
    return stage, Product(stage, mode)


@pytest.mark.parametrize(
    ("effect", "mode", "found"),
    [
        ("wrong_signature", "plain", "signature_wrong"),
        ("wrong_signature", "safe", "signature_wrong"),
        ("plain_signature_only", "safe", "signature_wrong"),
        ("plain_signature_only", "compatible", "signature_wrong"),
        ("foreign_appid", "safe", "account_wrong"),
        ("stale_timestamp", "plain", "timestamp_stale"),
        ("stale_timestamp", "safe", "timestamp_stale"),
        ("truncated", "safe", "cipher_text_invalid"),
        ("empty", "plain", "body_unreadable"),
        ("empty", "safe", "body_unreadable"),
        ("doctype", "plain", "doctype_forbidden"),
        ("doctype", "safe", "doctype_forbidden"),
    ],
)
def test_what_must_not_be_believed_is_refused_and_the_next_delivery_taken(effect: str, mode: str, found: str) -> None:
    stage, product = followed(mode)
    stage.driver.push_fault(effect, event="text", attempts=[1])
    done = stage.act("text", content="hi")
    assert (product.found, done.outcomes, done.faults) == ([found, "text"], ["delivered"], ["status"])
    assert [attempt["spoilt"] for attempt in done.pushes[0]["attempts"]] == [effect, None]


@pytest.mark.parametrize(
    ("effect", "kind"), [("unknown_event", "some_event_of_next_year"), ("unknown_type", "hologram"), ("json_in_xml", "text")]
)
@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_what_is_only_new_is_taken(effect: str, kind: str, mode: str) -> None:
    stage, product = followed(mode)
    stage.driver.push_fault(effect)
    assert stage.act("text", content="hi").outcomes == ["delivered"]
    assert product.found == [kind]


def test_a_fault_of_all_deliveries_loses_the_push() -> None:
    stage, product = followed()
    stage.driver.push_fault("foreign_appid")
    assert stage.act("text", content="hi").outcomes == ["failed"]
    assert product.found == ["account_wrong"] * 3


def test_around_the_replacement_of_a_key_both_are_used() -> None:
    stage = Stage("safe", old_aes_key=OLD)
    product = Product(stage, "safe", KEY, key_of(OLD))
    stage.driver.push_fault("old_key", event="subscribe")
    stage.act("follow")
    assert product.found == ["subscribe"]
    product.account = Account(SERVICE, Mode.SAFE, (TOKEN,), (KEY,))
    stage.driver.push_fault("old_key", event="unsubscribe", attempts=[1])
    assert stage.act("unfollow").outcomes == ["delivered"]
    assert product.found[1:] == ["padding_invalid", "unsubscribe"]
    assert stage.world.accounts[SERVICE].aes_key == ENCODING_KEY


def test_a_lost_answer_brings_the_push_again_after_the_time_limit() -> None:
    stage, _ = followed("plain")
    stage.receiver.answers(says("first"), says("second"))
    stage.driver.push_fault("answer_lost", attempts=[1])
    began = stage.clock.now
    done = stage.act("text", content="hi")
    assert (done.texts, done.faults) == (["second"], ["timed_out"])
    assert stage.clock.now - began == 5000
    assert stage.receiver.trees[-1] == stage.receiver.trees[-2]


def test_a_duplicate_comes_although_it_was_answered_and_both_answers_are_shown() -> None:
    stage, _ = followed("plain")
    stage.receiver.answers(says("first"), says("second"))
    stage.driver.push_fault("duplicate")
    assert stage.act("text", content="hi").texts == ["first", "second"]
    assert stage.receiver.trees[-1] == stage.receiver.trees[-2]


def test_while_an_address_is_down_nothing_reaches_it_and_the_fan_is_told() -> None:
    stage, product = followed()
    stage.driver.push_fault("down", count=2)
    for _ in range(2):
        done = stage.act("text", content="hi")
        assert (done.outcomes, done.faults, len(done.texts)) == (["failed"], ["unreachable"] * 3, 1)
    assert product.found == []
    assert stage.act("text", content="hi").outcomes == ["delivered"]


def test_a_delayed_push_comes_when_the_time_has_passed() -> None:
    stage, product = followed()
    stage.driver.push_fault("delayed", seconds=30)
    assert stage.act("text", content="hi").outcomes == ["held"]
    stage.driver.advance(29)
    assert product.found == []
    stage.driver.advance(1)
    assert product.found == ["text"]
    assert [one["outcome"] for one in stage.driver.pushes(name="text")] == ["delivered"]


def test_a_push_out_of_order_comes_after_the_next_one() -> None:
    stage, _ = followed("plain")
    stage.receiver.requests.clear()
    stage.driver.push_fault("reordered", event="text")
    stage.act("text", content="first")
    stage.act("text", content="second")
    assert [one["Content"] for one in stage.receiver.trees] == ["second", "first"]
    numbers = [int(one["MsgId"]) for one in stage.receiver.trees]
    assert numbers == sorted(numbers, reverse=True)


def test_a_slow_one_trickles() -> None:
    stage, product = followed()
    stage.driver.push_fault("slow", seconds=2)
    stage.act("text", content="hi")
    assert (stage.receiver.last.seconds, product.found) == (2, ["text"])


def test_a_fault_hits_what_it_names_and_as_often() -> None:
    stage, product = followed()
    stage.driver.push_fault("empty", event="text", attempts=[1], skip=1, count=2)
    for content in "abcd":
        stage.act("text", content=content)
    stage.act("image")
    assert product.found == ["text", *["body_unreadable", "text"] * 2, "text", "image"]


@pytest.mark.parametrize("match", [{"appid": "wxother"}, {"openid": "oSomebody"}, {"event": "image"}])
def test_others_are_left_alone(match: dict[str, str]) -> None:
    stage, product = followed()
    stage.driver.push_fault("empty", count=None, **match)
    stage.act("text", content="hi")
    assert product.found == ["text"]


def test_faults_end_when_they_are_cleared() -> None:
    stage, product = followed()
    stage.driver.push_fault("empty", count=None)
    stage.driver.no_push_faults()
    stage.act("text", content="hi")
    assert product.found == ["text"]


@pytest.mark.parametrize("given", [{"effect": "plague"}, {"effect": "empty", "colour": "red"}, {"effect": "empty", "attempts": "x"}])
def test_nonsense_is_no_fault(given: dict[str, Any]) -> None:
    stage = Stage()
    with pytest.raises(SimulatorRefused, match="400"):
        stage.driver.push_fault(**given)


def test_a_declared_entity_is_really_used() -> None:
    stage, _ = followed("plain")
    stage.driver.push_fault("doctype")
    stage.act("text", content="hi")
    assert b"&b;" in stage.receiver.requests[-3].body
