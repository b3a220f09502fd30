"""Every reason why a message does not go out, or not now: what brings it about, and what just does not."""

import re

import pytest

from chalicelib.fans.contacts import SHUT
from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.checks import MESSAGE_CHECKS, OPTION_CHECKS
from chalicelib.messages.policy.decisions import Reason
from chalicelib.messages.policy.model import Attempt, Consent, Fallback, Permission, Suppression, Tried, Unreachable
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import Basis, Holdout, Interaction, MassQuota
from chalicelib.messages.policy.sends import Use, released, reserved
from chalicelib.messages.templates.model import ChannelName
from infra.paths import ROOT
from tests.unit.messages.policy.world import (
    APPID,
    CUSTOMER_SERVICE,
    DAY,
    HOUR,
    MARKETING,
    MASS,
    MINUTE,
    NOTICE,
    NOW,
    OPENID,
    PHONE,
    POPUP,
    PUSH,
    SERVICE,
    SMS,
    SUBSCRIBE,
    TEMPLATE,
    TRANSACTIONAL,
    asked,
    at,
    deferred,
    device,
    fan,
    open_window,
    person,
    phone,
    quiet,
    refused,
    rules,
    sent,
    told,
)

YES = Consent(granted=True, at=NOW - DAY, source="form")
NO = Consent(granted=False, at=NOW - DAY, source="reply R")


def tried(result: Tried, time: int = NOW - MINUTE) -> tuple[Attempt, ...]:
    return (Attempt(TEMPLATE.channel, APPID, result, time),)


# ---- of the message ----


def test_no_route_a_message_without_words_for_any_channel_is_not_sent() -> None:
    empty = asked()
    assert refused(type(empty)(empty.message, empty.person, empty.category, ()), person(fan())) == ["no_route"]


def test_outcome_unknown_a_message_that_may_have_been_sent_is_not_sent_again_not_even_when_no_receipt_comes() -> None:
    again = asked(TEMPLATE, SMS, tried=tried(Tried.UNKNOWN, NOW - DAY), fallback=Fallback(receipt_within=HOUR))
    assert refused(again, person(fan(), phone())) == ["outcome_unknown"]


def test_already_sent_a_message_that_arrived_or_was_taken_on_is_the_only_one() -> None:
    for result in (Tried.DELIVERED, Tried.SENT):
        assert refused(asked(TEMPLATE, SMS, tried=tried(result)), person(fan(), phone())) == ["already_sent"]


def test_awaiting_receipt_a_message_that_was_taken_on_has_its_time_to_arrive() -> None:
    again = asked(TEMPLATE, SMS, tried=tried(Tried.SENT), fallback=Fallback(receipt_within=HOUR))
    assert deferred(again, person(fan(), phone())) == ("awaiting_receipt", NOW - MINUTE + HOUR)
    assert sent(again, person(fan(), phone()), now=NOW - MINUTE + HOUR).route == SMS


def test_fallback_off_after_a_failure_nothing_else_is_tried_where_the_message_does_not_want_it() -> None:
    once = asked(TEMPLATE, SMS, tried=tried(Tried.FAILED), fallback=Fallback(after_failure=False))
    assert refused(once, person(fan(), phone())) == ["fallback_off"]


def test_expired_a_message_that_is_worth_nothing_any_more_is_not_sent() -> None:
    assert refused(asked(expires=NOW), person(fan())) == ["expired"]
    assert sent(asked(expires=NOW + 1), person(fan()))


def test_holdout_a_share_of_the_people_gets_no_marketing_and_always_the_same_people() -> None:
    policy = rules(holdout=Holdout(0.2, "2026"))
    people = [f"p{number}" for number in range(1000)]
    held = {one for one in people if _is_held(one, policy)}
    assert 150 < len(held) < 250
    assert held <= {one for one in people if _is_held(one, rules(holdout=Holdout(0.3, "2026")))}
    assert held != {one for one in people if _is_held(one, rules(holdout=Holdout(0.2, "2027")))}
    unlucky = min(held)
    assert refused(asked(category=MARKETING, person=unlucky), person(fan()), policy) == ["holdout"]
    assert sent(asked(category=SERVICE, person=unlucky), person(fan()), policy)


