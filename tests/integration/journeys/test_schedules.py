"""Schedules come round: which firings let people in, what happens to those that were missed, and how people come to their ranks."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import pytest

from chalicelib.broadcasts import ranking
from chalicelib.journeys import operating
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.in_force.pages import Book, Kept, Page
from chalicelib.journeys.walks import cron_entries, ranks, walk_lists, walk_store, walks
from chalicelib.journeys.walks.walks import What
from tests.integration.journeys.world import DAY, HOUR, NOW, SECOND
from tests.support.walks import Yard

MINUTE: Final = 60 * SECOND
NODES: Final[dict[str, Any]] = {"start": "hold", "nodes": {"hold": {"wait": "2h", "next": "done"}, "done": {"exit": "told"}}}
HOURLY: Final = {"entry": {"cron": "0 * * * ? *", "segment": "members"}, **NODES}
SENDS: Final = NODES["nodes"] | {"hold": {"wait": "2h", "next": "tell"}, "tell": {"send": {"template": "ranking"}, "next": "done"}}
RANKED: Final = {"entry": HOURLY["entry"] | {"rank": {"by": {"score": "points"}}}, "start": "hold", "nodes": SENDS}
AT: Final = NOW - NOW % HOUR + HOUR
NAMES: Final = ("ming", "mulan", "hao")


@pytest.fixture
def yard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Three members, at the hour; lists in one part, a person a page."""
    monkeypatch.setattr(walks, "SHARDS", "0")
    monkeypatch.setattr(walk_lists, "PAGE", 1)
    with Yard({"hourly": HOURLY, "ranked": RANKED}).open() as yard:
        for name in NAMES:
            yard.joins(user_id=name)
        yard.now = AT
        monkeypatch.setattr(book, "newest", lambda: _book(yard))
        yield yard


