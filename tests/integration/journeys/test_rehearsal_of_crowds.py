"""What is counted over everybody, caps on entries and ranks, comes out in a dry run as it did in earnest; so do the journey's own acts."""

from typing import Any, Final

import pytest

from tests.support.aws import Stack
from tests.support.journeys import Road, open_journeys
from tests.support.living import DAY, HOUR
from tests.support.rehearsals import done, pass_by, rehearsed
from tests.support.ring import MINUTE

PEOPLE: Final = tuple(f"p{number}" for number in range(5))
ON: Final[dict[str, Any]] = {"start": "hold", "nodes": {"hold": {"wait": "30m", "next": "x"}, "x": {"exit": "told"}}}


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Five people, and a score that counts what it is given."""
    road = open_journeys(stack, monkeypatch)
    given = {"event": "$points_given", "where": {"score": "keen"}, "add": 1, "per": "points"}
    road.office.publish("scores", "keen", {"rules": [given, {"event": "Played", "add": 1, "per": "points"}]})
    road.office.publish("segments", "players", {"where": {"event": "Played"}})
    return road


@pytest.mark.parametrize("more", [{}, {"then_not": {"event": "Paid", "within": "5m"}}], ids=["event", "a then not b"])
def test_the_places_of_a_cap_go_to_those_who_came_first(road: Road, more: dict[str, Any]) -> None:
    entry = {"event": "Came", "re_entry": {"policy": "never"}, "cap": {"entries": 1, "within": "1d"}}
    start = _in_force(road, {**ON, "entry": entry | more})
    for everybody in (PEOPLE[2::-1], PEOPLE[:3]):
        for who in everybody:
            _does(road, who, "Came")
            pass_by(road, 10 * MINUTE)
        pass_by(road, DAY)
    real = done(road, "crowd")
    assert sum(way.state == "ended" and way.reason == "told" for ways in real.values() for way in ways) == 2
    assert rehearsed(road, "crowd", start) == real


def test_the_ranks_of_a_firing_are_those_of_everybody(road: Road) -> None:
    entry = {"cron": "0 * ? * * *", "segment": "players", "rank": {"by": {"score": "keen"}}, "re_entry": {"policy": "always"}}
    nodes = {**ON["nodes"], "hold": {"do": [{"add_score": {"score": "keen", "points": 10}}], "next": "x"}}
    start = _in_force(road, {"entry": entry, "start": "hold", "nodes": nodes, "exit": [_FIRST]})
    for number in range(8):  # one firing after the other: of those that are missed only the newest is made up for
        if number < len(PEOPLE) - 1:
            _does(road, PEOPLE[number], "Played", points=min(number, 3))
        pass_by(road, 20 * MINUTE)
    real = done(road, "crowd")
    assert {way.entry["properties"]["rank"] for ways in real.values() for way in ways} > {1, 2, 3}
    assert rehearsed(road, "crowd", start) == real


def test_what_the_journey_does_itself_is_heard_by_its_exits_waits_and_doors(road: Road) -> None:
    given = {"event": "$points_given", "where": {"score": "keen"}}
    nodes = {
        "give": {"do": [{"add_score": {"score": "keen", "points": 2}}], "next": "watch"},
        "watch": {"wait_for": given, "within": "1h", "then": "again", "else": "never"},
        "again": {"do": [{"add_score": {"score": "keen", "points": 1}}], "next": "on"},
        "on": {"wait": "1h", "next": "x"},
        "x": {"exit": "told"},
        "never": {"exit": "never"},
    }
    start = _in_force(road, {"entry": {**given, "re_entry": {"policy": "always"}}, "start": "give", "nodes": nodes, "goal": _TWICE})
    road.office.publish("journeys", "starter", {"entry": {"event": "Came"}, "start": "give", "nodes": _ONCE})
    pass_by(road, 2 * MINUTE)
    _does(road, PEOPLE[0], "Came")
    pass_by(road, 3 * HOUR)
    real = done(road, "crowd")
    assert {way.reason for ways in real.values() for way in ways} == {"told"}
    assert rehearsed(road, "crowd", start) == real


_TWICE: Final = {"event": "$points_given", "where": {"points": 1}, "within": ["1d"]}
_ONCE: Final = {"give": {"do": [{"add_score": {"score": "keen", "points": 5}}], "next": "x"}, "x": {"exit": "told"}}
_FIRST: Final = {"event": "Won", "match": {"properties.rank": "entry.properties.rank"}}


def _in_force(road: Road, document: dict[str, Any]) -> int:
    road.publish("crowd", document)
    pass_by(road, 2 * MINUTE)
    return road.clock.now


def _does(road: Road, who: str, name: str, **properties: Any) -> None:
    road.does(name, properties, user_id=who)
