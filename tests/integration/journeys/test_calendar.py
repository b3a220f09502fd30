"""Whole segments enter by the calendar, each person once for each firing."""

from typing import Any, Final

import pytest

from chalicelib.journeys import operating
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.journeys import Road, open_journeys
from tests.support.living import DAY, HOUR, PASS, put_in_force
from tests.support.ring import MINUTE, event

MULAN: Final = ("openid:wx1", "oMulan")
HAO: Final = ("openid:wx1", "oHao")
EVERYBODY: Final = {"where": {"event": "SignedUp", "count": {"gte": 1}}}
NODES: Final[dict[str, Any]] = {"start": "hold", "nodes": {"hold": {"wait": "2h", "next": "done"}, "done": {"exit": "told"}}}
DAILY: Final = {"entry": {"cron": "0 9 * * ? *", "segment": "members"}, **NODES}


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Two members, and a stranger."""
    road = open_journeys(stack, monkeypatch)
    put_in_force(road.office.ring, segments__members=EVERYBODY)
    for name in ("oMulan", "oHao"):
        road.office.person(openid__wx1=name)
    road.does("Looked", device_id="d1")
    return road


def entered(road: Road, who: tuple[str, str], journey: str = "daily") -> list[int]:
    """When somebody's runs began, oldest first."""
    return sorted(run.entered_at for run in road.enrolment(*who, journey).runs)


def at_nine() -> int:
    """The next nine o'clock in China: that of the 22nd of November."""
    midnight = (NOW + 8 * HOUR) // DAY * DAY - 8 * HOUR
    first = midnight + 9 * HOUR
    return first if first > NOW else first + DAY


def test_everybody_in_the_segment_enters_at_the_hour(road: Road) -> None:
    road.publish("daily", DAILY)
    road.later(at_nine() - MINUTE - road.clock.now)
    assert entered(road, MULAN) == []
    road.later(2 * MINUTE)
    assert (entered(road, MULAN), entered(road, HAO)) == ([at_nine()], [at_nine()])
    assert entered(road, ("device_id", "d1")) == []


def tells_birthday(road: Road, name: str) -> None:
    told = event("Told", HOUR, openid__wx1=name) | {"attributes": {"set": {"birthday": "1990-11-25"}}}
    assert road.office.ring.send(told).json["rejected"] == []
    road.office.flow()


def test_who_has_told_their_birthday_before_or_tells_it_now_enters_three_days_before_it(road: Road) -> None:
    tells_birthday(road, "oHao")
    road.publish("birthday", {"entry": {"attribute_date": "birthday", "offset": "-3d", "at": "09:00"}, **NODES})
    tells_birthday(road, "oMulan")
    road.later(at_nine() - MINUTE - road.clock.now)
    assert entered(road, MULAN, "birthday") == []
    road.later(2 * MINUTE)
    assert (entered(road, MULAN, "birthday"), entered(road, HAO, "birthday")) == ([at_nine()], [at_nine()])


def test_who_enters_by_rank_knows_it(road: Road) -> None:
    put_in_force(road.office.ring, scores__looks={"rules": [{"event": "Looked", "add": 1}]})
    for times, name in ((3, "oMulan"), (1, "oHao")):
        for number in range(times):
            road.does("Looked", {"n": number}, openid__wx1=name)
    ranked = {"cron": "0 9 * * ? *", "segment": "members", "rank": {"by": {"score": "looks"}}}
    asked = {name: f"entry.properties.{name}" for name in ("rank", "ranked", "value")}
    hold = {"wait_for": {"event": "Climbed", "match": asked}, "within": "2h", "then": "done", "else": "done"}
    road.publish("ranking", {"entry": ranked, "start": "hold", "nodes": {"hold": hold, "done": {"exit": "told"}}})
    for _ in range(2):
        road.later(PASS)  # until everybody's points are counted
    road.later(at_nine() + MINUTE - road.clock.now)
    ranks = [run.entry["properties"] for who in (MULAN, HAO) for run in road.enrolment(*who, "ranking").runs]
    assert ranks == [{"rank": 1, "ranked": 2, "value": 3}, {"rank": 2, "ranked": 2, "value": 1}]


def test_who_would_have_entered_during_a_pause_enters_when_it_is_over(road: Road) -> None:
    tells_birthday(road, "oMulan")
    road.publish("birthday", {"entry": {"attribute_date": "birthday", "offset": "-3d", "at": "09:00"}, **NODES})
    road.publish("daily", DAILY)
    road.later(at_nine() - MINUTE - road.clock.now)
    for name in ("birthday", "daily"):
        book.put_state(name, JourneyState.PAUSED, road.clock.now, "test")
    road.later(3 * MINUTE)
    assert (entered(road, MULAN), entered(road, MULAN, "birthday")) == ([], [])
    for name in ("birthday", "daily"):
        operating.resume(name, JourneyState.RUNNING, "test", road.clock.now)
    road.later(3 * MINUTE)
    assert (entered(road, MULAN), entered(road, MULAN, "birthday"), entered(road, HAO)) == ([at_nine()],) * 3
