"""Which events count for whom: a person counts what its plan knew, and a journal and a ledger tell it together."""

import pytest

from chalicelib.events.model import Kind
from chalicelib.signals.filters import filter_of
from chalicelib.signals.model import ANY_EVENT, Demand, Journal, Ledger, Signal, State
from chalicelib.signals.plan import Gap, SignalPlan
from tests.unit.signals.events import NOON, event

DRESS = Demand("Clicked", filter_of({"key": {"eq": "dress"}}), keep=4)
PAID = Demand("Paid", value="amount")
ANY = Demand(ANY_EVENT, keep=4, value="context.channel")
ENTERED = Demand("$segment_entered")
PLAN = SignalPlan(3, (Signal(1, 1, DRESS), Signal(2, 2, PAID), Signal(3, 3, ANY), Signal(4, 3, ENTERED)))


def test_an_event_hits_the_signals_that_it_matches() -> None:
    assert PLAN.entry_of(event("Clicked", key="dress"), 3) == (NOON, ((1, None), (3, None)))
    assert PLAN.entry_of(event("Clicked", key="bag"), 2) is None
    assert PLAN.entry_of(event("Paid", amount=9.9, context={"channel": "h5"}), 3) == (NOON, ((2, 9_900_000), (3, "h5")))


def test_a_person_counts_only_what_its_plan_knew() -> None:
    assert PLAN.entry_of(event("Clicked", key="dress"), 1) == (NOON, ((1, None),))
    assert PLAN.entry_of(event("Clicked", key="dress"), 3, after=1) == (NOON, ((3, None),))
    assert PLAN.entry_of(event("Clicked", key="dress"), 0) is None


def test_changes_of_attributes_hit_nothing_and_what_was_derived_only_what_names_it() -> None:
    assert PLAN.entry_of(event("Clicked", kind=Kind.PROFILE, key="dress"), 3) is None
    assert PLAN.entry_of(event("$segment_entered", kind=Kind.DERIVED), 3) == (NOON, ((4, None),))
    assert PLAN.entry_of(event("$tag_gained", kind=Kind.DERIVED), 3) is None


def test_the_journal_goes_on_where_the_ledger_ends() -> None:
    journal = Journal(((NOON, ((1, None),)), (NOON + 1, ((1, None),)), (NOON + 2, ((1, None),))), start=5)
    ledger = Ledger({1: State(total=6, first=NOON - 9, last=NOON + 1, hits=((NOON + 1, None), (NOON, None)))}, through=7)
    states = PLAN.states(ledger, journal, 3)
    assert (states[1].total, states[1].last) == (7, NOON + 2)
    posted = PLAN.posted(ledger, journal, 3)
    assert (posted.states, posted.through) == (states, 8)
    assert PLAN.posted(posted, journal, 3) == posted


def test_a_ledger_that_was_read_before_its_journal_is_noticed() -> None:
    with pytest.raises(Gap):
        PLAN.states(Ledger(through=4), Journal(start=5), 3)


def test_what_no_rule_needs_any_more_is_dropped() -> None:
    ledger = Ledger({1: State(total=1), 9: State(total=1), 3: State(total=1)}, through=1)
    assert PLAN.states(ledger, Journal(((NOON, ((9, None), (2, 5))),), start=1), 2).keys() == {1, 2}


def test_persons_who_become_one_have_the_signals_of_both() -> None:
    one, two = {1: State(total=1, first=1, last=1)}, {1: State(total=2, first=2, last=3), 2: State(total=1, sum=7)}
    assert PLAN.united([one, two]) == {1: State(total=3, first=1, last=3), 2: State(total=1, sum=7)}


def test_the_number_of_a_demand_is_found_again() -> None:
    assert PLAN.number_of(Demand("Clicked", filter_of({"key": {"eq": "dress"}}), keep=4)) == 1
    assert PLAN.number_of(Demand("Clicked")) is None
