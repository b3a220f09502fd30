"""Messages, people and policies by chance, such that most messages have little against them, and every check has its turn.

Made of one number each: a failing test names it, and `world_of(number)` is what it failed for.
"""

from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from chalicelib.fans.contacts import Window
from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.hours import MINUTES_OF_DAY, Hours
from chalicelib.messages.policy.model import (
    Address,
    Asked,
    Attempt,
    Consent,
    ContactFacts,
    Fallback,
    Permission,
    Route,
    Suppression,
    Tried,
    Unreachable,
)
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import ContactRules, Holdout, Interaction, MassQuota, QuietHours
from chalicelib.messages.policy.sends import NOTHING_SENT, Sends, Use, released, reserved
from chalicelib.messages.templates.model import Category, ChannelName
from tests.unit.messages.policy.world import DAY, HOUR, NOTICE, ROUTES, at

T = TypeVar("T")
World = tuple[Asked, ContactFacts, ContactRules, int]
ZONES = ("", "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu")
FIRST, LAST = at("2026-01-01 00:00"), at("2027-03-01 00:00")
CLOCK_CHANGES = [
    at("2026-03-08 02:30", "America/New_York"),
    at("2026-11-01 01:30", "America/New_York"),
    at("2026-10-25 01:30", "Europe/London"),
]
SPLITS = ("", "content", "activity")


def seldom(chance: Random, value: T, otherwise: T, share: float = 0.15) -> T:
    return value if chance.random() < share else otherwise


def some_time(chance: Random) -> int:
    if chance.random() < 0.2:
        return chance.choice(CLOCK_CHANGES) + chance.randrange(-2 * HOUR, 2 * HOUR)
    return chance.randrange(FIRST, LAST)


def near(chance: Random, now: int) -> int:
    return now + chance.randrange(-3 * DAY, DAY)


def policy(chance: Random) -> ContactRules:
    return ContactRules(
        zone=ZoneInfo(chance.choice(ZONES[1:])),
        own_zones=chance.random() < 0.7,
        quiet_hours=tuple(QuietHours(_span(chance), chance.random() < 0.3) for _ in range(chance.choice((0, 1, 1, 2)))),
        caps=tuple(_cap(chance, place) for place in range(chance.randrange(4))),
        holdout=seldom(chance, Holdout(0.3, "x"), None),
        template_interaction=seldom(chance, Interaction(DAY), None, 0.4),
        mass_quota=chance.choice([MassQuota(), MassQuota(4, {"content": 2, "activity": 2}), MassQuota(2, {"content": 1})]),
    )


def _span(chance: Random) -> Hours:
    days = frozenset(range(7)) if chance.random() < 0.6 else frozenset(chance.sample(range(7), chance.randint(1, 6)))
    start = chance.randrange(0, MINUTES_OF_DAY, 15)
    return Hours(start, chance.choice([one for one in range(0, MINUTES_OF_DAY + 1, 15) if one != start]), days)


def _cap(chance: Random, place: int) -> Cap:
    within: Period | int = chance.choice([*Period, HOUR, DAY, 7 * DAY])
    category, channel = (
        seldom(chance, chance.choice(list(Category)), None, 0.5),
        seldom(chance, chance.choice(list(ChannelName)), None, 0.3),
    )
    return Cap(f"caps/{place}", chance.randint(1, 4), within, category, channel, waits=chance.random() < 0.5)


def _address(chance: Random, route: Route, now: int) -> Address:
    return Address(
        route.channel,
        chance.choice(["one", "two"]),
        seldom(chance, "", route.account),
        following=chance.choice([None, True, True, True, False]),
        changed_at=near(chance, now),
        active_at=seldom(chance, near(chance, now), now, 0.5),
        window=Window(now - 1, "e", seldom(chance, near(chance, now), now + DAY), chance.choice([0, 1, 5])),
        permissions={NOTICE: Permission(chance.choice([0, 1, 2]), chance.random() < 0.3, near(chance, now))},
        blocked=seldom(chance, frozenset({NOTICE}), frozenset()),
        unreachable=seldom(chance, Unreachable(near(chance, now), "gone", seldom(chance, near(chance, now), None)), None),
        mass_elsewhere=seldom(chance, 1, 0),
    )


def _sends(chance: Random, now: int) -> Sends:
    sends = NOTHING_SENT
    for number in range(chance.choice((0, 2, 5, 9))):
        route = chance.choice(ROUTES)
        use = Use(near(chance, now), f"s{number}", 0, chance.choice(list(Category)), route.channel, route.account, chance.choice(SPLITS))
        sends = reserved(sends, use)
        if chance.random() < 0.2:
            sends = released(sends, use.message, 0)
    return sends


def _consents(chance: Random, now: int) -> tuple[Consent, ...]:
    def word() -> Consent:
        channel, category = (
            seldom(chance, chance.choice(list(ChannelName)), None, 0.4),
            seldom(chance, chance.choice(list(Category)), None, 0.4),
        )
        return Consent(chance.random() < 0.7, near(chance, now), "form", channel, category)

    return tuple(word() for _ in range(chance.randrange(4)))


def _tried(chance: Random, now: int) -> tuple[Attempt, ...]:
    count = chance.choice((0, 0, 0, 1, 2))
    tried = ((chance.choice(ROUTES), chance.choice([Tried.FAILED, Tried.NOT_SENT, *Tried])) for _ in range(count))
    return tuple(Attempt(route.channel, route.account, result, now - chance.randrange(2 * HOUR)) for route, result in tried)


def world_of(number: int) -> World:
    """A message, its person, a policy and a time."""
    chance = Random(number)
    now = some_time(chance)
    routes = tuple(chance.sample(ROUTES, seldom(chance, 0, chance.randint(1, 4), 0.02)))
    asked = Asked(
        "m1",
        f"p{chance.randrange(9)}",
        chance.choice(list(Category)),
        routes,
        seldom(chance, chance.choice(list(ChannelName)), None, 0.5),
        chance.random() < 0.2,
        Fallback(chance.random() < 0.8, seldom(chance, HOUR, None, 0.5)),
        _tried(chance, now),
        seldom(chance, near(chance, now) + 2 * DAY, None),
        chance.choice(SPLITS),
    )
    made = (_address(chance, route, now) for route in (*routes, *routes) if chance.random() < 0.6)
    addresses = tuple({(one.channel, one.account, one.value): one for one in made}.values())
    suppressed = Suppression(near(chance, now), "complaint", chance.choice(["", "one"]), seldom(chance, ChannelName.SMS, None, 0.5))
    facts = ContactFacts(addresses, _consents(chance, now), seldom(chance, (suppressed,), ()), _sends(chance, now), chance.choice(ZONES))
    return asked, facts, policy(chance), now


numbers = st.integers(0, 2**48)
worlds = numbers.map(world_of)
chances = numbers.map(Random)
