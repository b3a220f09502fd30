"""What receipts teach of addresses, and what becomes of the places under the caps of ways that came to nothing."""

import pytest

from chalicelib.contacts import facts, reachable
from chalicelib.contacts import store as contacts
from chalicelib.contacts.model import Contact
from chalicelib.dispatch import deciding, places, states, store
from chalicelib.dispatch.model import State
from chalicelib.dispatch.news import Receipt
from chalicelib.identifiers import identifier
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people.reading import person_of
from chalicelib.providers.model import Fate, Outcome, Reason, Result
from tests.support.aws import Stack
from tests.support.living import DAY, HOUR
from tests.support.messages import APPID, Office, open_office
from tests.support.ring import MINUTE

WX, MULAN, PHONE = f"openid:{APPID}", "oMulan", "13900000001"
SENT = Outcome(Result.SENT, provider_id="88")


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = open_office(stack, monkeypatch)
    made.person(openid__wx1=MULAN, mobile=PHONE)
    return made


def receipt(fate: Fate, at: int, reason: str = "") -> Receipt:
    return Receipt(ChannelName.TEMPLATE, APPID, fate, at, reference="88", reason=reason)


def known() -> Contact:
    return contacts.contact(identifier(WX, MULAN).key)


def held(office: Office) -> list[tuple[int, bool]]:
    sends = facts.of(person_of(identifier(WX, MULAN)), office.clock.now).sends
    return sorted((use.attempt, use not in sends.released) for use in sends.uses)


def overdue(office: Office) -> str:
    """A message whose first way, WeChat, told nothing for too long, and that waits for its second, SMS."""
    office.template(receipt_within="10m")
    message = office.ask(WX, MULAN, version=2)
    office.flow()
    office.call(ChannelName.TEMPLATE, SENT)
    office.later(11 * MINUTE)
    assert (office.find(message).state, office.trip(message).channel) == (State.QUEUED, ChannelName.SMS)
    return message


def sent(office: Office) -> str:
    message = office.ask(WX, MULAN)
    office.flow()
    office.call(ChannelName.TEMPLATE, SENT)
    office.clock.pass_by(1000)
    return message


# ---- addresses ----


def test_a_message_that_arrived_ends_what_stood_against_the_address(office: Office) -> None:
    sent(office)
    for reason in (Reason.ADDRESS_ABSENT, Reason.ADDRESS_BLOCKED):
        reachable.learn(ChannelName.TEMPLATE, APPID, MULAN, reason, office.clock.now, template="T-1")
    office.clock.pass_by(1000)
    office.back(receipt(Fate.DELIVERED, office.clock.now))
    assert (known().unreachable, known().blocked) == ({}, {})


def test_one_that_arrived_before_the_trouble_began_ends_nothing(office: Office) -> None:
    sent(office)
    at = office.clock.now
    office.clock.pass_by(HOUR)
    reachable.learn(ChannelName.TEMPLATE, APPID, MULAN, Reason.ADDRESS_ABSENT, office.clock.now)
    office.back(receipt(Fate.DELIVERED, at))
    assert list(known().unreachable) == [ChannelName.TEMPLATE]


def test_a_receipt_that_comes_again_does_not_close_the_address_anew(office: Office) -> None:
    sent(office)
    failed = receipt(Fate.FAILED, office.clock.now, Reason.ADDRESS_ABSENT)
    office.back(failed)
    first = known().unreachable
    assert first[ChannelName.TEMPLATE].since == failed.at
    office.clock.pass_by(2 * DAY)
    office.back(failed)
    assert known().unreachable == first


def test_a_late_block_of_an_earlier_way_closes_its_template_and_not_the_channel(office: Office) -> None:
    overdue(office)
    office.back(receipt(Fate.FAILED, office.clock.now, Reason.ADDRESS_BLOCKED))
    assert (list(known().blocked), known().unreachable) == (["T-1"], {})


# ---- places ----


def test_the_place_of_a_second_way_is_given_back_when_the_first_turns_out_to_have_arrived(office: Office) -> None:
    message = overdue(office)
    assert held(office) == [(0, True), (1, True)]
    office.back(receipt(Fate.DELIVERED, office.clock.now))
    assert office.find(message).state is State.DELIVERED
    assert held(office) == [(0, True), (1, False)]


def test_the_place_of_a_first_way_is_given_back_when_it_turns_out_to_have_failed(office: Office) -> None:
    message = overdue(office)
    failed = receipt(Fate.FAILED, office.clock.now)
    for _ in range(2):
        office.back(failed)
        assert office.find(message).state is State.QUEUED
        assert held(office) == [(0, False), (1, True)]


def test_who_decides_otherwise_and_is_slower_frees_no_place_that_is_needed(office: Office) -> None:
    before = office.find(office.ask(WX, MULAN, expires=office.clock.now + HOUR))
    quick = deciding.decided(before, office.clock.now)
    slow = deciding.decided(before, office.clock.now + 2 * HOUR)
    assert (quick.state, slow.state) == (State.QUEUED, State.REFUSED)
    assert held(office) == [(0, True)]
    places.settled(quick, store.replace(before, quick))
    places.settled(slow, store.replace(before, slow))
    assert held(office) == [(0, True)]


def test_and_gives_it_back_when_the_refusal_stands(office: Office) -> None:
    order = office.order(WX, MULAN, expires=office.clock.now + HOUR)
    dies = deciding.begun(order, office.clock.now)
    slow = deciding.begun(order, office.clock.now + 2 * HOUR)
    places.settled(slow, store.put_new(slow))
    assert held(office) == [(0, False)]
    places.settled(dies, store.put_new(dies))  # not dead after all: nothing goes out on it
    assert (office.find(order.id).state, held(office)) == (State.REFUSED, [(0, False)])


def test_the_place_of_a_message_that_somebody_else_refused_is_given_back(office: Office) -> None:
    order = office.order(WX, MULAN)
    begun = deciding.begun(order, office.clock.now)
    accepted = states.accepted(order, office.clock.now)
    store.put_new(states.refused(accepted, "cancelled", None, office.clock.now))
    places.settled(begun, store.put_new(begun))
    assert held(office) == [(0, False)]


def test_transactional_messages_take_places_only_while_a_cap_counts_them(office: Office) -> None:
    office.ask(WX, MULAN, category=Category.TRANSACTIONAL)
    office.flow()
    assert held(office) == []
    office.publish("contact-policies", "ours", {"caps": [{"limit": 1, "within": "day", "category": "transactional"}]})
    asked = [office.ask(WX, MULAN, key=key, category=Category.TRANSACTIONAL) for key in ("2", "3")]
    office.flow()
    assert held(office) == [(0, True)]
    assert sorted(office.find(one).state for one in asked) == [State.QUEUED, State.REFUSED]
