"""What the timeline says of a message."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.dispatch import states, telling
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.tally_sheets import Note, note_of, word_of
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Kind
from chalicelib.events.reserved import is_reserved_event
from chalicelib.identifiers import Identifier
from chalicelib.messages.templates.model import ChannelName
from tests.unit.dispatch.samples import EVERY_STATE, NOW, SECOND, SMS, WECHAT, fallen_back, queued, receipt, settled

STRONGEST = Identifier("user_id", "u1")
SILENT = (State.ACCEPTED, State.QUEUED, State.CLAIMED)


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def strongest(person: str) -> Identifier:
        asked.append(person)
        return STRONGEST

    monkeypatch.setattr(telling, "strongest_of", strongest)
    return asked


def told(message: Message) -> Any:
    event = telling.event_of(message)
    assert event is not None
    return event


@pytest.mark.parametrize("state", [one for one in State if one not in SILENT])
def test_each_state_that_concerns_the_person_is_an_event_that_nobody_else_may_send(state: State) -> None:
    event = told(EVERY_STATE[state]())
    assert (event.name, event.kind) == (f"$message_{state}", Kind.DERIVED)
    assert is_reserved_event(event.name)


@pytest.mark.parametrize("state", SILENT)
def test_the_others_are_times_in_those(state: State) -> None:
    assert telling.event_of(EVERY_STATE[state]()) is None
    found = told(settled()).properties
    want = {"asked_at": NOW, "queued_at": NOW + SECOND, "claimed_at": NOW + 2 * SECOND}
    assert {name: found[name] for name in want} == {name: rfc3339(at) for name, at in want.items()}


def test_the_event_names_the_message_and_the_way_it_went() -> None:
    found = told(EVERY_STATE[State.FAILED]()).properties
    want = {"template": "points-changed", "by": "api", "of": "key-1", "channel": "template", "account": WECHAT.account, "attempt": 0}
    assert found.items() >= want.items()
    assert found["reason"] == "why"


def test_a_message_that_waits_says_until_when() -> None:
    assert told(EVERY_STATE[State.DEFERRED]()).properties["until"] == rfc3339(NOW + 60 * SECOND)


@pytest.mark.parametrize(
    ("trip", "namespace"),
    [
        (WECHAT, "openid:wx0000000000000001"),
        (replace(WECHAT, channel=ChannelName.MASS), "openid:wx0000000000000001"),
        (SMS, "mobile"),
        (replace(SMS, channel=ChannelName.PUSH), "push:aliyun-main"),
    ],
)
def test_the_event_stands_under_the_address_that_the_message_went_to(trip: Any, namespace: str, somebody: list[str]) -> None:
    event = told(settled(trip=trip))
    assert event.primary == Identifier(namespace, trip.address)
    assert event.verified == {event.primary.key}
    assert somebody == []


@pytest.mark.parametrize("channel", [ChannelName.POPUP, ChannelName.WEBHOOK])
def test_or_under_the_persons_strongest_identifier(channel: ChannelName, somebody: list[str]) -> None:
    assert told(settled(trip=replace(SMS, channel=channel))).primary == STRONGEST
    assert told(EVERY_STATE[State.REFUSED]()).primary == STRONGEST
    assert somebody == [settled().order.person] * 2


def test_of_nobody_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "strongest_of", lambda _: None)
    assert telling.event_of(EVERY_STATE[State.REFUSED]()) is None


def test_told_twice_it_is_the_same_event_and_of_another_attempt_it_is_not() -> None:
    assert told(settled()) == told(settled())
    first, second = EVERY_STATE[State.FAILED](), replace(fallen_back(), state=State.FAILED, at=EVERY_STATE[State.FAILED]().at)
    assert told(first).id != told(second).id
    assert queued().trip is not None


def test_the_words_and_addresses_of_a_message_are_not_in_its_event() -> None:
    shown = str(told(settled()).properties)
    assert WECHAT.address not in shown
    assert "静安店" not in shown


def test_what_arrived_by_an_earlier_way_is_told_and_counted_as_gone_that_way() -> None:
    delivered = states.received(fallen_back(settled()), receipt(), NOW + 10 * SECOND)
    for message in (delivered, states.clicked(delivered, NOW + 20 * SECOND)):
        found = told(message).properties
        assert (found["channel"], found["account"], found["attempt"]) == ("template", WECHAT.account, 0)
        assert "queued_at" not in found
        assert note_of(word_of(message)) == Note(message.state, "template")
        assert message.trail[-1].channel == "template"
