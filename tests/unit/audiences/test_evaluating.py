"""How conditions combine, how long their answers stand, and what they ask to be remembered."""

from typing import Any

import pytest
from hypothesis import given

from chalicelib.audiences.combining import Combination, Negation, Outcome
from chalicelib.audiences.conditions import placed
from chalicelib.audiences.demands import demand_of, demands_of
from chalicelib.audiences.evaluating import compile_condition, scaled
from chalicelib.audiences.facts import Explanation, Facts, Results
from chalicelib.events.model import Json
from tests.support.asking import DAY, HOUR, NOW, happened, outcome, question, shape
from tests.support.histories import CONDITIONS


class Settled:
    """A condition whose outcome is given."""

    def __init__(self, given: Outcome) -> None:
        self._given = given

    def check(self, *_: Any) -> Outcome:
        return self._given

    def explain(self, *_: Any) -> Explanation:
        return Explanation(self._given[0], {}, next=self._given[1])


YES, NO = (True, None), (False, None)


def until(at: int) -> Outcome:
    """It holds until then."""
    return True, at


def once(at: int) -> Outcome:
    """It does not hold before then."""
    return False, at


@pytest.mark.parametrize(
    ("parts", "outcome_of_all"),
    [
        ([YES, YES], YES),
        ([YES, NO], NO),
        ([until(5), YES], until(5)),
        ([until(5), until(3)], until(3)),  # the first that ends, ends all
        ([until(5), NO], NO),
        ([once(5), YES], once(5)),
        ([once(5), once(3)], once(5)),  # nothing before the last comes true
        ([once(5), NO], NO),  # one part that never comes true is enough
        ([NO, once(5)], NO),
        ([until(3), once(5)], once(5)),  # too early is allowed, too late is not
    ],
)
def test_all_of_some_conditions_stand_until_the_first_ends_and_fall_until_the_last_begins(
    parts: list[Outcome], outcome_of_all: Outcome
) -> None:
    both = Combination({}, tuple(Settled(one) for one in parts), decisive=False)
    assert both.check(Facts(), Results(), 1) == outcome_of_all


@pytest.mark.parametrize(
    ("parts", "outcome_of_any"),
    [
        ([NO, NO], NO),
        ([YES, once(5)], YES),
        ([until(5), until(3), NO], until(5)),  # while one of them stands, all is well
        ([until(5), YES], YES),
        ([once(5), once(3), NO], once(3)),
        ([until(3), once(5)], until(3)),
    ],
)
def test_any_of_some_conditions_stands_until_the_last_ends_and_falls_until_the_first_begins(
    parts: list[Outcome], outcome_of_any: Outcome
) -> None:
    either = Combination({}, tuple(Settled(one) for one in parts), decisive=True)
    assert either.check(Facts(), Results(), 1) == outcome_of_any


@pytest.mark.parametrize(("inner", "outer"), [(YES, NO), (NO, YES), (until(5), once(5)), (once(5), until(5))])
def test_the_opposite_changes_when_the_condition_does(inner: Outcome, outer: Outcome) -> None:
    assert Negation({}, Settled(inner)).check(Facts(), Results(), 1) == outer


def test_who_read_but_did_not_buy_is_meant_until_either_a_purchase_or_the_reading_is_long_ago() -> None:
    document = {"all": [{"event": "Read", "within": "7d"}, {"not": {"event": "Paid", "within": "1d"}}]}
    read = [happened("Read", NOW - DAY)]
    bought = [*read, happened("Paid", NOW - HOUR)]
    assert outcome(document, read) == (True, NOW + 6 * DAY)
    assert outcome(document, bought) == (False, NOW - HOUR + DAY)
    assert outcome(document, bought, NOW - HOUR + DAY) == (True, NOW + 6 * DAY)


@given(CONDITIONS)
def test_a_condition_asks_for_what_its_demands_say_and_nothing_else(document: Json) -> None:
    demands = [signal.demand for signal in question(document).signals.signals]
    assert sorted(map(repr, demands)) == sorted(map(repr, demands_of(shape(document))))


def test_equal_conditions_share_what_is_remembered() -> None:
    one = {"event": "Paid", "where": {"amount": {"gte": 1, "lt": 5}}, "within": "7d"}
    other = {"event": "Paid", "where": {"amount": {"lt": 5.0, "gte": 1}}, "within": "30d"}
    assert len(question({"all": [one, other]}).signals.signals) == 1


def test_a_demand_that_nobody_knows_is_not_hidden() -> None:
    known: dict[object, int] = {}
    with pytest.raises(KeyError):
        compile_condition(shape({"event": "Paid"}), known.__getitem__)


def test_every_kind_of_condition_with_demands_of_its_own_can_be_compiled() -> None:
    fan = shape({"any": [{"reachable": channel} for channel in ("template", "customer_service", "subscribe", "mass")]})
    assert all(demand_of(one) for _, one in placed(fan) if one is not fan)
    assert len(question({"reachable": "mass"}).signals.signals) == 2


@pytest.mark.parametrize(("text", "scale", "length"), [("7d", 1, 7 * DAY), ("1h", 3600, 1000), ("1s", 3600, 1), ("1s", 0.5, 2000)])
def test_a_length_of_time_is_divided_by_the_scale_and_never_nothing(text: str, scale: float, length: int) -> None:
    assert scaled(text, scale) == length