def _is_held(name: str, policy: object) -> bool:
    from chalicelib.messages.policy.deciding import decide
    from chalicelib.messages.policy.decisions import Refuse

    return isinstance(decide(asked(category=MARKETING, person=name), person(fan()), policy, NOW), Refuse)  # type: ignore[arg-type]


# ---- of an address ----


def test_no_address_who_has_no_phone_gets_no_sms() -> None:
    assert refused(asked(SMS), person(fan())) == ["no_address"]
    assert refused(asked(TEMPLATE), person(fan(account="wx-another"))) == ["no_address"]


def test_already_tried_a_way_that_failed_is_not_taken_again() -> None:
    assert refused(asked(TEMPLATE, tried=tried(Tried.FAILED)), person(fan())) == ["already_tried"]
    assert sent(asked(TEMPLATE, tried=tried(Tried.NOT_SENT)), person(fan())).route == TEMPLATE


@pytest.mark.parametrize("category", [MARKETING, SERVICE, TRANSACTIONAL])
def test_suppressed_an_address_on_the_list_gets_nothing_of_any_kind(category: object) -> None:
    def on(entry: Suppression) -> list[str]:
        return refused(asked(SMS, category=category), person(phone(), suppressions=(entry,), consents=(YES,)))  # type: ignore[arg-type]

    assert on(Suppression(NOW, "complaint")) == ["suppressed"]
    assert on(Suppression(NOW, "complaint", PHONE)) == ["suppressed"]
    assert on(Suppression(NOW, "complaint", channel=ChannelName.SMS, until=NOW + 1)) == ["suppressed"]


@pytest.mark.parametrize(
    "entry",
    [
        Suppression(NOW + 1, "later"),
        Suppression(NOW - DAY, "over", until=NOW),
        Suppression(NOW, "of another number", "+8613900000000"),
        Suppression(NOW, "of another channel", channel=ChannelName.PUSH),
    ],
)
def test_an_entry_that_is_over_or_about_something_else_keeps_nothing_back(entry: Suppression) -> None:
    assert sent(asked(SMS), person(phone(), suppressions=(entry,)))


def test_consent_refused_no_is_no_also_for_services() -> None:
    for category in (MARKETING, SERVICE, TRANSACTIONAL):
        assert refused(asked(SMS, category=category), person(phone(), consents=(NO,))) == ["consent_refused"]


@pytest.mark.parametrize(
    ("said", "goes"),
    [
        ((NO, Consent(granted=True, at=NOW, source="form")), True),
        ((YES, Consent(granted=False, at=NOW, source="reply R", channel=ChannelName.SMS)), False),
        ((YES, Consent(granted=False, at=NOW, source="reply R", channel=ChannelName.PUSH)), True),
        ((YES, Consent(granted=False, at=NOW, source="reply R", category=SERVICE)), True),
        ((YES, Consent(granted=False, at=NOW, source="reply R", account="another")), True),
        ((NO, Consent(granted=True, at=NOW, source="form", channel=ChannelName.SMS, category=MARKETING, account="tencent")), True),
        ((Consent(granted=True, at=NOW, source="form"), Consent(granted=False, at=NOW, source="reply R")), False),
    ],
)
def test_the_newest_word_that_is_about_the_message_counts_and_of_two_at_once_the_no(said: tuple[Consent, ...], goes: bool) -> None:
    message = asked(SMS, category=MARKETING)
    for order in (said, said[::-1]):
        if goes:
            assert sent(message, person(phone(), consents=order))
        else:
            assert refused(message, person(phone(), consents=order)) == ["consent_refused"]


