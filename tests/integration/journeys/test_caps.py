"""Caps on entries: so many people get in, and not one more."""

import pytest

from chalicelib.journeys.engine.arrivals import EntryRefusal, Refused
from chalicelib.journeys.engine.chart import Chart, Door
from chalicelib.journeys.runs import caps
from chalicelib.pace import Pace
from chalicelib.people.store import Stale, Transaction
from tests.support.charts import DAY, HOUR, NOW, chart, send

pytestmark = pytest.mark.usefixtures("stack")


def capped(most: int, per: int = DAY) -> Chart:
    return chart(offer=send("done"), door=Door(most=most, per=per))


def entered(journey: Chart, run: str, now: int = NOW) -> bool:
    found = caps.place(journey, run, now)
    if isinstance(found, Transaction):
        found.commit()
    return isinstance(found, Transaction)


@pytest.mark.parametrize("most", [1, 3, 20])
def test_as_many_enter_as_there_are_places(most: int) -> None:
    assert sum(entered(capped(most), f"run{n}") for n in range(most + 5)) == most


def test_who_does_not_get_in_learns_how_many_did_and_until_when() -> None:
    journey = capped(1)
    assert entered(journey, "one")
    found = caps.place(journey, "two", NOW)
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
    one, two = caps.place(capped(1), "one", NOW), caps.place(capped(1), "two", NOW)
    assert isinstance(one, Transaction)
    assert isinstance(two, Transaction)
    one.commit()
    with pytest.raises(Stale):
        two.commit()


def test_a_day_lasts_as_long_as_the_stack_makes_it() -> None:
    start, end = caps.window(24_000, NOW, Pace(3600, NOW))
    assert end - NOW <= 24_000
    assert (start + 8 * HOUR) % DAY == 0


@pytest.mark.parametrize("most", [1, 15, 16, 17, 1000])
def test_the_counters_have_all_places_together(most: int) -> None:
    assert sum(caps.share(most, counter) for counter in range(caps.COUNTERS)) == most
