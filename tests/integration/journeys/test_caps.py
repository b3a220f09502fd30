"""Caps on entries: so many people get in, and not one more."""

from unittest.mock import patch

import pytest

from chalicelib.journeys.definition.documents import KIND
from chalicelib.journeys.engine.arrivals import EntryRefusal, Refused
from chalicelib.journeys.engine.chart import Chart, Door
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import caps
from chalicelib.pace import Pace
from chalicelib.people.store import Stale, Transaction
from tests.support.charts import DAY, HOUR, NOW, chart, send
from tests.support.journey_documents import journey
from tests.support.rules import put_in_force

pytestmark = pytest.mark.usefixtures("stack")


def capped(most: int, per: int = DAY) -> Chart:
    return chart(offer=send("done"), door=Door(most=most, per=per))


def entered(journey: Chart, run: str, now: int = NOW) -> bool:
    gate = caps.Gate(now)
    if gate(journey, run) is not None:
        return False
    taking(gate).commit()
    return True


def taking(gate: caps.Gate) -> Transaction:
    found = gate.beside()
    assert found is not None
    return found


@pytest.mark.parametrize("most", [1, 3, 20])
def test_as_many_enter_as_there_are_places(most: int) -> None:
    assert sum(entered(capped(most), f"run{n}") for n in range(most + 5)) == most


def test_who_does_not_get_in_learns_how_many_did_and_until_when() -> None:
    journey = capped(1)
    assert entered(journey, "one")
    found = caps.Gate(NOW)(journey, "two")
    assert isinstance(found, EntryRefusal)
    assert found.code is Refused.CAP_REACHED
    assert (found.found["entries"], found.found["until"]) == (1, "2026-11-22T16:00:00.000Z")


def test_the_next_day_has_places_of_its_own() -> None:
    assert entered(capped(1), "one")
    assert not entered(capped(1), "two")
    assert entered(capped(1), "two", NOW + DAY)


def test_a_cap_without_a_window_holds_for_ever() -> None:
    assert entered(capped(1, caps.EVER), "one")
    assert not entered(capped(1, caps.EVER), "two", NOW + 400 * DAY)


def test_two_who_want_the_last_place_do_not_both_get_it() -> None:
    one, two = caps.Gate(NOW), caps.Gate(NOW)
    assert one(capped(1), "one") is two(capped(1), "two") is None
    taking(one).commit()
    with pytest.raises(Stale):
        taking(two).commit()


def test_runs_of_a_person_that_come_in_together_take_a_place_each_and_no_more_than_there_are() -> None:
    gate, journey = caps.Gate(NOW), capped(20)
    asked = [gate(journey, f"run{n}") for n in range(25)]
    assert [one is None for one in asked] == [True] * 20 + [False] * 5
    taking(gate).commit()
    assert not entered(journey, "another")
    assert entered(journey, "another", NOW + DAY)


def test_places_that_were_handed_over_once_are_not_handed_over_again() -> None:
    gate = caps.Gate(NOW)
    assert gate(capped(1), "one") is None
    assert gate.beside() is not None  # and the write loses
    assert gate.beside() is None
    assert gate(capped(1), "one") is None


@pytest.mark.parametrize("state", [JourneyState.DRAINING, JourneyState.STOPPED])
def test_nobody_comes_in_where_nobody_is_to_any_more(state: JourneyState) -> None:
    put_in_force(KIND, "unpaid", journey())
    book.put_state("unpaid", state, NOW, "test")
    assert caps.Gate(NOW)(chart(offer=send("done")), "one") == EntryRefusal(Refused.NOT_RUNNING)


def test_who_comes_in_where_nobody_counts_takes_no_place() -> None:
    gate = caps.Gate(NOW)
    assert gate(chart(offer=send("done")), "one") is None
    assert gate.beside() is None


def test_a_day_lasts_as_long_as_the_stack_makes_it() -> None:
    start, end = caps.window(24_000, NOW, Pace(3600, NOW))
    assert end - NOW <= 24_000
    assert (start + 8 * HOUR) % DAY == 0


@pytest.mark.parametrize("most", [1, 15, 16, 17, 1000])
def test_the_counters_have_all_places_together(most: int) -> None:
    assert sum(caps.share(most, counter) for counter in range(caps.COUNTERS)) == most


def test_runs_of_two_versions_with_other_caps_take_places_of_one_counter_together() -> None:
    gate = caps.Gate(NOW)
    assert [gate(capped(most), "the same lot") for most in (32, 48)] == [None, None]
    taking(gate).commit()
    (counter,) = caps.PlacesRecord.scan()
    assert counter.n == 2


def test_who_waits_outside_is_not_turned_away_by_what_was_so_some_seconds_ago() -> None:
    put_in_force(KIND, "unpaid", journey())
    book.put_state("unpaid", JourneyState.DRAINING, NOW, "test")
    assert caps.Gate(NOW)(chart(offer=send("done")), "one") == EntryRefusal(Refused.NOT_RUNNING)
    with patch.object(book, "look_again"):  # another process writes: this one does not hear of it
        book.put_state("unpaid", JourneyState.RUNNING, NOW, "test")
    book._closed.clear()  # a second later
    assert caps.Gate(NOW)(chart(offer=send("done")), "one") is None