@pytest.fixture
def points(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What everybody has, by name."""
    points = {"ming": 7, "mulan": 9}
    ids = {yard.person(f"user_id#{name}"): name for name in NAMES}
    monkeypatch.setattr(ranks, "values", lambda persons, *_: {one: points[ids[one]] for one in persons if ids[one] in points})
    return points


def _book(yard: Yard) -> Book:
    pages = {name: Page(yard.state, 1, NOW - DAY, since=yard.since, documents={1: Kept(doc)}) for name, doc in yard.journeys.items()}
    return Book(1, pages)


def begun(journey: str = "hourly") -> list[tuple[What, int]]:
    """The walks over a journey, newest first."""
    return [(walk.what, walk.at) for walk in walk_store.newest(journey, 9)]


def entries(yard: Yard, journey: str) -> dict[str, Any]:
    """What the runs know of their entry, by name."""
    return {
        name: run.entry["properties"] for name in NAMES for run in yard.enrolment(f"user_id#{name}", journey).runs
    }  # fmt: skip


def test_a_firing_that_the_schedule_does_not_know_does_nothing(yard: Yard) -> None:
    cron_entries.fire("hourly", AT + MINUTE, AT + MINUTE)
    assert (begun(), yard.subjects()) == ([], [])


@pytest.mark.parametrize("state", [JourneyState.PAUSED, JourneyState.DRAINING, JourneyState.STOPPED])
def test_a_firing_of_a_journey_that_lets_nobody_in_does_nothing(yard: Yard, state: JourneyState) -> None:
    yard.state = state
    cron_entries.fire("hourly", AT, AT)
    assert begun() == []


@pytest.mark.parametrize(("paused", "firing"), [(AT - MINUTE, AT), (AT - 5 * HOUR, AT), (AT + MINUTE, None), (AT - 2 * DAY, AT)])
def test_a_firing_that_falls_into_a_pause_lets_people_in_when_it_is_over(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, paused: int, firing: int | None
) -> None:
    yard.state, now = JourneyState.PAUSED, AT + 5 * MINUTE
    cron_entries.fire("hourly", AT, AT)
    held = Page(JourneyState.PAUSED, 1, paused, since=yard.since, documents={1: Kept(HOURLY)})
    monkeypatch.setattr(book, "newest", lambda: Book(1, {"hourly": held}))
    monkeypatch.setattr(book, "put_state", lambda *_: setattr(yard, "state", JourneyState.RUNNING))
    yard.now = now
    operating.resume("hourly", JourneyState.RUNNING, "key", now)
    assert [at for what, at in begun() if what is What.ENTER] == ([firing] if firing else [])
    yard.drain()
    assert [len(yard.enrolment(f"user_id#{name}", "hourly").runs) for name in NAMES] == ([1] if firing else [0]) * 3


def test_nothing_is_made_up_for_when_those_inside_go_on_alone(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.state = JourneyState.PAUSED
    monkeypatch.setattr(book, "put_state", lambda *_: setattr(yard, "state", JourneyState.DRAINING))
    operating.resume("hourly", JourneyState.DRAINING, "key", AT + MINUTE)
    assert [what for what, _ in begun()] == [What.WAKE]


def test_the_people_of_a_page_have_their_ranks_looked_up_together(
    yard: Yard, points: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk_lists, "PAGE", 100)
    asked, values = list[int](), ranks.values

    def counted(persons: Collection[str], *more: Any) -> Any:
        asked.append(len(persons))
        return values(persons, *more)

    monkeypatch.setattr(ranks, "values", counted)
    cron_entries.fire("ranked", AT, AT)
    yard.drain()
    assert asked == [3, 3, 0]  # counted; let in; and nobody in the second round


def test_a_firing_of_a_journey_that_is_gone_does_nothing(yard: Yard) -> None:
    cron_entries.fire("gone", AT, AT)
    assert begun("gone") == []


def test_of_firings_that_were_missed_the_newest_lets_people_in(yard: Yard) -> None:
    yard.now = AT + 3 * HOUR + MINUTE
    cron_entries.fire("hourly", AT, yard.now)
    assert begun() == [(What.ENTER, AT + 3 * HOUR)]
    assert yard.subjects() == [("c", "", AT + 4 * HOUR)]


def test_a_firing_that_is_a_day_late_lets_nobody_in_but_the_next_one_is_set(yard: Yard) -> None:
    yard.journeys["hourly"] = HOURLY | {"entry": HOURLY["entry"] | {"cron": "0 0 1 JAN ? 2027"}}
    first = 1_798_732_800_000  # midnight of the first of January in China
    cron_entries.fire("hourly", first, first + DAY)
    assert (begun(), yard.subjects()) == ([], [])  # there is no next one


def test_everybody_knows_the_rank_among_all_who_were_counted(yard: Yard, points: dict[str, int]) -> None:
    cron_entries.fire("ranked", AT, AT)
    yard.drain()
    assert entries(yard, "ranked") == {
        "ming": {"rank": 2, "ranked": 2, "value": 7},
        "mulan": {"rank": 1, "ranked": 2, "value": 9},
    }
    assert begun("ranked") == [(What.ENTER, AT), (What.COUNT, AT)]
    assert yard.counts(walk_store.newest("ranked", 1)[0]) == {"entered": 2, "rank_missing": 1}


def test_whoever_dies_meanwhile_nobody_is_counted_twice(yard: Yard, points: dict[str, int]) -> None:
    def worked() -> None:
        cron_entries.fire("ranked", AT, AT)
        yard.drain()

    def check() -> None:
        assert {name: (one["rank"], one["ranked"]) for name, one in entries(yard, "ranked").items()} == {"ming": (2, 2), "mulan": (1, 2)}

    assert yard.always(worked, check) > 80


def test_nobody_enters_when_there_are_too_many_values_to_be_ranked(
    yard: Yard, points: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "MAX_VALUES", 1)
    cron_entries.fire("ranked", AT, AT)
    yard.drain()
    assert entries(yard, "ranked") == {}
    assert [(walk.what, walk.reason) for walk in walk_store.newest("ranked", 9)] == [(What.COUNT, "rank_values_too_many")]


def test_following_sets_the_next_firing_and_makes_up_for_one_that_nobody_heard_of(yard: Yard) -> None:
    yard.now = AT + 5 * MINUTE
    operating.follow(yard.now)
    operating.follow(yard.now)
    assert begun() == [(What.ENTER, AT)]
    assert yard.subjects() == [("c", "", AT + HOUR)] * 2  # of both journeys


def test_following_leaves_alone_what_was_heard_of(yard: Yard) -> None:
    cron_entries.fire("ranked", AT, AT)
    operating.follow(AT + 5 * MINUTE)
    assert begun("ranked") == [(What.COUNT, AT)]


def test_following_ends_everybody_in_what_was_stopped(yard: Yard) -> None:
    yard.state = JourneyState.STOPPED
    operating.follow(yard.now)
    operating.follow(yard.now)
    assert begun() == [(What.END, NOW - DAY)]
    assert yard.subjects() == []


def test_following_looks_through_dates_once_a_month(yard: Yard) -> None:
    yard.journeys = {"birthday": {"entry": {"attribute_date": "birthday", "at": "09:00"}, **NODES}}
    for days in (0, 1, 31, 62):
        operating.follow(NOW + days * DAY)
    assert [what for what, _ in begun("birthday")] == [What.DATES] * 3


def test_following_leaves_journeys_alone_that_events_begin(yard: Yard) -> None:
    yard.journeys = {"plain": {"entry": {"event": "SignedUp"}, **NODES}}
    operating.follow(yard.now)
    assert (begun("plain"), yard.subjects()) == ([], [])
