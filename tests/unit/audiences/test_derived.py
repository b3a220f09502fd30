"""What a person's events say of them: the value, and when it was decided."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.derived import Derivation
from chalicelib.audiences.judgement import Fact
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.rules import compile_rules
from chalicelib.events.model import Event
from tests.unit.audiences.world import DAY, HOUR, NOW, facts_of, happened, judged, plan_of, published, rules_of


def derived(document: dict[str, Any], *events: Event, now: int = NOW) -> Fact | None:
    rules = rules_of(published("derived-attributes", "taste", **document))
    return judged(rules, events, now).derived.get("taste")


def read(at: int, **properties: Any) -> Event:
    return happened("ArticleRead", at, **properties)


def topics(**more: Any) -> dict[str, Any]:
    return {"event": "ArticleRead", "property": "topic"} | more


@pytest.mark.parametrize(
    ("values", "value", "place"),
    [
        (["dress", "shoes", "dress"], "dress", 2),
        (["dress", "shoes"], "shoes", 1),  # as often, but later
        (["dress", "shoes", None, 7, "shoes", "dress"], "dress", 5),
        ([7, 7, "7"], 7, 1),
        ([1.5, 1.5], 1.5, 1),
        ([True], "true", 0),
    ],
)
def test_the_most_frequent_value_wins_and_of_several_the_one_that_was_there_last(values: list[Any], value: Any, place: int) -> None:
    events = [read(NOW + at, topic=topic) for at, topic in enumerate(values)]
    assert derived({"most": topics()}, *events, now=NOW + DAY) == Fact(value, NOW + place)


def test_values_of_one_instant_that_are_as_frequent_go_by_their_text() -> None:
    assert derived({"most": topics()}, read(NOW, topic="shoes"), read(NOW, topic="dress")) == Fact("dress", NOW)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("latest", Fact("c", NOW + 3)),
        ("first", Fact("a", NOW + 1)),
    ],
)
def test_the_latest_and_the_first_value_are_those_of_events_that_have_one(way: str, expected: Fact) -> None:
    events = [read(NOW), read(NOW + 1, topic="a"), read(NOW + 2, topic="b"), read(NOW + 3, topic="c"), read(NOW + 4, topic=None)]
    assert derived({way: topics()}, *events) == expected


@pytest.mark.parametrize("way", ["most", "latest", "first", "average"])
def test_there_is_no_value_without_an_event_that_has_one(way: str) -> None:
    assert derived({way: topics()}) is None
    assert derived({way: topics()}, read(NOW)) is None


def test_nothing_counts_as_0_and_sums_up_to_0() -> None:
    assert derived({"count": {"event": "ArticleRead"}}) == Fact(0, 0)
    assert derived({"sum": topics()}) == Fact(0, 0)


def test_counts_and_sums_without_a_window_have_no_limit() -> None:
    events = [read(NOW + at, topic=0.1) for at in range(250)]
    assert derived({"count": {"event": "ArticleRead"}}, *events) == Fact(250, NOW + 249)
    assert derived({"sum": topics()}, *events) == Fact(25, NOW + 249)


def test_the_average_is_that_of_numbers_also_if_they_came_as_text() -> None:
    events = [read(NOW, topic=10), read(NOW + 1, topic="20.5"), read(NOW + 2, topic="many"), read(NOW + 3)]
    assert derived({"average": topics()}, *events) == Fact(15.25, NOW + 1)


@pytest.mark.parametrize(
    ("numbers", "value"), [([1, 1, 2], 1.333333), ([-1, -1, -2], -1.333333), ([1, 2, 2], 1.666667), ([0.000001, 0], 0.000001)]
)
def test_an_average_is_given_to_the_nearest_millionth(numbers: list[float], value: float) -> None:
    found = derived({"average": topics()}, *(read(NOW + at, topic=number) for at, number in enumerate(numbers)))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("way", "now", "expected"),
    [
        ("count", NOW + 7 * DAY - 1, 2),
        ("count", NOW + 7 * DAY, 1),
        ("sum", NOW + 7 * DAY - 1, 30),
        ("sum", NOW + 7 * DAY, 20),
        ("average", NOW + 7 * DAY - 1, 15),
        ("average", NOW + 7 * DAY, 20),
        ("first", NOW + 7 * DAY - 1, 10),
        ("first", NOW + 7 * DAY, 20),
        ("latest", NOW + 7 * DAY + HOUR - 1, 20),
        ("latest", NOW + 7 * DAY + HOUR, None),
        ("most", NOW + 7 * DAY + HOUR, None),
        ("count", NOW + 7 * DAY + HOUR, 0),
    ],
)
def test_a_window_leaves_out_what_lies_before_it(way: str, now: int, expected: Any) -> None:
    found = derived({way: {"event": "ArticleRead", "within": "7d"} | ({} if way == "count" else {"property": "topic"})}, *_two(), now=now)
    assert (found.value if found else None) == expected


def _two() -> list[Event]:
    return [read(NOW, topic=10), read(NOW + HOUR, topic=20)]


def test_only_the_newest_101_events_are_looked_at() -> None:
    events = [read(NOW + at, topic="old" if at < 149 else "new") for at in range(250)]
    assert derived({"first": topics()}, *events[:250]) == Fact("new", NOW + 149)
    assert derived({"first": topics()}, *events[:249]) == Fact("old", NOW + 148)


def persuaded(*events: Event) -> Fact | None:
    return derived({"latest_before": {"event": "ArticleRead", "property": "topic", "then": {"event": "OrderPaid"}}}, *events)


def test_the_persuading_touch_is_the_last_one_strictly_before_the_last_order() -> None:
    first, second = read(NOW, topic="dress"), read(NOW + 10, topic="shoes")
    assert persuaded(first, second) is None
    assert persuaded(first, second, happened("OrderPaid", NOW + 5)) == Fact("dress", NOW)
    assert persuaded(first, second, happened("OrderPaid", NOW + 10)) == Fact("dress", NOW)
    assert persuaded(first, second, happened("OrderPaid", NOW + 11)) == Fact("shoes", NOW + 10)
    assert persuaded(first, second, happened("OrderPaid", NOW + 5), happened("OrderPaid", NOW + 11)) == Fact("shoes", NOW + 10)


def test_filters_tell_which_events_are_meant() -> None:
    document = {"latest": topics(where={"channel": {"eq": "wechat"}})}
    assert derived(document, read(NOW, topic="dress", channel="wechat"), read(NOW + 1, topic="shoes", channel="app")) == Fact("dress", NOW)


def test_the_preferred_channel_comes_from_the_context_of_any_event() -> None:
    events = [
        happened(name, NOW + at, context={"channel": channel})
        for at, (name, channel) in enumerate([("A", "app"), ("B", "h5"), ("C", "h5")])
    ]
    assert derived({"most": {"event": "*", "property": "context.channel"}}, *events) == Fact("h5", NOW + 2)


WAYS = st.sampled_from(["most", "latest", "first", "sum", "average"])
EVENTS = st.lists(
    st.builds(lambda at, topic: read(NOW + at, topic=topic), st.integers(0, 60), st.sampled_from(["a", "b", 1, 2.5, None])), max_size=12
)


@given(WAYS, st.sampled_from([None, "1h", "1d"]), EVENTS, st.randoms())
def test_the_order_of_events_does_not_matter(way: str, within: str | None, events: list[Event], random: Any) -> None:
    document = {way: topics() | ({"within": within} if within else {})}
    mixed = list(events)
    random.shuffle(mixed)
    assert derived(document, *events) == derived(document, *mixed)


@given(WAYS, EVENTS, st.integers(0, 120))
def test_a_value_stays_the_same_until_it_is_said_to_change(way: str, events: list[Event], later: int) -> None:
    document: dict[str, Any] = {way: topics(within="60s")}
    plan = plan_of(published("derived-attributes", "taste", **document))
    now = NOW + later * 1000
    value, at = _found(plan, events, now)
    assert at is None or at > now
    assert _found(plan, events, (at or now + DAY) - 1)[0] == value


def _found(plan: Plan, events: list[Event], now: int) -> Derivation:
    found = compile_rules(plan).results(facts_of(plan, events), now, 1)
    return found.dated.get("taste"), found.changes.get(("derived-attributes", "taste"))
