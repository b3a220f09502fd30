"""Each reason that depends on what is known of reaching a person, from the event or call that makes it so to the decision."""

import pytest

from chalicelib.contacts import consents, permissions, reachable, suppressions, uses
from chalicelib.identifiers import identifier
from chalicelib.messages.policy.model import Consent, Route, Suppression
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason
from tests.integration.contacts import world
from tests.integration.contacts.world import (
    APPID,
    CUSTOMER_SERVICE,
    DAY,
    DEVICE,
    FAN,
    MARKETING,
    MASS,
    MINI,
    MINUTE,
    NOTICE,
    PHONE,
    PUSH,
    SMS,
    SUBSCRIBE,
    TEMPLATE,
    TRANSACTIONAL,
    VISITOR,
    Reached,
)
from tests.support.gateway import NOW

USER, MOBILE, OPENID = (identifier(*one).key for one in (("user_id", "u1"), ("mobile", PHONE), (f"openid:{APPID}", FAN)))


def test_who_is_known_can_be_told_something_by_every_channel_that_they_have(her: Reached) -> None:
    world.wrote()
    assert [her.reason(one) for one in (TEMPLATE, CUSTOMER_SERVICE, MASS, SMS, PUSH)] == [""] * 5
    assert her.reason(Route(ChannelName.CUSTOMER_SERVICE, MINI)) == "window_closed"


def test_no_consent_was_given_to_advertising_by_sms(her: Reached) -> None:
    assert her.reason(SMS, category=MARKETING, now=NOON) == "no_consent"
    consents.said(MOBILE, Consent(True, NOW, "form", ChannelName.SMS))
    assert her.reason(SMS, category=MARKETING, now=NOON) == ""


def test_consent_refused_by_the_newest_word_whichever_identifier_said_it(her: Reached) -> None:
    consents.said(MOBILE, Consent(True, NOW - 2, "form"))
    consents.said(USER, Consent(False, NOW - 1, "hotline"))
    assert her.reason(SMS, category=TRANSACTIONAL) == her.reason(TEMPLATE) == "consent_refused"
    consents.said(OPENID, Consent(True, NOW, "form"))
    assert her.reason(SMS) == ""


def test_suppressed_is_the_person_whoever_entered_them_under_which_identifier(her: Reached) -> None:
    suppressions.put([USER], Suppression(NOW, "complaint"))
    assert {her.reason(one, category=TRANSACTIONAL) for one in (TEMPLATE, SMS, PUSH)} == {"suppressed"}
    suppressions.lift([USER])
    assert her.reason(SMS) == ""


def test_suppressed_is_one_number_and_nothing_else(her: Reached) -> None:
    suppressions.put([MOBILE], Suppression(NOW, "number sold", PHONE))
    assert (her.reason(SMS), her.reason(PUSH), her.reason(TEMPLATE)) == ("suppressed", "", "")


def test_a_suppression_ends_when_it_was_to(her: Reached) -> None:
    suppressions.put([USER], Suppression(NOW, "pause", until=NOW + DAY))
    assert (her.reason(SMS), her.reason(SMS, now=NOW + DAY)) == ("suppressed", "")


def test_not_following_any_more_stops_everything_of_the_account_at_once(her: Reached) -> None:
    world.wrote()
    world.left()
    assert {her.reason(one) for one in (TEMPLATE, CUSTOMER_SERVICE, MASS, SUBSCRIBE)} == {"not_following"}
    assert her.reason(SMS) == ""


def test_a_subscription_that_was_allowed_after_leaving_still_arrives(her: Reached) -> None:
    world.left(NOW - 2 * MINUTE)
    permissions.noted(world.answered("popup", NOTICE, "accept"), APPID, NOW)
    assert (her.reason(SUBSCRIBE), her.reason(TEMPLATE)) == ("", "not_following")


def test_window_closed_until_the_fan_writes(her: Reached) -> None:
    assert her.reason(CUSTOMER_SERVICE) == "window_closed"
    world.wrote()
    assert her.reason(CUSTOMER_SERVICE) == ""


def test_no_permission_until_the_fan_gives_one_and_none_when_it_is_used(her: Reached) -> None:
    assert her.reason(SUBSCRIBE) == "no_permission"
    permissions.noted(world.answered("popup", NOTICE, "accept"), APPID, NOW)
    assert her.reason(SUBSCRIBE) == ""
    assert permissions.spent(APPID, FAN, NOTICE, "m1")
    assert her.reason(SUBSCRIBE) == "no_permission"


def test_no_permission_after_the_platform_says_so(her: Reached) -> None:
    permissions.noted(world.answered("popup", NOTICE, "accept"), APPID, NOW)
    permissions.gone(APPID, FAN, NOTICE, NOW)
    assert her.reason(SUBSCRIBE) == "no_permission"


def test_unreachable_is_a_number_that_is_none_and_only_by_that_channel(her: Reached) -> None:
    reachable.learn(ChannelName.SMS, "tencent", "+86" + PHONE, Reason.ADDRESS_INVALID, NOW)
    assert (her.reason(SMS, now=NOW + 30 * DAY), her.reason(PUSH)) == ("unreachable", "")
    consents.said(MOBILE, Consent(True, NOW + 1, "form"))
    assert her.reason(SMS) == ""


def test_unreachable_is_a_device_whose_app_is_gone(her: Reached) -> None:
    reachable.learn(ChannelName.PUSH, "jpush", DEVICE, Reason.ADDRESS_GONE, NOW)
    assert her.reason(PUSH) == "unreachable"


def test_template_blocked_is_one_template_of_one_fan(her: Reached) -> None:
    reachable.learn(ChannelName.TEMPLATE, APPID, FAN, Reason.ADDRESS_BLOCKED, NOW, template=NOTICE)
    assert her.reason(TEMPLATE) == "template_blocked"
    assert her.reason(Route(ChannelName.TEMPLATE, APPID, "tpl-other")) == ""


def test_cap_reached_by_messages_that_were_reserved_and_free_again_when_one_certainly_did_not_go(her: Reached) -> None:
    her.ring.publish("contact-policies", "brand", {"caps": [{"limit": 2, "within": "7d"}]})
    for message in ("m1", "m2"):
        assert uses.reserve(her.person.id, her.use(TEMPLATE, message=message).use, her.facts().sends)
    assert her.reason(SMS, message="m3") == "cap_reached"
    uses.release(her.person.id, "m1", 0)
    assert her.reason(SMS, message="m3") == ""


def test_mass_quota_used_by_the_fourth_of_the_month_so_that_the_fifth_is_refused_before_it_is_sent(her: Reached) -> None:
    for message in ("m1", "m2", "m3", "m4"):
        assert uses.reserve(her.person.id, her.use(MASS, category=MARKETING, message=message).use, her.facts().sends)
    assert her.reason(MASS, category=MARKETING, message="m5") == "mass_quota_used"
    assert her.reason(MASS, category=MARKETING, message="m5", now=NOW + 11 * DAY) == ""


@pytest.mark.parametrize("openid", [VISITOR])
def test_nobody_follows_a_mini_program_so_nobody_leaves_it(her: Reached, openid: str) -> None:
    permissions.noted(world.answered("popup", NOTICE, "accept", openid=openid), MINI, NOW)
    assert her.reason(Route(ChannelName.SUBSCRIBE, MINI, NOTICE)) == ""


NOON = NOW + 6 * 3_600_000  # 12:26 in China: the hours of advertising by SMS
