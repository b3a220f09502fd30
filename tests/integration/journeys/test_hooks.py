"""Journeys in the ring: the merge lambda lets people in and out, the score lambda brings runs after people."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from chalicelib.identifiers import identifier
from chalicelib.journeys.engine.model import Run, Why
from chalicelib.journeys.events import reacting
from chalicelib.journeys.runs import regrouping, store
from chalicelib.people.reading import person_of
from tests.integration.journeys.world import UNPAID, WELCOME
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.living import does, live, put_in_force
from tests.support.ring import Ring, event

TEMPLATE = {"category": "service", "channels": {"popup": {"account": "shop", "title": "券", "text": "8 折"}}}


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = live(stack, monkeypatch)
    names = ("coupon", "hello", "again")
    put_in_force(ring, **{f"templates__{name}": TEMPLATE for name in names}, journeys__unpaid=UNPAID, journeys__welcome=WELCOME)
    return ring


def runs(namespace: str, value: str, journey: str) -> dict[str, Run]:
    """The runs of a person, by the identifier that entered."""
    found = store.find(person_of(identifier(namespace, value)).id, journey)
    return {run.by: run for run in found.runs} if found else {}


def orders(ring: Ring, **identifiers: str) -> None:
    does(ring, "OrderCreated", 1, {"order_id": "o1"}, **identifiers)


def test_an_order_lets_in_and_its_payment_lets_out(ring: Ring) -> None:
    orders(ring, user_id="ming")
    assert runs("user_id", "ming", "unpaid")["user_id#ming"].node == "hold"
    does(ring, "OrderPaid", properties={"order_id": "o1"}, user_id="ming")
    assert runs("user_id", "ming", "unpaid")["user_id#ming"].reason == Why.EXITED


def test_one_batch_acts_in_order(ring: Ring) -> None:
    paid, ordered = (event(name, at, {"order_id": "o1"}, user_id="ming") for name, at in (("OrderPaid", 2), ("OrderCreated", 1)))
    ring.send(paid, ordered)
    ring.flow()
    assert runs("user_id", "ming", "unpaid")["user_id#ming"].reason == Why.EXITED


def test_a_login_brings_the_runs_along_without_anybody_looking(ring: Ring, stack: Stack) -> None:
    orders(ring, anonymous_id="phone")
    does(ring, "SignedUp", user_id="ming")
    does(ring, "LoggedIn", user_id="ming", anonymous_id="phone")
    person = person_of(identifier("user_id", "ming")).id
    lying = [store.of_image(item) for item in stack.items("runs")]
    assert {one.person for one in lying if one.runs} == {person}
    assert set(runs("user_id", "ming", "unpaid")) == {"anonymous_id#phone"}
    assert set(runs("user_id", "ming", "welcome")) == {"user_id#ming"}


def test_an_unbinding_leaves_a_run_with_the_identifier_that_entered(ring: Ring) -> None:
    does(ring, "LoggedIn", user_id="ming", mobile="13912345678")
    orders(ring, mobile="13912345678")
    does(ring, "SignedUp", user_id="ming")
    assert ring.unbind("user_id", "ming", ("mobile", "13912345678")).status == 202
    ring.flow()
    assert set(runs("mobile", "13912345678", "unpaid")) == {"mobile#13912345678"}
    assert runs("user_id", "ming", "unpaid") == {}
    assert set(runs("user_id", "ming", "welcome")) == {"user_id#ming"}


def test_an_event_that_breaks_a_journey_goes_to_the_dead_letters_and_stops_nobody(
    ring: Ring, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = reacting._follow

    def broken(concern: Any, now: int) -> object:
        if concern.journey == "welcome":
            raise KeyError("hold")
        return follow(concern, now)

    monkeypatch.setattr(reacting, "_follow", broken)
    ring.send(event("SignedUp", 1, user_id="ming"), event("OrderCreated", 2, {"order_id": "o1"}, user_id="ming"))
    ring.flow()
    (letter,) = [json.loads(body) for body in stack.messages("dead-letters")]
    assert (letter["function"], letter["pk"], letter["reason"]) == ("merge", "user_id#ming", "welcome: KeyError: 'hold'")
    assert letter["sk"].startswith(f"{NOW - 3_600_000 + 1:013d}#")
    assert set(runs("user_id", "ming", "unpaid")) == {"user_id#ming"}


def test_runs_that_cannot_be_united_keep_nobody_elses_from_following(ring: Ring, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = regrouping.joined
    orders(ring, anonymous_id="phone")
    orders(ring, anonymous_id="tablet")
    spoilt = {person_of(identifier("anonymous_id", "tablet")).id}

    def broken(swallowed: Iterable[str], now: int) -> None:
        if spoilt & set(parts := list(swallowed)):
            raise KeyError("hold")
        joined(parts, now)

    does(ring, "LoggedIn", user_id="ming")
    does(ring, "LoggedIn", user_id="hua")
    spoilt.add(person_of(identifier("user_id", "hua")).id)  # whichever becomes a part of the other
    monkeypatch.setattr(regrouping, "joined", broken)
    ring.send(event("LoggedIn", 1, user_id="ming", anonymous_id="phone"), event("LoggedIn", 2, user_id="hua", anonymous_id="tablet"))
    ring.flow()
    letters = [json.loads(body) for body in stack.messages("dead-letters")]
    assert {(one["function"], one["pk"].removeprefix("P#") in spoilt, one["reason"]) for one in letters} == {
        ("score", True, "KeyError: 'hold'")
    }
    assert set(runs("user_id", "ming", "unpaid")) == {"anonymous_id#phone"}
