"""Which channel a message takes, and when it may take a second one."""

import pytest

from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Refuse
from chalicelib.messages.policy.model import Address, Attempt, Consent, Fallback, Suppression, Tried, Unreachable
from chalicelib.messages.templates.model import ChannelName
from tests.unit.messages.policy.world import (
    APPID,
    CUSTOMER_SERVICE,
    DAY,
    HOUR,
    MARKETING,
    NOW,
    PHONE,
    POPUP,
    PUSH,
    SMS,
    SUBSCRIBE,
    TEMPLATE,
    asked,
    at,
    deferred,
    device,
    fan,
    person,
    phone,
    quiet,
    refused,
    rules,
    sent,
    told,
)

EVERYTHING = (fan(), phone(), device())
NIGHT = at("2026-03-04 23:00")
OTHER_PHONE = "+8613887654321"


def gone(result: Tried, route: object = TEMPLATE, address: str = "") -> Attempt:
    return Attempt(route.channel, route.account, result, NOW - HOUR, address)  # type: ignore[attr-defined]


def test_the_messages_favourite_goes_first() -> None:
    assert sent(asked(TEMPLATE, SMS, PUSH), person(*EVERYTHING)).route == TEMPLATE
    assert sent(asked(PUSH, SMS, TEMPLATE), person(*EVERYTHING)).route == PUSH


def test_the_persons_favourite_goes_first_where_the_message_has_words_for_it_and_lets_it() -> None:
    assert sent(asked(TEMPLATE, SMS, PUSH, preferred=ChannelName.SMS), person(*EVERYTHING)).route == SMS
    assert sent(asked(TEMPLATE, PUSH, preferred=ChannelName.SMS), person(*EVERYTHING)).route == TEMPLATE
    assert sent(asked(TEMPLATE, SMS, preferred=ChannelName.SMS, strict=True), person(*EVERYTHING)).route == TEMPLATE


def test_a_favourite_that_cannot_be_reached_gives_way() -> None:
    assert sent(asked(TEMPLATE, SMS, preferred=ChannelName.SMS), person(fan())).route == TEMPLATE


def test_who_left_the_account_is_told_by_sms_and_no_wechat_message_is_tried() -> None:
    left = person(fan(following=False), fan(SUBSCRIBE.channel, following=False), phone())
    found = sent(asked(TEMPLATE, SUBSCRIBE, CUSTOMER_SERVICE, SMS), left)
    assert found.route == SMS


@pytest.mark.parametrize(
    ("addresses", "route"),
    [((fan(),), TEMPLATE), ((phone(),), SMS), ((device(),), PUSH), ((fan(following=False), device()), PUSH)],
)
def test_one_message_reaches_followers_phones_and_apps_each_their_own_way(addresses: tuple[Address, ...], route: object) -> None:
    assert sent(asked(TEMPLATE, SMS, PUSH), person(*addresses)).route == route


def test_when_no_channel_is_left_each_has_its_reason() -> None:
    found = decide(asked(TEMPLATE, CUSTOMER_SERVICE, SMS), person(fan(following=False), fan(CUSTOMER_SERVICE.channel)), rules(), NOW)
    assert isinstance(found, Refuse)
    assert found.reasons == ((TEMPLATE, "not_following"), (CUSTOMER_SERVICE, "window_closed"), (SMS, "no_address"))
    assert found.reason == "no_address"


# ---- addresses ----


def test_of_several_phones_the_one_that_showed_life_last_is_taken() -> None:
    lively = phone(OTHER_PHONE, active_at=NOW - HOUR)
    assert sent(asked(SMS), person(phone(), lively)).address == OTHER_PHONE
    assert sent(asked(SMS), person(lively, phone())).address == OTHER_PHONE


def test_of_several_phones_one_that_takes_nothing_gives_way_to_another() -> None:
    dead = phone(OTHER_PHONE, active_at=NOW - HOUR, unreachable=Unreachable(NOW - HOUR, "gone"))
    assert sent(asked(SMS), person(phone(), dead)).address == PHONE
    listed = (Suppression(NOW, "complaint", OTHER_PHONE),)
    assert sent(asked(SMS), person(phone(), phone(OTHER_PHONE, active_at=NOW), suppressions=listed)).address == PHONE


def test_of_several_addresses_the_one_that_came_furthest_gives_the_reason() -> None:
    for one in (PHONE, OTHER_PHONE):
        listed = (Suppression(NOW, "complaint", one),)
        assert refused(asked(SMS, category=MARKETING), person(phone(), phone(OTHER_PHONE), suppressions=listed)) == ["no_consent"]