@pytest.mark.parametrize("way", [(SMS, phone()), (PUSH, device())])
def test_no_consent_advertising_by_phone_needs_a_yes(way: tuple[object, object]) -> None:
    route, address = way
    assert refused(asked(route, category=MARKETING), person(address)) == ["no_consent"]  # type: ignore[arg-type]
    assert sent(asked(route, category=MARKETING), person(address, consents=(YES,)))  # type: ignore[arg-type]
    assert sent(asked(route, category=SERVICE), person(address))  # type: ignore[arg-type]


def test_following_an_account_is_consent_to_what_it_tells() -> None:
    assert sent(asked(TEMPLATE, category=MARKETING), person(fan()))
    assert sent(asked(TEMPLATE, category=MARKETING), person(fan(following=None)))


def test_a_policy_may_ask_for_more_or_less_consent() -> None:
    stricter = rules(bases={SERVICE: {ChannelName.TEMPLATE: Basis.ASKED}, MARKETING: {ChannelName.PUSH: Basis.ASSUMED}})
    assert refused(asked(TEMPLATE), person(fan()), stricter) == ["no_consent"]
    assert sent(asked(TEMPLATE), person(fan(), consents=(YES,)), stricter)
    assert sent(asked(PUSH, category=MARKETING), person(device()), stricter)
    assert refused(asked(SMS, category=MARKETING), person(phone()), stricter) == ["no_consent"]


@pytest.mark.parametrize("route", [TEMPLATE, CUSTOMER_SERVICE, MASS, SUBSCRIBE])
def test_not_following_who_left_gets_nothing_more_from_the_account(route: object) -> None:
    gone = fan(
        route.channel,  # type: ignore[attr-defined]
        following=False,
        changed_at=NOW - MINUTE,
        window=open_window(),
        permissions={NOTICE: Permission(3, at=NOW - DAY)},
    )
    assert refused(asked(route), person(gone)) == ["not_following"]  # type: ignore[arg-type]


def test_what_somebody_allowed_after_they_left_may_be_sent() -> None:
    allowed = {NOTICE: Permission(1, at=NOW - MINUTE)}
    assert sent(asked(SUBSCRIBE), person(fan(SUBSCRIBE.channel, following=False, changed_at=NOW - DAY, permissions=allowed)))


def test_who_left_and_used_up_what_they_allowed_since_has_left() -> None:
    used_up = {NOTICE: Permission(0, at=NOW - MINUTE)}
    gone = person(fan(SUBSCRIBE.channel, following=False, changed_at=NOW - DAY, permissions=used_up))
    assert refused(asked(SUBSCRIBE), gone) == ["not_following"]


def test_a_policy_may_take_following_as_the_only_consent_to_subscription_messages() -> None:
    policy = rules(bases={SERVICE: {ChannelName.SUBSCRIBE: Basis.FOLLOWING}})
    allowed = {NOTICE: Permission(1, at=NOW - MINUTE)}
    left = fan(SUBSCRIBE.channel, following=False, changed_at=NOW - DAY, permissions=allowed)
    assert refused(asked(SUBSCRIBE), person(left), policy) == ["no_consent"]
    assert sent(asked(SUBSCRIBE), person(fan(SUBSCRIBE.channel, permissions=allowed)), policy)


def test_unreachable_a_dead_address_is_left_alone_until_it_shows_life() -> None:
    dead = Unreachable(NOW - HOUR, "switched_off")
    assert refused(asked(), person(fan(unreachable=dead, active_at=NOW - DAY))) == ["unreachable"]
    assert sent(asked(), person(fan(unreachable=dead, active_at=NOW - MINUTE)))
    assert refused(asked(SMS), person(phone(unreachable=Unreachable(NOW, "absent", NOW + 1)))) == ["unreachable"]
    assert sent(asked(SMS), person(phone(unreachable=Unreachable(NOW - HOUR, "absent", NOW))))


# ---- of a channel ----


def test_template_blocked_what_the_platform_does_not_carry_is_not_tried() -> None:
    assert refused(asked(), person(fan(blocked=frozenset({NOTICE})))) == ["template_blocked"]
    assert sent(asked(), person(fan(blocked=frozenset({"tpl-other"}))))


