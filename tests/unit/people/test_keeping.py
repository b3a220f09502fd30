"""What is kept of signals and standing survives being written down, in little space."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.people.keeping import (
    pack_journal,
    pack_ledger,
    pack_standing,
    unpack_journal,
    unpack_ledger,
    unpack_standing,
)
from chalicelib.people.standing import Standing, Transition
from chalicelib.signals.fold import added
from chalicelib.signals.model import NOTHING, Demand, Entry, Journal, Ledger
from tests.unit.signals.events import NOON

TIMES = st.integers(0, NOON * 2)
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=64))
ENTRIES = st.lists(st.tuples(TIMES, st.lists(st.tuples(st.integers(1, 500), VALUES), min_size=1, max_size=4).map(tuple)), max_size=9)
SINCE = st.dictionaries(st.text(max_size=9), st.tuples(st.text(max_size=9), TIMES), max_size=4)
PLACES = st.dictionaries(st.text(max_size=9), TIMES, max_size=4)
STANDINGS = st.builds(
    Standing,
    version=st.integers(1, 9),
    plan=st.integers(0, 9),
    bands=SINCE,
    tags=SINCE,
    manual=PLACES,
    stage=st.tuples(st.text(max_size=9), TIMES),
    segments=PLACES,
    armed=TIMES,
    outbox=st.lists(st.builds(Transition, st.text(max_size=9), TIMES, st.dictionaries(st.text(), st.text(), max_size=2)), max_size=3).map(
        tuple
    ),
    teller=st.text(max_size=9),
)


@given(ENTRIES, st.integers(0, 10**6))
def test_a_journal_is_read_as_it_was_written(entries: list[Entry], start: int) -> None:
    journal = Journal(tuple(entries), start)
    assert unpack_journal(pack_journal(journal)) == journal


@given(st.lists(st.tuples(TIMES, VALUES), min_size=1, max_size=20), st.integers(0, 99), st.sampled_from([0, 3]))
def test_a_ledger_is_read_as_it_was_written(hits: list[tuple[int, int | str | None]], through: int, per_day: int) -> None:
    demand = Demand("Clicked", keep=16, per_day=per_day, zone="Asia/Shanghai")
    ledger = Ledger({7: added(demand, NOTHING, hits), 12: added(Demand("Paid"), NOTHING, hits[:1])}, through)
    assert unpack_ledger(pack_ledger(ledger)) == ledger


@given(STANDINGS)
def test_a_standing_is_read_as_it_was_written(standing: Standing) -> None:
    assert unpack_standing(pack_standing(standing), standing.version) == standing


def test_twenty_signals_of_a_busy_person_fit_into_four_write_units() -> None:
    times = [(NOON - number * 3_700_123, None) for number in range(48)]
    states = {number: added(Demand("Clicked", keep=48), NOTHING, times[number:]) for number in range(20)}
    assert len(pack_ledger(Ledger(states, 500))) < 4 * 1_024


@given(STANDINGS, STANDINGS)
def test_of_two_who_become_one_everything_that_was_entered_stays_entered(one: Standing, two: Standing) -> None:
    both = one.union(two)
    assert both.segments.keys() == one.segments.keys() | two.segments.keys()
    assert both.tags.keys() == one.tags.keys() | two.tags.keys()
    assert both.outbox == ()
    assert both.version == one.version
    assert all(both.segments[name] <= at for standing in (one, two) for name, at in standing.segments.items())