# ---- fallback ----


def test_the_next_channel_is_tried_after_a_failure_that_is_certain() -> None:
    assert sent(asked(TEMPLATE, SMS, tried=(gone(Tried.FAILED),)), person(*EVERYTHING)).route == SMS


def test_another_address_of_the_same_channel_is_tried_before_another_channel() -> None:
    failed = asked(SMS, PUSH, tried=(gone(Tried.FAILED, SMS, PHONE),))
    assert sent(failed, person(phone(), phone(OTHER_PHONE), device())).address == OTHER_PHONE
    assert sent(failed, person(phone(), device())).route == PUSH


@pytest.mark.parametrize("result", [Tried.SENT, Tried.DELIVERED, Tried.UNKNOWN])
def test_a_message_that_did_or_may_have_gone_out_takes_no_second_channel(result: Tried) -> None:
    assert isinstance(decide(asked(TEMPLATE, SMS, tried=(gone(result),)), person(*EVERYTHING), rules(), NOW), Refuse)


def test_no_receipt_in_the_time_that_the_message_sets_counts_as_a_failure() -> None:
    lost = asked(TEMPLATE, SMS, tried=(gone(Tried.SENT),), fallback=Fallback(receipt_within=HOUR))
    assert sent(lost, person(*EVERYTHING)).route == SMS
    assert refused(lost, person(fan())) == ["already_tried", "no_address"]


def test_a_message_that_was_not_sent_yet_is_tried_the_same_way_and_counts_anew() -> None:
    found = sent(asked(TEMPLATE, SMS, tried=(gone(Tried.NOT_SENT),)), person(*EVERYTHING))
    assert (found.route, found.use.attempt) == (TEMPLATE, 1)


# ---- waiting ----


def test_no_other_channel_is_looked_for_to_get_round_quiet_hours() -> None:
    policy = rules(quiet_hours=(quiet(),))
    anywhere = person(*EVERYTHING, fan(POPUP.channel))
    assert deferred(asked(TEMPLATE, POPUP), anywhere, policy, NIGHT) == ("quiet_hours", at("2026-03-05 08:00"))
    dropping = rules(quiet_hours=(quiet(drops=True),))
    assert refused(asked(TEMPLATE, POPUP), anywhere, dropping, NIGHT) == ["quiet_hours"]


def test_no_other_channel_is_looked_for_to_get_round_the_hours_of_advertising() -> None:
    yes = (Consent(granted=True, at=0, source="form"),)
    assert deferred(asked(SMS, PUSH, category=MARKETING), person(*EVERYTHING, consents=yes), now=NIGHT)[0] == "marketing_hours"


def test_a_channel_that_cannot_carry_the_message_does_not_make_it_wait() -> None:
    policy = rules(quiet_hours=(quiet(),))
    assert sent(asked(SMS, POPUP), person(fan(POPUP.channel)), policy, NIGHT).route == POPUP


def test_a_cap_of_one_channel_leaves_the_others_open() -> None:
    policy = rules(caps=(Cap("caps/0", 1, DAY, channel=ChannelName.SMS),))
    assert sent(asked(SMS, PUSH), person(*EVERYTHING, sends=told(NOW - HOUR, route=SMS)), policy).route == PUSH


def test_a_wait_that_ends_in_another_lasts_until_both_are_over() -> None:
    policy = rules(quiet_hours=(quiet(),), caps=(Cap("caps/0", 1, 12 * HOUR, waits=True),))
    earlier = person(fan(), sends=told(at("2026-03-04 11:00")))
    assert deferred(asked(), earlier, policy) == ("cap_reached", at("2026-03-05 08:00"))


def test_hours_that_together_leave_no_time_refuse_the_message() -> None:
    never = rules(quiet_hours=(quiet("09:00", "20:00"),))
    yes = (Consent(granted=True, at=0, source="form"),)
    assert refused(asked(SMS, category=MARKETING), person(phone(), consents=yes), never) == ["quiet_hours"]


def test_two_accounts_that_somebody_follows_are_two_routes() -> None:
    second = type(TEMPLATE)(ChannelName.TEMPLATE, "wx-second", "tpl-2")
    both = person(fan(following=False), fan(account="wx-second", value="oOther"))
    assert sent(asked(TEMPLATE, second), both).address == "oOther"
    assert sent(asked(TEMPLATE, second), person(fan(), *both.addresses[1:])).route.account == APPID