def test_no_interaction_no_template_message_goes_to_who_did_nothing_lately() -> None:
    policy = rules(template_interaction=Interaction(7 * DAY))
    assert refused(asked(), person(fan(active_at=NOW - 7 * DAY)), policy) == ["no_interaction"]
    assert refused(asked(), person(fan(active_at=0)), policy) == ["no_interaction"]
    assert sent(asked(), person(fan(active_at=NOW - 7 * DAY + 1)), policy)
    assert sent(asked(SMS), person(phone()), policy)


def test_a_policy_may_ask_for_interaction_by_category() -> None:
    policy = rules(template_interaction=Interaction(7 * DAY, frozenset({MARKETING})))
    assert sent(asked(), person(fan(active_at=0)), policy)
    assert refused(asked(category=MARKETING), person(fan(active_at=0)), policy) == ["no_interaction"]


def test_window_closed_nobody_is_answered_who_did_not_write_in_time() -> None:
    for window in (SHUT, open_window(until=NOW)):
        assert refused(asked(CUSTOMER_SERVICE), person(fan(CUSTOMER_SERVICE.channel, window=window))) == ["window_closed"]
    assert sent(asked(CUSTOMER_SERVICE), person(fan(CUSTOMER_SERVICE.channel, window=open_window(1, NOW + 1))))


def test_window_used_up_no_more_is_said_than_a_contact_allows() -> None:
    assert refused(asked(CUSTOMER_SERVICE), person(fan(CUSTOMER_SERVICE.channel, window=open_window(0)))) == ["window_used_up"]


@pytest.mark.parametrize(
    ("permissions", "goes"),
    [
        ({}, False),
        ({NOTICE: Permission(0)}, False),
        ({"tpl-other": Permission(1)}, False),
        ({NOTICE: Permission(1)}, True),
        ({NOTICE: Permission(0, lasting=True)}, True),
    ],
)
def test_no_permission_a_subscription_message_needs_one_that_is_left(permissions: dict[str, Permission], goes: bool) -> None:
    mini_program = person(fan(SUBSCRIBE.channel, following=None, permissions=permissions))
    if goes:
        assert sent(asked(SUBSCRIBE), mini_program)
    else:
        assert refused(asked(SUBSCRIBE), mini_program) == ["no_permission"]


# ---- of the time, and of how much ----


def test_marketing_hours_advertising_by_sms_waits_for_the_day_of_china() -> None:
    consenting = person(phone(), consents=(YES,), timezone="America/New_York")
    evening, morning = at("2026-03-04 20:00"), at("2026-03-05 09:00")
    assert deferred(asked(SMS, category=MARKETING), consenting, now=evening) == ("marketing_hours", morning)
    assert sent(asked(SMS, category=MARKETING), consenting, now=evening - 1)
    assert sent(asked(SMS, category=MARKETING), consenting, now=morning)
    assert sent(asked(SMS, category=SERVICE), consenting, now=evening)
    assert sent(asked(TEMPLATE, category=MARKETING), person(fan()), now=evening)


def test_quiet_hours_messages_wait_until_it_is_morning_where_the_person_lives() -> None:
    policy = rules(quiet_hours=(quiet(),))
    assert sent(asked(), person(fan()), policy)
    assert deferred(asked(), person(fan()), policy, at("2026-03-04 23:00")) == ("quiet_hours", at("2026-03-05 08:00"))
    away = person(fan(), timezone="America/New_York")
    assert deferred(asked(), away, policy) == ("quiet_hours", at("2026-03-04 08:00", "America/New_York"))
    assert sent(asked(), away, policy, at("2026-03-04 23:00"))


def test_the_policys_time_zone_counts_where_nobody_knows_the_persons_or_the_policy_says_so() -> None:
    policy = rules(quiet_hours=(quiet(),))
    assert sent(asked(), person(fan(), timezone="Atlantis/Poseidonis"), policy)
    assert sent(asked(), person(fan(), timezone="America/New_York"), rules(quiet_hours=(quiet(),), own_zones=False))


