"""What could be sent to somebody now: the same answer that a message would get."""

from hypothesis import given

from chalicelib.contacts import outlook
from chalicelib.contacts.outlook import Room
from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.decisions import Defer, Refuse, Send
from chalicelib.messages.policy.model import Consent, ContactFacts, Permission
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import DEFAULT_RULES, MassQuota
from chalicelib.messages.policy.sends import released
from chalicelib.messages.templates.model import Category, ChannelName
from tests.unit.messages.policy.chance import World, worlds
from tests.unit.messages.policy.world import APPID, MARKETING, MASS, NOW, SERVICE, device, fan, person, phone, quiet, rules, told


def reasons(facts: ContactFacts, category: Category = MARKETING) -> dict[str, str]:
    found = {}
    for way in outlook.ways("p1", facts, DEFAULT_RULES, category, NOW):
        match way.decision:
            case Send():
                found[way.route.channel.value] = ""
            case Defer(reason=reason) | Refuse(reason=reason):
                found[way.route.channel.value] = reason.value
    return found


def test_every_channel_is_told_of_and_who_has_no_address_too() -> None:
    assert reasons(person()) == {channel.value: "no_address" for channel in ChannelName}


def test_each_way_tells_its_own_reason() -> None:
    found = reasons(person(fan(), phone(), device()))
    assert (found["template"], found["sms"], found["push"]) == ("", "no_consent", "no_consent")


def test_a_yes_opens_the_way() -> None:
    assert reasons(person(phone(), consents=(Consent(True, NOW, "form"),)))["sms"] == ""


def test_subscription_messages_are_told_by_template() -> None:
    some = fan(ChannelName.SUBSCRIBE, permissions={"used": Permission(), "left": Permission(left=1)})
    found = {
        way.route.template: type(way.decision) for way in outlook.ways("p1", person(some), DEFAULT_RULES, SERVICE, NOW) if way.route.account
    }
    assert found == {"left": Send, "used": Refuse}


def test_a_wait_is_told_with_its_end() -> None:
    policy = rules(quiet_hours=(quiet("11:00", "13:00"),))
    (way,) = [one for one in outlook.ways("p1", person(fan()), policy, SERVICE, NOW) if one.route.channel is ChannelName.TEMPLATE]
    assert isinstance(way.decision, Defer)
    assert way.decision.until == NOW + 3_600_000


def test_of_each_cap_what_is_left() -> None:
    policy = rules(caps=(Cap("caps/0", 3, Period.DAY), Cap("caps/1", 1, Period.DAY, channel=ChannelName.SMS)))
    sends = released(told(NOW - 5, NOW - 4, NOW - 3), "earlier-0", 0)
    assert outlook.caps_left(person(fan(), sends=sends), policy, NOW) == [Room("caps/0", 3, 2), Room("caps/1", 1, 0)]


def test_the_mass_quota_shows_before_anything_is_sent() -> None:
    policy = rules(mass_quota=MassQuota(4, {"content": 2}))
    facts = person(fan(ChannelName.MASS), sends=told(NOW - 5, NOW - 4, route=MASS, split="content"))
    assert outlook.mass_left(facts, policy, NOW) == [Room(APPID, 4, 2), Room(APPID, 2, 2, "content")]
    assert [one.left for one in outlook.mass_left(facts, policy, NOW)] == [2, 0]


@given(worlds)
def test_every_channel_and_every_address_has_a_way(world: World) -> None:
    asked, facts, policy, now = world
    found = outlook.ways(asked.person, facts, policy, asked.category, now)
    assert {way.route.channel for way in found} == set(ChannelName)
    assert all(any(one.serves(way.route) for way in found) for one in facts.addresses)


@given(worlds)
def test_what_is_left_of_caps_is_never_more_than_they_allow(world: World) -> None:
    _, facts, policy, now = world
    for room in (*outlook.caps_left(facts, policy, now), *outlook.mass_left(facts, policy, now)):
        assert 0 <= room.left <= room.limit
