"""The dispatcher hears everything twice, late and in any order, with others at the same message: it comes to the same."""

from random import Random
from typing import Any

import pytest

from chalicelib.contacts import facts, uses
from chalicelib.dispatch import deciding, dispatching, states, store
from chalicelib.dispatch.model import State
from chalicelib.dispatch.news import Click, Receipt
from chalicelib.errors import Busy
from chalicelib.identifiers import identifier
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people.reading import person_of
from chalicelib.providers.model import Fate, Outcome, Reason, Result
from tests.support.aws import Stack
from tests.support.living import HOUR
from tests.support.messages import APPID, Office, open_office
from tests.support.pump import Faults
from tests.support.ring import MINUTE, event

WX, MULAN, PHONE = f"openid:{APPID}", "oMulan", "13900000001"
SENT = Outcome(Result.SENT, provider_id="88")
CAPPED = {"caps": [{"limit": 1, "within": "day"}]}


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = open_office(stack, monkeypatch)
    made.person(openid__wx1=MULAN, mobile=PHONE)
    return made


def lived(office: Office, faults: Faults) -> dict[str, Any]:
    """Four messages with four fates; what is known of each at the end, and what is on the timeline."""
    office.template(receipt_within="10m")
    office.ring.pump.faults = faults
    asked = [office.ask(WX, MULAN, key=str(number), version=1 if number < 3 else 2) for number in range(4)]
    office.flow()
    arrives, fails, unknown, _ = asked
    office.clock.pass_by(1000)
    outcomes = {arrives: SENT, fails: Outcome(Result.REFUSED, Reason.CONTENT_REFUSED), unknown: Outcome(Result.UNKNOWN)}
    for due in office.waiting(ChannelName.TEMPLATE):
        office.settle(due.id, outcomes.get(due.id, Outcome(Result.SENT, provider_id="99")))
    office.flow()
    office.clock.pass_by(1000)
    office.back(Receipt(ChannelName.TEMPLATE, APPID, Fate.DELIVERED, office.clock.now, reference="88"))
    office.clock.pass_by(1000)
    office.back(Click(arrives, office.clock.now, "0"))
    office.later(10 * MINUTE)
    for due in office.waiting(ChannelName.SMS):
        office.settle(due.id, SENT)
    office.flow()
    office.ring.pump.faults = Faults(Random(0))
    office.flow()
    ends = [(one.state, one.trip.channel if one.trip else "", one.rev, [at.result for at in one.tried]) for one in map(office.find, asked)]
    uses = facts.of(person_of(identifier(WX, MULAN)), office.clock.now).sends
    places = sorted((asked.index(one.message), one.attempt, one.channel, one in uses.released) for one in uses.uses)
    return {"ends": ends, "told": office.told(WX, MULAN), "places": places}


PLAIN = {
    "ends": [
        (State.CLICKED, ChannelName.TEMPLATE, 5, ["delivered"]),
        (State.SENT, ChannelName.SMS, 6, ["failed"]),
        (State.UNKNOWN, ChannelName.TEMPLATE, 3, []),
        (State.SENT, ChannelName.SMS, 6, ["sent"]),
    ],
    "told": [
        *("$message_failed", "$message_sent", "$message_sent", "$message_unknown"),
        *("$message_delivered", "$message_clicked", "$message_sent", "$message_sent"),
    ],
    "places": [
        (0, 0, "template", False),
        (1, 0, "template", True),
        (1, 1, "sms", False),
        (2, 0, "template", False),
        (3, 0, "template", False),
        (3, 1, "sms", False),
    ],
}


def test_four_messages_come_to_their_ends(office: Office) -> None:
    assert lived(office, Faults(Random(0))) == PLAIN


@pytest.mark.parametrize("seed", range(4))
def test_and_to_the_same_ends_when_everything_comes_twice_and_in_any_order(office: Office, seed: int) -> None:
    assert lived(office, Faults(Random(seed), shuffle=True, redeliver=0.5, small=True)) == PLAIN