def test_quiet_hours_drop_what_is_not_meant_to_wait() -> None:
    policy = rules(quiet_hours=(quiet(drops=True),))
    assert refused(asked(), person(fan()), policy, at("2026-03-04 23:00")) == ["quiet_hours"]


def test_a_message_that_waits_already_is_not_dropped_by_hours_that_come_later() -> None:
    policy = rules(quiet_hours=(quiet("22:00", "23:00"), quiet("23:00", "06:00", drops=True)))
    assert deferred(asked(), person(fan()), policy, at("2026-03-04 22:30")) == ("quiet_hours", at("2026-03-05 06:00"))
    assert refused(asked(), person(fan()), policy, at("2026-03-04 23:30")) == ["quiet_hours"]


def test_a_message_for_which_it_is_always_quiet_does_not_wait_for_ever() -> None:
    assert refused(asked(), person(fan()), rules(quiet_hours=(quiet("00:00", "24:00"),))) == ["quiet_hours"]


def test_a_message_that_would_be_worth_nothing_in_the_morning_is_refused_in_the_evening() -> None:
    policy, evening, morning = rules(quiet_hours=(quiet(),)), at("2026-03-04 23:00"), at("2026-03-05 08:00")
    assert refused(asked(expires=morning), person(fan()), policy, evening) == ["quiet_hours"]
    assert deferred(asked(expires=morning + 1), person(fan()), policy, evening) == ("quiet_hours", morning)


def test_quiet_hours_are_not_for_what_people_cannot_do_without_nor_for_what_wakes_nobody() -> None:
    policy, night = rules(quiet_hours=(quiet(),)), at("2026-03-04 23:00")
    assert sent(asked(category=TRANSACTIONAL), person(fan()), policy, night)
    assert sent(asked(POPUP), person(fan(POPUP.channel)), policy, night)
    strict = rules(quiet_hours=(quiet(free_categories=frozenset(), free_channels=frozenset()),))
    assert deferred(asked(category=TRANSACTIONAL), person(fan()), strict, night)
    assert deferred(asked(POPUP), person(fan(POPUP.channel)), strict, night)


def test_mass_quota_used_the_fifth_mass_message_of_a_month_is_refused() -> None:
    month = [at(f"2026-03-0{day} 09:00") for day in (1, 2, 3)]
    three = person(fan(MASS.channel), sends=told(*month, route=MASS))
    four = person(fan(MASS.channel), sends=told(*month, NOW - HOUR, route=MASS))
    assert sent(asked(MASS), three)
    assert refused(asked(MASS), four) == ["mass_quota_used"]
    assert refused(asked(MASS), person(fan(MASS.channel, mass_elsewhere=1), sends=three.sends)) == ["mass_quota_used"]
    assert sent(asked(MASS), four, now=at("2026-04-01 00:00"))
    assert sent(asked(MASS), person(fan(MASS.channel), sends=told(*[at("2026-02-28 23:59")] * 4, route=MASS)))


def test_a_mass_message_that_did_not_go_out_or_is_the_same_one_takes_no_place_of_the_month() -> None:
    first = at("2026-03-01 00:00")
    full = told(first, first, first, first, route=MASS)
    assert refused(asked(MASS), person(fan(MASS.channel), sends=full)) == ["mass_quota_used"]
    assert sent(asked(MASS), person(fan(MASS.channel), sends=released(full, "earlier-2", 0)))
    assert sent(asked(MASS, message="earlier-2"), person(fan(MASS.channel), sends=full))


def test_a_month_of_mass_messages_is_chinas_whatever_the_persons() -> None:
    february = person(fan(MASS.channel), sends=told(*[at("2026-02-28 12:00")] * 4, route=MASS), timezone="America/New_York")
    assert sent(asked(MASS), february, now=at("2026-03-01 00:00"))


