"""The dry run of each example journey, over a week that was lived through in earnest, says of each person what came of it."""

import random
from typing import Any, Final

import pytest

from infra.definition_files import read_folder
from infra.journey_examples import EXAMPLES, FOLDER, RULES
from tests.support.aws import Stack
from tests.support.journeys import SECOND, Road, open_journeys
from tests.support.living import DAY, HOUR
from tests.support.rehearsals import done, pass_by, rehearsed
from tests.support.ring import MINUTE

ORDER: Final = ("derived-attributes", "scores", "tags", "segments", "templates", "journeys")
ACCOUNTS: Final = {"wx77aa00bb11cc22dd": {"type": "service"}, "wx88bb00cc11dd22ee": {"type": "mini_program"}}
PEOPLE: Final[tuple[dict[str, str], ...]] = (
    {"openid__wx77aa00bb11cc22dd": "oAn", "mobile": "13900000001", "push__app": "t-an"},
    {"user_id": "bo", "push__app": "t-bo"},
    {"openid__wx77aa00bb11cc22dd": "oCy"},
)
FIRST, SECOND_ONE, SILENT = PEOPLE
MONDAY: Final = 1_795_395_600_000  # nine o'clock in Shanghai: the day after the tests begin
WEEK: Final[tuple[tuple[dict[str, str], str, dict[str, Any]], ...]] = (
    *((SILENT, "OrderPaid", {"order_id": f"s{number}"}) for number in range(7)),
    (SILENT, "ArticleRead", {}),
    *((SECOND_ONE, "OrderPaid", {"order_id": f"b{number}"}) for number in range(3)),
    *((SECOND_ONE, "OrderRefunded", {"order_id": f"b{number}"}) for number in range(2)),
    (FIRST, "Registered", {}),
    (SECOND_ONE, "Registered", {}),
    (FIRST, "OrderSubmitted", {"order_id": "o1", "kind": "paper"}),
    (SECOND_ONE, "OrderSubmitted", {"order_id": "o2", "kind": "sale"}),
    (FIRST, "OrderSubmitted", {"order_id": "o3", "kind": "sale"}),
    (FIRST, "OrderPaid", {"order_id": "o3", "amount": 9, "item": "paper-pack"}),
    (FIRST, "PaperDownloaded", {}),
    (SECOND_ONE, "PackClaimed", {}),
    (FIRST, "PackClaimed", {}),
    (FIRST, "CourseSignedUp", {"course_id": "c1", "begins_at": "2026-11-24T19:00:00+08:00", "title": "水彩", "place": "杭州"}),
    (SECOND_ONE, "CourseSignedUp", {"course_id": "c1", "begins_at": "2026-11-24T19:00:00+08:00", "title": "水彩"}),
    (FIRST, "PaperDownloaded", {}),
    (SECOND_ONE, "CourseCancelled", {"course_id": "c1"}),
)


def test_each_example_did_what_its_dry_run_says(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    road = open_journeys(stack, monkeypatch)
    for appid, document in ACCOUNTS.items():
        road.office.publish("accounts", appid, document)
    journeys = _published(road)
    road.later(10 * MINUTE)
    start = road.clock.now
    _live_through(road, random.Random(7))
    found = {name: (done(road, name), rehearsed(road, name, start)) for name in journeys}
    assert [name for name, (real, _) in found.items() if not real] == []
    assert {name: both for name, both in found.items() if both[0] != both[1]} == {}


def _published(road: Road) -> list[str]:
    """Puts the examples in force, each after what it names; the names of the journeys."""
    found = [one for one in read_folder(EXAMPLES) if one.path in RULES] + list(read_folder(FOLDER))
    for one in sorted(found, key=lambda one: ORDER.index(one.kind)):
        road.office.publish(one.kind, one.name, one.document)
    road.office.flow()
    return [one.name for one in found if one.kind == "journeys"]


def _live_through(road: Road, chance: random.Random) -> None:
    """A lively day, and a week in which nobody does anything."""
    for who, name, properties in WEEK:
        identifiers = {namespace.replace("__", ":"): value for namespace, value in who.items()}
        told = {"name": name, "time": road.clock.now, "identifiers": identifiers, "properties": properties}
        assert road.office.ring.send(told).json["rejected"] == []
        road.pass_by(SECOND)  # heard of a second later, so that nothing is ahead of the clock
        road.office.flow()
        if who is not SILENT:
            pass_by(road, chance.choice((MINUTE, 20 * MINUTE, 2 * HOUR)))
    pass_by(road, MONDAY - road.clock.now)
    pass_by(road, 6 * DAY + 12 * HOUR)
