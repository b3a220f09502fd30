"""A dry run over what happened says of each person what the journey, which was in force then, has done."""

import random
from typing import Any, Final

import pytest

from tests.support.aws import Stack
from tests.support.journeys import Road, open_journeys
from tests.support.living import HOUR
from tests.support.rehearsals import Way, done, pass_by, rehearsed
from tests.support.ring import MINUTE

UNPAID: Final[dict[str, Any]] = {
    "title": "未支付挽回",
    "entry": {"event": "OrderPlaced", "key": "properties.order_id", "re_entry": {"policy": "after_exit", "limit": 3, "within": "1d"}},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "goal": {"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}, "within": ["1h", "1d"]},
    "control": 0.15,
    "start": "hold",
    "nodes": {
        "hold": {"wait": "40m", "next": "pick"},
        "pick": {"branch": [{"where": {"event": "OrderPlaced", "count": {"gte": 2}}, "next": "mark"}], "else": "offer"},
        "mark": {"do": [{"set": {"name": "常客"}}, {"add_tag": "hesitant"}], "next": "offer"},
        "offer": {"send": {"template": "points"}, "next": "watch"},
        "watch": {"wait_for": {"event": "CouponClaimed"}, "within": "2h", "then": "claimed", "else": "again"},
        "again": {"send": {"template": "points", "channels": ["sms"]}, "next": "lapsed"},
        "claimed": {"exit": "claimed"},
        "lapsed": {"exit": "lapsed"},
    },
}  # fmt: skip
POLICY: Final = {
    "quiet_hours": [{"from": "22:00", "to": "08:00"}],
    "caps": [{"category": "service", "limit": 1, "within": "day"}],
}
PEOPLE: Final = 2


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Quiet hours, one message a day, and the journey in force."""
    road = open_journeys(stack, monkeypatch)
    road.office.publish("contact-policies", "house", POLICY)
    for number in range(PEOPLE):
        road.office.person(**_identifiers(number))
    road.publish("unpaid", UNPAID)
    pass_by(road, HOUR)
    return road


@pytest.mark.parametrize("seed", [1, 3])
def test_the_dry_run_says_of_each_person_what_the_journey_has_done(road: Road, seed: int) -> None:
    chance, start = random.Random(seed), road.clock.now
    for number in range(14):
        _something(road, chance, number)
        pass_by(road, chance.choice((7 * MINUTE, 41 * MINUTE, 2 * HOUR + MINUTE)))
    pass_by(road, 3 * HOUR)
    real = done(road, "unpaid")
    assert _kinds(real) >= {"sent", "refused"}
    assert rehearsed(road, "unpaid", start, page_items=3) == real


def _something(road: Road, chance: random.Random, number: int) -> None:
    """An order, the payment of one, or a claim, by somebody."""
    who = chance.randrange(PEOPLE)
    name = chance.choice(("OrderPlaced", "OrderPlaced", "OrderPaid", "CouponClaimed"))
    order = f"o{who}-{number if name == 'OrderPlaced' else chance.randrange(number + 1)}"
    road.does(name, {"order_id": order} if name != "CouponClaimed" else {}, **_identifiers(who))


def _identifiers(number: int) -> dict[str, str]:
    return {"openid__wx1": f"o{number}"} | ({"mobile": f"1390000000{number}"} if number % 2 else {})


def _kinds(found: dict[str, list[Way]]) -> set[str]:
    return {state for ways in found.values() for way in ways for _, _, state, _, _ in way.letters}
