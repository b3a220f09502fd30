"""The plan: numbers that are never given twice, and from when on each definition applies."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.plans import MAX_DEFINITIONS, MAX_SIGNALS, Plan, Published, from_json, next_plan, to_json
from chalicelib.errors import DocumentInvalid
from chalicelib.signals.model import Demand
from tests.unit.audiences.world import plan_of, published


def counting(name: str, event: str, version: int = 1, **test: Any) -> Published:
    return published("segments", name, version, where={"event": event} | test)


def numbers(plan: Plan) -> dict[str, int]:
    return {signal.demand.event: signal.number for signal in plan.signals.signals}


def since(plan: Plan) -> dict[str, int]:
    return {one.name: one.since for one in plan.definitions}


def test_the_first_plan_numbers_what_its_definitions_look_at() -> None:
    plan = plan_of(counting("a", "Scan"), counting("b", "Pay"))
    assert (plan.version, plan.counter, plan.signals.version) == (1, 2, 1)
    assert numbers(plan) == {"Scan": 1, "Pay": 2}
    assert since(plan) == {"a": 1, "b": 1}


def test_the_same_definitions_again_are_the_same_plan() -> None:
    plan = plan_of(counting("a", "Scan"), counting("b", "Pay"))
    assert next_plan(plan, [counting("b", "Pay"), counting("a", "Scan")]) is plan
    assert next_plan(plan, plan.definitions) is plan


def test_definitions_that_look_at_the_same_share_a_signal() -> None:
    plan = plan_of(counting("a", "Scan"), counting("b", "Scan", count={"gt": 3}), published("tags", "c", where={"event": "Scan"}))
    assert len(plan.signals.signals) == 1


def test_a_new_signal_applies_from_the_plan_that_brings_it_and_others_stay() -> None:
    first = plan_of(counting("a", "Scan"))
    second = plan_of(*first.definitions, counting("b", "Pay"), before=first)
    assert (second.version, since(second)) == (2, {"a": 1, "b": 2})


def test_a_rule_that_needs_no_new_signal_applies_at_once() -> None:
    first = plan_of(counting("a", "Scan"))
    second = plan_of(
        *first.definitions, counting("b", "Scan", count={"gt": 3}), published("segments", "c", where={"tag": "vip"}), before=first
    )
    assert (second.version, since(second)) == (2, {"a": 1, "b": 1, "c": 0})


def test_a_rule_is_as_new_as_its_newest_signal() -> None:
    first = plan_of(counting("a", "Scan"))
    both = published("segments", "b", where={"all": [{"event": "Scan"}, {"event": "Pay"}]})
    assert since(plan_of(*first.definitions, both, before=first)) == {"a": 1, "b": 2}


def test_a_number_is_not_given_twice() -> None:
    first = plan_of(counting("a", "Scan"), counting("b", "Pay"))
    without = plan_of(counting("a", "Scan"), before=first)
    assert (numbers(without), without.counter) == ({"Scan": 1}, 2)
    again = plan_of(counting("a", "Scan"), counting("b", "Pay"), before=without)
    assert (numbers(again), since(again), again.counter) == ({"Scan": 1, "Pay": 3}, {"a": 1, "b": 3}, 3)


def test_a_signal_stays_as_long_as_one_definition_needs_it() -> None:
    first = plan_of(counting("a", "Scan"), counting("b", "Scan", count={"gt": 3}))
    second = plan_of(counting("b", "Scan", count={"gt": 3}), before=first)
    assert (numbers(second), since(second)) == ({"Scan": 1}, {"b": 1})


def test_another_version_with_the_same_signals_is_a_new_plan_that_applies_at_once() -> None:
    first = plan_of(counting("a", "Scan"))
    second = plan_of(counting("a", "Scan", 2, count={"gt": 3}), before=first)
    assert (second.version, numbers(second), since(second)) == (2, {"Scan": 1}, {"a": 1})


def test_no_rules_at_all_are_a_plan_too() -> None:
    assert plan_of() == Plan()
    assert plan_of(before=plan_of(counting("a", "Scan"))).definitions == ()


def test_every_kind_says_what_it_needs() -> None:
    plan = plan_of(
        published("scores", "s", rules=[{"event": "A", "add": 5, "max_per_day": 12}, {"if": {"event": "B"}, "add": 1}]),
        published("tags", "t", values=[{"value": "x", "where": {"event": "C"}}]),
        published("segments", "g", where={"sequence": [{"event": "D"}, {"event": "E"}]}),
        published("lifecycle", "l", stages=[{"name": "n", "where": {"not": {"event": "F", "within": "7d"}}}]),
        published("derived-attributes", "d", latest_before={"event": "G", "property": "p", "then": {"event": "H"}}),
    )
    found = {signal.demand for signal in plan.signals.signals}
    assert {demand.event for demand in found} == set("ABCDEFGH")
    assert Demand("A", per_day=3, zone="Asia/Shanghai") in found
    assert Demand("G", keep=101, value="p") in found
    assert Demand("H") in found


def test_there_are_at_most_500_definitions_in_force() -> None:
    most = [counting(f"s{number}", "Scan") for number in range(MAX_DEFINITIONS)]
    assert len(plan_of(*most).definitions) == MAX_DEFINITIONS
    with pytest.raises(DocumentInvalid) as error:
        plan_of(*most, counting("more", "Scan"))
    assert [fault.code for fault in error.value.faults] == ["definitions_too_many"]


def test_there_are_at_most_500_signals() -> None:
    def documents(signals: int) -> list[Published]:
        hundreds = [[{"event": f"E{number}"} for number in range(start, min(start + 99, signals))] for start in range(0, signals, 99)]
        return [published("segments", f"s{place}", where={"any": hundred}) for place, hundred in enumerate(hundreds)]

    assert len(plan_of(*documents(MAX_SIGNALS)).signals.signals) == MAX_SIGNALS
    with pytest.raises(DocumentInvalid) as error:
        plan_of(*documents(MAX_SIGNALS + 1))
    assert [fault.code for fault in error.value.faults] == ["signals_too_many"]


def test_a_plan_of_100_segments_is_a_small_text() -> None:
    where = {
        "all": [{"event": "MenuClicked", "where": {"key": {"in": ["裙装", "dress"]}}, "count": {"gt": 5}, "within": "7d"}, {"tag": "vip"}]
    }
    plan = plan_of(*(published("segments", f"segment-{number}", title="裙装爱好者" * 5, where=where) for number in range(100)))
    assert len(to_json(plan).encode()) < 50_000


DEFINITIONS = st.lists(
    st.builds(
        counting,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["Scan", "Pay", "*"]),
        st.integers(1, 3),
        where=st.sampled_from([{}, {"key": "裙装"}, {"amount": {"gte": 1.5, "in": [1, "2"]}}]),
        within=st.sampled_from(["7d", "30d"]),
    ),
    max_size=3,
    unique_by=lambda one: one.name,
)


@given(st.lists(DEFINITIONS, max_size=5))
def test_over_any_publications_numbers_stay_and_are_never_given_twice(publications: list[list[Published]]) -> None:
    plan, ever = Plan(), dict[int, Demand]()
    for definitions in publications:
        after = next_plan(plan, definitions)
        assert from_json(to_json(after)) == after
        for signal in after.signals.signals:
            assert ever.setdefault(signal.number, signal.demand) == signal.demand
            assert signal.number <= after.counter
        kept = {signal.demand: signal for signal in plan.signals.signals}
        assert all(kept.get(signal.demand, signal) == signal for signal in after.signals.signals)
        assert all(one.since <= after.version for one in after.definitions)
        plan = after


def test_a_plan_says_which_rules_it_changed() -> None:
    first = plan_of(counting("a", "Scan"), counting("b", "Pay"))
    second = plan_of(counting("a", "Scan"), counting("b", "Pay", 2), counting("c", "Scan"), before=first)
    assert {one.name: one.changed for one in second.definitions} == {"a": 1, "b": 2, "c": 2}
    assert from_json(to_json(second)) == second
