"""People enter on dates of theirs: by the attribute as it is on the day, once for each, whoever dies meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.events.model import AttributeChange, Event, Kind, Operation
from chalicelib.journeys import operating
from chalicelib.journeys.engine.model import RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.in_force.pages import Book, Kept, Page
from chalicelib.journeys.walks import date_entries, deeds, walk_lists, walk_store, walking, walks
from chalicelib.journeys.walks.date_entries import AHEAD_MS
from chalicelib.journeys.walks.walks import Part, Walk, What
from tests.integration.journeys.world import DAY, HOUR, NOW
from tests.support.walks import Yard

NODES: Final[dict[str, Any]] = {"start": "hold", "nodes": {"hold": {"wait": "2h", "next": "done"}, "done": {"exit": "told"}}}
BIRTHDAY: Final = {"entry": {"attribute_date": "birthday", "offset": "-3d", "at": "09:00"}, **NODES}
TODAY: Final = (NOW + 8 * HOUR) // DAY * DAY - 8 * HOUR  # midnight in China, the 22nd of November
TENTH: Final = TODAY + 18 * DAY + 9 * HOUR  # nine o'clock on the 10th of December, three days before the 13th
YEAR: Final = 365 * DAY


@pytest.fixture
def yard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """One whose birthday is soon, one whose birthday is far, and one who has told none."""
    monkeypatch.setattr(walks, "SHARDS", "0")
    monkeypatch.setattr(walk_lists, "PAGE", 1)
    with Yard({"birthday": BIRTHDAY}).open() as yard:
        yard.dates = {yard.joins(user_id="ming"): "1990-12-13", yard.joins(user_id="hao"): "1990-06-01"}
        yard.joins(user_id="mulan")
        yield yard


def told(yard: Yard, name: str, attribute: str = "birthday") -> Event:
    """Somebody tells an attribute."""
    who = yard.event("", 0, None, user_id=name)
    return Event("e", Kind.PROFILE, "", NOW, who.identifiers, "shop", attributes=(AttributeChange(Operation.SET, attribute, "?"),))


def walked(yard: Yard) -> dict[str, int]:
    walk = walking.begin(Walk("birthday", What.DATES, NOW, NOW, 1), NOW)
    yard.drain()
    return yard.counts(walk)


def rings(yard: Yard, at: int, name: str = "ming") -> None:
    yard.now = max(yard.now, at)
    date_entries.fire(yard.person(f"user_id#{name}"), "birthday", at, yard.now)


def entered(yard: Yard, name: str = "ming") -> list[int]:
    return sorted(run.entered_at for run in yard.enrolment(f"user_id#{name}", "birthday").runs)


def test_a_walk_sets_timers_for_the_dates_of_the_next_weeks(yard: Yard) -> None:
    assert walked(yard) == {"armed": 1}
    assert yard.subjects() == [("d", yard.person("user_id#ming"), TENTH)]


def test_whoever_dies_meanwhile_all_timers_are_set(yard: Yard) -> None:
    def check() -> None:
        assert yard.subjects() == [("d", yard.person("user_id#ming"), TENTH)]

    assert yard.always(lambda: walked(yard), check) > 20


def test_who_tells_their_date_gets_a_timer(yard: Yard) -> None:
    assert not date_entries.hear([told(yard, "ming"), told(yard, "hao"), told(yard, "mulan")], NOW)
    assert yard.subjects() == [("d", yard.person("user_id#ming"), TENTH)]


def test_who_tells_something_else_gets_none(yard: Yard) -> None:
    assert not date_entries.hear([told(yard, "ming", "city"), yard.event("Looked", 0, None, user_id="ming")], NOW)
    assert yard.subjects() == []


def test_somebody_of_whom_nothing_can_be_made_is_told_of_and_nobody_else_waits(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    real, broken = date_entries.next_of, yard.person("user_id#hao")

    def next_of(chart: Any, person: Any, after: int, now: int) -> int | None:
        if person.id == broken:
            raise ValueError("spoilt")
        return real(chart, person, after, now)

    monkeypatch.setattr(date_entries, "next_of", next_of)
    (fault,) = date_entries.hear([told(yard, "hao"), told(yard, "ming")], NOW)
    assert (fault[0].primary.value, fault[1]) == ("hao", "date: ValueError: spoilt")
    assert [person for _, person, _ in yard.subjects()] == [yard.person("user_id#ming")]


def test_on_the_day_they_enter_once(yard: Yard) -> None:
    rings(yard, TENTH)
    rings(yard, TENTH)
    assert entered(yard) == [TENTH]


def test_who_has_another_date_by_then_does_not_enter_by_the_old_one(yard: Yard) -> None:
    yard.dates[yard.person("user_id#ming")] = "1990-12-20"
    rings(yard, TENTH)
    assert entered(yard) == []
    assert [at for _, _, at in yard.subjects()] == [TENTH + 7 * DAY]


def test_the_timer_of_the_next_year_is_set_when_it_is_near(yard: Yard) -> None:
    rings(yard, TENTH)
    assert yard.subjects() == []
    yard.now = TENTH + YEAR - AHEAD_MS + DAY
    walk = Walk("birthday", What.DATES, yard.now, yard.now, 1)
    assert date_entries.arming(walk, yard.now)(yard.person("user_id#ming")) == "armed"
    assert [at for _, _, at in yard.subjects()] == [TENTH + YEAR]


def test_a_date_that_counts_once_does_not_come_back(yard: Yard) -> None:
    yard.journeys["birthday"] = BIRTHDAY | {"entry": BIRTHDAY["entry"] | {"yearly": False}}
    yard.dates[yard.person("user_id#ming")] = "2026-12-13"
    assert walked(yard) == {"armed": 1}
    yard.dues.clear()
    rings(yard, TENTH)
    assert (entered(yard), yard.subjects()) == ([TENTH], [])


@pytest.mark.parametrize("state", [JourneyState.PAUSED, JourneyState.DRAINING, JourneyState.STOPPED])
def test_nobody_enters_a_journey_that_lets_nobody_in(yard: Yard, state: JourneyState) -> None:
    yard.state = state
    rings(yard, TENTH)
    assert entered(yard) == []


@pytest.mark.parametrize(
    ("paused", "resumed", "there"),
    [
        (TENTH - HOUR, TENTH + HOUR, [TENTH + HOUR]),
        (TENTH - HOUR, TENTH + 60_000, [TENTH]),
        (TENTH + 1, TENTH + HOUR, []),  # what is past when it is paused has had its chance
        (TENTH - HOUR, TENTH + DAY, []),  # a day too late
        (TENTH - DAY, TENTH - HOUR, []),  # it has a timer
    ],
)
def test_whose_date_falls_into_a_pause_enters_when_it_is_over(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, paused: int, resumed: int, there: list[int]
) -> None:
    yard.state, yard.now = JourneyState.PAUSED, resumed
    rings(yard, TENTH) if paused <= TENTH <= resumed else None
    held = Page(JourneyState.PAUSED, 1, paused, documents={1: Kept(BIRTHDAY)})
    again = replace(held, state=JourneyState.RUNNING, at=resumed)

    def put_state(*_: object) -> None:
        yard.state = JourneyState.RUNNING

    monkeypatch.setattr(book, "newest", lambda: Book(1, {"birthday": held if yard.state is JourneyState.PAUSED else again}))
    monkeypatch.setattr(book, "put_state", put_state)
    operating.resume("birthday", JourneyState.RUNNING, "key", resumed)
    yard.drain()
    assert entered(yard) == there
    assert [walk.what for walk in walk_store.newest("birthday", 9)].count(What.DATES) == 1


@pytest.mark.parametrize(("arguments", "waits"), [({date_entries.SINCE: TENTH - DAY}, True), ({}, False)])
def test_dates_of_one_pause_are_not_made_up_for_in_the_next_one(yard: Yard, arguments: dict[str, int], waits: bool) -> None:
    yard.state = JourneyState.PAUSED
    walk = Walk("birthday", What.DATES, TENTH, TENTH, 1, arguments=arguments)
    assert bool(deeds.seconds_to_wait(walk, Part("0"), TENTH)) is waits


def test_a_timer_that_is_a_day_late_lets_nobody_in(yard: Yard) -> None:
    yard.now = TENTH + DAY
    rings(yard, TENTH)
    assert entered(yard) == []


def test_a_timer_that_is_late_lets_in_by_the_time_it_is_then(yard: Yard) -> None:
    yard.now = TENTH + HOUR
    rings(yard, TENTH)
    assert entered(yard) == [TENTH + HOUR]


def test_who_has_become_one_with_somebody_enters_as_that_one_once(yard: Yard) -> None:
    phone = yard.joins(mobile="13900000001")
    yard.dates[phone] = "1990-12-13"
    yard.now = TENTH
    date_entries.fire(phone, "birthday", TENTH, TENTH)
    yard.merges_unseen(yard.event("Login", 0, None, user_id="ming", mobile="13900000001"))
    yard.dates[yard.person("user_id#ming")] = "1990-12-13"
    rings(yard, TENTH)
    rings(yard, TENTH, "ming")
    assert [run.state for run in yard.enrolment("user_id#ming", "birthday").runs] == [RunState.GOING]


def test_whoever_dies_on_the_day_they_enter_once(yard: Yard) -> None:
    yard.now = TENTH

    def check() -> None:
        assert entered(yard) == [TENTH]

    assert yard.always(lambda: rings(yard, TENTH), check) > 10