@pytest.mark.parametrize(
    ("had", "kind", "goes"),
    [
        (["content", "content"], "content", False),
        (["content", "content"], "activity", True),
        (["content", "content", "activity"], "activity", True),
        (["content", "content", "activity", "activity"], "activity", False),
        ([], "", False),
        ([], "survey", False),
    ],
)
def test_places_of_the_month_are_kept_for_each_kind_of_mass_message(had: list[str], kind: str, goes: bool) -> None:
    policy = rules(mass_quota=MassQuota(4, {"content": 2, "activity": 2}))
    sends = told()
    for number, split in enumerate(had):
        sends = reserved(sends, Use(NOW - HOUR + number, f"m-{number}", 0, MARKETING, MASS.channel, APPID, split))
    facts = person(fan(MASS.channel), sends=sends)
    if goes:
        assert sent(asked(MASS, split=kind), facts, policy)
    else:
        assert refused(asked(MASS, split=kind), facts, policy) == ["mass_quota_used"]


def test_what_no_kind_has_a_place_for_takes_what_is_left() -> None:
    policy = rules(mass_quota=MassQuota(4, {"content": 3}))
    one_other = person(fan(MASS.channel), sends=told(NOW - HOUR, route=MASS, split="survey"))
    assert sent(asked(MASS), person(fan(MASS.channel)), policy)
    assert refused(asked(MASS), one_other, policy) == ["mass_quota_used"]
    assert sent(asked(MASS, split="content"), one_other, policy)


def test_cap_reached_enough_is_enough_whatever_sends_it() -> None:
    policy = rules(caps=(Cap("caps/0", 2, 7 * DAY, MARKETING), Cap("caps/1", 9, DAY)))
    enough = person(fan(), sends=told(NOW - 2 * DAY, NOW - DAY))
    assert refused(asked(category=MARKETING), enough, policy) == ["cap_reached"]
    assert sent(asked(category=SERVICE), enough, policy).caps == ("caps/1",)
    assert sent(asked(category=MARKETING), enough, policy, NOW + 5 * DAY).caps == ("caps/0", "caps/1")


def test_a_cap_may_let_messages_wait_for_their_place() -> None:
    policy = rules(caps=(Cap("caps/0", 1, Period.DAY, waits=True),))
    today = person(fan(), sends=told(NOW - HOUR))
    assert deferred(asked(), today, policy) == ("cap_reached", at("2026-03-05 00:00"))
    both = rules(caps=(*policy.caps, Cap("caps/1", 1, 7 * DAY)))
    assert refused(asked(), today, both) == ["cap_reached"]


def test_a_message_that_has_its_place_already_does_not_wait_for_another() -> None:
    policy = rules(caps=(Cap("caps/0", 1, DAY),))
    decision = sent(asked(), person(fan()), policy)
    assert sent(asked(), person(fan(), sends=reserved(told(), decision.use)), policy, NOW + MINUTE)
    assert refused(asked(message="m2"), person(fan(), sends=reserved(told(), decision.use)), policy) == ["cap_reached"]


# ---- the table ----


def test_every_reason_has_one_check_and_a_test_that_is_named_after_it() -> None:
    order = [reason for reason, _ in (*MESSAGE_CHECKS, *OPTION_CHECKS)]
    assert order == list(Reason)
    names = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    assert [one for one in Reason if not any(name.startswith(one.value) for name in names)] == []


def test_the_documentation_lists_every_reason_in_the_order_of_the_checks() -> None:
    page = (ROOT / "docs" / "contact-policy.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z_]+)` \|", page.partition("## Reasons")[2].partition("\n## ")[0], re.MULTILINE) == [
        one.value for one in Reason
    ]


def test_nothing_stands_in_the_way_of_a_service_message_to_a_fan() -> None:
    found = sent(asked(), person(fan()))
    assert (found.route, found.address, found.caps) == (TEMPLATE, OPENID, ())
    assert found.use == Use(NOW, "m1", 0, SERVICE, ChannelName.TEMPLATE, APPID)
