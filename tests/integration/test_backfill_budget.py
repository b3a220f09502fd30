"""What a pass over all people costs a person, counted, so that a change which makes it dearer is seen at once."""

import pytest

from tests.bench.backfill import Cost, each, passed

FIRST, NO_NEW, UNTOUCHED, TOUCHED, ENTERED = range(5)  # the rules of the bench, in their order


@pytest.fixture(scope="module")
def costs() -> list[Cost]:
    few, many = passed(1), passed(3)
    return [each(few[name], many[name], 2) for name in few]


def test_who_needs_nothing_counted_costs_one_write_beside_the_bookkeeping(costs: list[Cost]) -> None:
    assert costs[NO_NEW].write <= 1.5
    assert costs[UNTOUCHED].write <= 1.5


def test_events_are_read_only_for_a_signal_that_is_new(costs: list[Cost]) -> None:
    assert costs[NO_NEW].read <= 9
    assert costs[UNTOUCHED].read > costs[NO_NEW].read


def test_counting_somebody_anew_costs_no_more_writes_than_a_split_does(costs: list[Cost]) -> None:
    assert costs[FIRST].write <= 17
    assert costs[TOUCHED].write <= 17


def test_a_transition_costs_a_transaction_of_two(costs: list[Cost]) -> None:
    assert costs[ENTERED].write - costs[TOUCHED].write <= 6


def test_finding_people_costs_less_than_a_read_each(costs: list[Cost]) -> None:
    assert all(one.scan < 1 for one in costs)
