"""Which addresses a person has, and what is known of each."""

import pytest

from chalicelib.contacts.addresses import Known, addresses_of, fans_among, identifier_of
from chalicelib.contacts.model import BLOCKED_MS, Contact, FanState, Granted
from chalicelib.fans.contacts import Window
from chalicelib.identifiers import Identifier, identifier
from chalicelib.messages.policy.model import Address, Consent, Permission, Unreachable
from chalicelib.messages.templates.model import ChannelName

NOW = 1_795_305_600_000
APPID, MINI = "wx77aa00bb11cc22dd", "wx11mini0000000000"
FAN = identifier(f"openid:{APPID}", "oMulan")
VISITOR = identifier(f"openid:{MINI}", "oMini")
PHONE = identifier("mobile", "13912345678")
DEVICE = identifier("push:jpush", "190e35f7e07")
WINDOW = Window(NOW - 60_000, "e1", NOW + 60_000, 3)


def known(contacts: dict[str, Contact] | None = None, fan: FanState | None = None) -> Known:
    fans = {(APPID, "oMulan"): fan} if fan else {}
    return Known(contacts or {}, fans, frozenset({MINI}))


def of(channel: ChannelName, *identifiers: Identifier, about: Known | None = None) -> Address:
    found = [one for one in addresses_of("p_1", identifiers, about or known(), NOW) if one.channel is channel]
    assert len(found) == 1
    return found[0]


def ways(*identifiers: Identifier) -> set[tuple[str, str, str]]:
    return {(one.channel.value, one.account, one.value) for one in addresses_of("p_1", identifiers, known(), NOW)}


EVERYBODY = {("popup", "", "p_1"), ("webhook", "", "p_1")}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (FAN, {(channel, APPID, "oMulan") for channel in ("template", "subscribe", "customer_service", "mass")}),
        (VISITOR, {(channel, MINI, "oMini") for channel in ("subscribe", "customer_service")}),
        (PHONE, {("sms", "", "13912345678")}),
        (DEVICE, {("push", "jpush", "190e35f7e07")}),
        (identifier("user_id", "u1"), set()),
        (identifier("openid", "oNobodys"), set()),
        (identifier("email", "a@b.cn"), set()),
    ],
)
def test_each_identifier_is_reached_its_own_way(one: Identifier, expected: set[tuple[str, str, str]]) -> None:
    assert ways(one) == expected | EVERYBODY


def test_popups_and_webhooks_need_no_address() -> None:
    assert ways() == EVERYBODY


def test_a_fan_brings_along_whether_they_follow_and_what_they_did_last() -> None:
    template = of(ChannelName.TEMPLATE, FAN, about=known(fan=FanState(True, NOW - 5, WINDOW)))
    assert (template.following, template.changed_at, template.window, template.active_at) == (True, NOW - 5, WINDOW, NOW - 5)


def test_who_left_shows_no_life_by_having_left() -> None:
    assert of(ChannelName.TEMPLATE, FAN, about=known(fan=FanState(False, NOW - 5, WINDOW))).active_at == 0


def test_nobody_follows_a_mini_program() -> None:
    about = Known({}, {(MINI, "oMini"): FanState(False, NOW, WINDOW)}, frozenset({MINI}))
    service = of(ChannelName.CUSTOMER_SERVICE, VISITOR, about=about)
    assert (service.following, service.window) == (None, WINDOW)


def test_permissions_come_with_the_fan() -> None:
    contact = Contact(granted={"tpl": Granted(credits=(1, 2), at=2)})
    assert of(ChannelName.SUBSCRIBE, FAN, about=known({FAN.key: contact})).permissions == {"tpl": Permission(left=2, at=2)}


def test_a_template_that_the_fan_blocked_is_tried_again_after_a_month() -> None:
    contact = Contact(blocked={"old": NOW - BLOCKED_MS, "new": NOW - BLOCKED_MS + 1})
    assert of(ChannelName.TEMPLATE, FAN, about=known({FAN.key: contact})).blocked == {"new"}


def test_what_a_channel_found_closed_is_closed_on_that_channel_only() -> None:
    dead = Unreachable(NOW, "address_gone")
    about = known({FAN.key: Contact(unreachable={ChannelName.TEMPLATE: dead}), PHONE.key: Contact(unreachable={ChannelName.SMS: dead})})
    assert of(ChannelName.TEMPLATE, FAN, about=about).unreachable == of(ChannelName.SMS, PHONE, about=about).unreachable == dead
    assert of(ChannelName.MASS, FAN, about=about).unreachable is None


def test_a_yes_by_a_phone_is_its_sign_of_life() -> None:
    words = (Consent(True, NOW - 5, "form"), Consent(False, NOW, "hotline"))
    assert of(ChannelName.SMS, PHONE, about=known({PHONE.key: Contact(words)})).active_at == NOW - 5
    assert of(ChannelName.PUSH, DEVICE).active_at == 0


@pytest.mark.parametrize("one", [FAN, VISITOR, PHONE, DEVICE])
def test_a_channel_finds_the_identifier_behind_an_address(one: Identifier) -> None:
    for address in addresses_of("p_1", [one], known(), NOW):
        if address.value != "p_1":
            assert identifier_of(address.channel, address.account, address.value) == one


def test_a_phone_number_is_the_same_with_its_country_before_it() -> None:
    assert identifier_of(ChannelName.SMS, "tencent", "+8613912345678") == PHONE


def test_popups_and_webhooks_have_no_identifier() -> None:
    assert identifier_of(ChannelName.POPUP, "", "p_1") is identifier_of(ChannelName.WEBHOOK, "erp", "p_1") is None


def test_fans_are_those_whose_account_is_known() -> None:
    assert fans_among([FAN, PHONE, identifier("openid", "oX"), VISITOR]) == [(APPID, "oMulan"), (MINI, "oMini")]