def test_two_messages_at_the_same_moment_do_not_both_take_the_last_place(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.publish("contact-policies", "ours", CAPPED)
    one, two = (states.accepted(office.order(WX, MULAN, key), office.clock.now) for key in "12")
    reserve = uses.reserve
    others: list[Any] = []

    def meanwhile(*asked: Any) -> bool:
        if not others:  # the other one is decided between our look and our write
            others.append(None)
            others.append(deciding.decided(two, office.clock.now))
        return reserve(*asked)

    monkeypatch.setattr("chalicelib.contacts.uses.reserve", meanwhile)
    after = deciding.decided(one, office.clock.now)
    assert others[1].state is State.QUEUED
    assert (after.state, after.reason) == (State.REFUSED, "cap_reached")


def test_who_can_never_take_a_place_tries_again_later(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.contacts.uses.reserve", lambda *_: False)
    with pytest.raises(Busy):
        deciding.begun(office.order(WX, MULAN), office.clock.now)


def places(office: Office) -> list[tuple[int, bool]]:
    sends = facts.of(person_of(identifier(WX, MULAN)), office.clock.now).sends
    return [(use.attempt, use in sends.released) for use in sends.uses]


def test_a_dispatcher_that_dies_after_taking_the_place_does_not_take_another(office: Office) -> None:
    office.publish("contact-policies", "ours", CAPPED)
    message = office.ask(WX, MULAN)
    deciding.decided(office.find(message), office.clock.now)  # and dies
    office.flow()
    assert office.find(message).state is State.QUEUED
    assert places(office) == [(0, False)]


def test_and_gives_it_back_where_it_decides_otherwise_the_second_time(office: Office) -> None:
    message = office.ask(WX, MULAN, expires=office.clock.now + HOUR)
    deciding.decided(office.find(message), office.clock.now)
    office.clock.pass_by(2 * HOUR)
    office.flow()
    assert (office.find(message).state, office.find(message).reason) == (State.REFUSED, "expired")
    assert places(office) == [(0, True)]


def test_the_place_of_a_decision_that_came_second_is_given_back(office: Office) -> None:
    message = office.ask(WX, MULAN)
    before = office.find(message)
    assert store.replace(before, states.refused(before, "cancelled", None, office.clock.now))
    assert dispatching.decide(before, office.clock.now) is None
    assert places(office) == [(0, True)]


def test_a_refused_message_is_not_decided_again_by_a_late_record(office: Office) -> None:
    before = states.accepted(office.order(WX, MULAN), office.clock.now)
    store.put_new(before)
    office.flow()
    queued = office.find(before.id)
    dispatching.follow([before], office.clock.now)
    assert dispatching.decide(before, office.clock.now) is None
    assert office.find(before.id) == queued
    assert places(office) == [(0, False)]


def test_a_message_follows_its_person_through_a_merge(office: Office) -> None:
    office.publish("contact-policies", "ours", CAPPED)
    office.person(device_id="d-9")
    asked = office.order("device_id", "d-9", key="before", category=Category.SERVICE)
    office.ring.send(event("LoggedIn", HOUR, openid__wx1=MULAN, device_id="d-9"))
    office.ring.flow()
    assert office.ring.held(WX, MULAN) >= {("device_id", "d-9"), (WX, MULAN)}
    store.put_new(states.accepted(asked, office.clock.now))
    office.flow()
    second = office.ask(WX, MULAN, key="after")
    office.flow()
    assert office.trip(asked.id).address == MULAN
    assert (office.find(second).state, office.find(second).reason) == (State.REFUSED, "cap_reached")
    office.clock.pass_by(1000)
    office.call(ChannelName.TEMPLATE, SENT)
    assert office.told("device_id", "d-9") == ["$message_refused", "$message_sent"]


def test_many_are_decided_as_each_by_itself(office: Office) -> None:
    office.person(mobile="13900000002")
    office.person(email="x@example.com")
    orders = [
        office.order(WX, MULAN, "1"),
        office.order("mobile", "13900000002", "2"),
        office.order("email", "x@example.com", "3"),
        office.order(WX, MULAN, "4", version=7),
    ]
    weighed = deciding.weighed_many(orders, office.clock.now)
    begun = deciding.begun_many(orders, office.clock.now)
    assert [(one.state, one.trip.channel if one.trip else one.reason) for one in begun] == [
        (State.QUEUED, ChannelName.TEMPLATE),
        (State.QUEUED, ChannelName.SMS),
        (State.REFUSED, "no_address"),
        (State.REFUSED, "template_unknown"),
    ]
    assert [type(one).__name__ for one in weighed] == ["Send", "Send", "Refuse", "Refuse"]
    assert [store.put_new(one) for one in begun] == [True] * 4
    office.flow()
    assert [due.id for due in office.waiting(ChannelName.TEMPLATE)] == [begun[0].id]
