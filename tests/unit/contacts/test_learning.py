"""What trying an address teaches, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contacts.learning import DAY_MS, Trial, learned, tells_something
from chalicelib.contacts.model import NOTHING_KNOWN, Contact
from chalicelib.messages.policy.model import Unreachable
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason

NOW = 1_795_305_600_000
SMS, PUSH, TEMPLATE = ChannelName.SMS, ChannelName.PUSH, ChannelName.TEMPLATE


def tried(reason: Reason, at: int = NOW, channel: ChannelName = SMS, known: Contact = NOTHING_KNOWN, **more: object) -> Contact:
    return learned(known, Trial(channel, reason, at, **more))  # type: ignore[arg-type]


def test_an_address_that_is_none_any_more_is_left_alone_for_good() -> None:
    assert tried(Reason.ADDRESS_GONE).unreachable == {SMS: Unreachable(NOW, Reason.ADDRESS_GONE, None)}


@pytest.mark.parametrize("reason", [Reason.ADDRESS_INVALID, Reason.ADDRESS_BLOCKED])
def test_a_number_that_takes_nothing_is_tried_again_when_it_may_be_somebody_elses(reason: Reason) -> None:
    assert tried(reason).unreachable == {SMS: Unreachable(NOW, reason, NOW + 180 * DAY_MS)}


def test_a_phone_that_is_switched_off_is_tried_again_the_next_day() -> None:
    assert tried(Reason.ADDRESS_ABSENT).unreachable[SMS].until == NOW + DAY_MS


def test_a_limit_of_an_address_ends_when_the_provider_says() -> None:
    assert tried(Reason.ADDRESS_LIMIT, until=NOW + 5).unreachable[SMS].until == NOW + 5


def test_times_are_shorter_on_a_stage_whose_time_runs_faster() -> None:
    assert learned(NOTHING_KNOWN, Trial(SMS, Reason.ADDRESS_ABSENT, NOW), 3600).unreachable[SMS].until == NOW + DAY_MS // 3600


@pytest.mark.parametrize(
    "reason", [*sorted({*Reason} - {one for one in Reason if one.startswith("address_")} - {Reason.NONE}), Reason.ADDRESS_FORBIDDEN]
)
def test_what_is_not_the_addresss_fault_is_not_held_against_it(reason: Reason) -> None:
    assert not tells_something(reason)
    assert tried(reason) == NOTHING_KNOWN


def test_a_fan_who_blocks_a_template_still_takes_others_and_other_channels() -> None:
    contact = tried(Reason.ADDRESS_BLOCKED, channel=TEMPLATE, template="tpl-points")
    assert (contact.blocked, contact.unreachable) == ({"tpl-points": NOW}, {})


def test_a_message_that_arrived_takes_back_what_stood_against_the_address() -> None:
    assert tried(Reason.NONE, NOW + 1, known=tried(Reason.ADDRESS_ABSENT)).unreachable == {}
    blocked = tried(Reason.ADDRESS_BLOCKED, channel=TEMPLATE, template="tpl-points")
    assert tried(Reason.NONE, NOW + 1, TEMPLATE, blocked, template="tpl-points").blocked == {}


def test_but_a_late_receipt_of_an_earlier_one_does_not() -> None:
    dead = tried(Reason.ADDRESS_GONE)
    assert tried(Reason.NONE, NOW - 1, known=dead) == dead


def test_a_channel_says_nothing_of_another_one() -> None:
    contact = tried(Reason.ADDRESS_GONE, channel=PUSH, known=tried(Reason.ADDRESS_ABSENT))
    assert set(contact.unreachable) == {SMS, PUSH}
    assert set(tried(Reason.NONE, NOW + 1, known=contact).unreachable) == {PUSH}


def test_for_good_outlives_for_a_while() -> None:
    dead = tried(Reason.ADDRESS_GONE)
    assert tried(Reason.ADDRESS_ABSENT, NOW + 1, known=dead) == dead
    assert tried(Reason.ADDRESS_GONE, NOW + 1, known=tried(Reason.ADDRESS_ABSENT)).unreachable[SMS].reason == Reason.ADDRESS_GONE


trials = st.builds(
    Trial,
    st.sampled_from([SMS, TEMPLATE]),
    st.sampled_from(Reason),
    st.integers(NOW, NOW + 5),
    st.none(),
    st.sampled_from(["", "tpl-points"]),
)


@given(st.lists(trials), trials)
def test_the_same_receipt_again_teaches_nothing(before: list[Trial], last: Trial) -> None:
    contact = NOTHING_KNOWN
    for one in [*before, last]:
        contact = learned(contact, one)
    assert learned(contact, last) == contact
