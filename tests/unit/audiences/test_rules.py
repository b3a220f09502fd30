"""What all rules together make of one person: who asks for whom, what is pending, when to look again, and why."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.judgement import Fact, Judgement
from chalicelib.audiences.plans import Published
from chalicelib.audiences.rules import compile_rules
from chalicelib.audiences.transitions import moved
from chalicelib.events.model import Event, Kind
from chalicelib.people.standing import Standing
from tests.unit.audiences.world import (
    ACTIVITY,
    DAY,
    DRESS,
    FAN,
    HOUR,
    LEVEL,
    LIFE,
    NOW,
    TASTE,
    clicks,
    facts_of,
    happened,
    judged,
    plan_of,
    published,
    rules_of,
    scans,
)


@pytest.mark.parametrize(
    ("scanned", "vip", "value", "band"),
    [(0, False, 0, "low"), (20, False, 100, "low"), (21, False, 105, "middle"), (60, True, 400, "middle"), (61, True, 405, "high")],
)
def test_a_score_has_a_value_and_a_band(scanned: int, vip: bool, value: int, band: str) -> None:
    found = judged(rules_of(ACTIVITY), scans(scanned), manual={"vip": NOW} if vip else {})
    assert (found.scores, found.bands) == ({"activity": value}, {"activity": band})


def test_minus_items_take_points_away() -> None:
    assert judged(rules_of(ACTIVITY), [*scans(2), happened("Unsubscribe", NOW)]).scores == {"activity": -10}


def test_the_sixth_click_joins_and_the_fifth_does_not() -> None:
    times = [NOW - place * HOUR for place in range(6)]
    assert judged(rules_of(DRESS), clicks(*times[:5])).segments == frozenset()
    assert judged(rules_of(DRESS), clicks(*times)).segments == {"dress"}


def test_a_member_leaves_when_the_window_slides() -> None:
    times = [NOW - place * HOUR for place in range(6)]
    leaves = times[-1] + 7 * DAY
    assert judged(rules_of(DRESS), clicks(*times)).next == leaves
    assert judged(rules_of(DRESS), clicks(*times), leaves - 1).segments == {"dress"}
    assert judged(rules_of(DRESS), clicks(*times), leaves).segments == frozenset()


@pytest.mark.parametrize(("points", "value"), [(99, None), (100, "silver"), (999, "silver"), (1000, "gold")])
def test_the_first_value_that_holds_is_the_tag_s(points: int, value: str | None) -> None:
    assert judged(rules_of(LEVEL), attributes={"points": points}).tags == ({"level": value} if value else {})


def test_a_plain_tag_has_no_value() -> None:
    assert judged(rules_of(FAN), [happened("Subscribe", NOW)]).tags == {"fan": ""}


@pytest.mark.parametrize(("orders", "stage"), [(0, ""), (1, "new"), (2, "new"), (3, "loyal")])
def test_the_first_stage_that_holds_is_the_person_s(orders: int, stage: str) -> None:
    assert judged(rules_of(LIFE), [happened("OrderPaid", NOW + place) for place in range(orders)]).stage == stage


def test_rules_see_what_the_rules_that_they_ask_for_found() -> None:
    rules = rules_of(
        ACTIVITY,
        LIFE,
        TASTE,
        FAN,
        published(
            "segments",
            "a-best",
            where={
                "all": [
                    {"score": "activity", "band": "middle"},
                    {"lifecycle": "new"},
                    {"attribute": "taste", "eq": "dress"},
                    {"tag": "fan"},
                ]
            },
        ),
        published("segments", "a-very-best", where={"segment": "a-best"}),
    )
    history = [*scans(21), happened("OrderPaid", NOW), happened("ArticleRead", NOW, topic="dress"), happened("Subscribe", NOW)]
    found = judged(rules, history)
    assert found.segments == {"a-best", "a-very-best"}
    assert found.derived == {"taste": Fact("dress", NOW)}
    assert judged(rules, history[:-1]).segments == frozenset()


def test_an_attribute_that_a_source_sends_wins_over_a_derived_one() -> None:
    rules = rules_of(TASTE, published("segments", "shoes", where={"attribute": "taste", "eq": "shoes"}))
    assert judged(rules, [happened("ArticleRead", NOW, topic="dress")], attributes={"taste": "shoes"}).segments == {"shoes"}


def test_a_rule_may_listen_to_what_another_rule_found() -> None:
    rules = rules_of(
        DRESS, published("segments", "again", where={"event": "$segment_entered", "where": {"segment": "dress"}, "count": {"gte": 2}})
    )
    entered = [happened("$segment_entered", NOW + place, Kind.DERIVED, segment="dress") for place in range(2)]
    assert judged(rules, entered[:1]).segments == frozenset()
    assert judged(rules, entered).segments == {"again"}


def test_any_event_is_none_that_rules_wrote() -> None:
    rules = rules_of(published("segments", "alive", where={"event": "*"}))
    assert judged(rules, [happened("$segment_entered", NOW, Kind.DERIVED, segment="dress")]).segments == frozenset()
    assert judged(rules, scans(1)).segments == {"alive"}


FADING = {"event": "Scan", "add": 5, "within": "7d"}


def test_a_score_that_nothing_depends_on_needs_no_timer() -> None:
    assert judged(rules_of(published("scores", "s", rules=[FADING])), scans(1)).next is None


@pytest.mark.parametrize(
    "definitions",
    [
        [published("scores", "s", rules=[FADING], bands=[{"name": "low", "upto": 4}, {"name": "high"}])],
        [published("scores", "s", rules=[FADING]), published("segments", "a", where={"score": "s", "gt": 3})],
        [
            published("scores", "s", rules=[FADING]),
            published("scores", "t", rules=[{"if": {"score": "s", "gt": 3}, "add": 1}]),
            published("tags", "a", where={"score": "t", "gt": 0}),
        ],
    ],
)
def test_a_score_that_a_band_or_another_rule_depends_on_has_the_person_looked_at_again(definitions: list[Published]) -> None:
    assert judged(rules_of(*definitions), scans(1)).next == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("scanned", "upto", "turns"),
    [
        (1, 100, None),  # the points end, the band stays
        (2, 5, NOW + 7 * DAY),
        (2, 4, NOW + 7 * DAY + 1),
        (3, 4, NOW + 7 * DAY + 2),
        (100, 4, NOW + 7 * DAY + 8),  # further than that nobody looks ahead
    ],
)
def test_a_band_has_the_person_looked_at_again_when_it_turns(scanned: int, upto: int, turns: int | None) -> None:
    rules = rules_of(published("scores", "s", rules=[FADING], bands=[{"name": "low", "upto": upto}, {"name": "high"}]))
    assert judged(rules, scans(scanned)).next == turns


def test_a_band_turns_no_later_than_a_condition_of_its_score() -> None:
    asked = {"if": {"event": "Pay", "within": "2d"}, "add": 100}
    bands = [{"name": "low", "upto": 4}, {"name": "high"}]
    rules = rules_of(published("scores", "s", rules=[FADING, asked], bands=bands))
    assert judged(rules, [*scans(1), happened("Pay", NOW)]).next == NOW + 2 * DAY
    assert judged(rules, [*scans(1, NOW - 6 * DAY), happened("Pay", NOW)]).next == NOW + 2 * DAY
    assert judged(rules, [*scans(1), happened("Pay", NOW)], NOW + 2 * DAY).next == NOW + 7 * DAY


@pytest.mark.parametrize(("window", "turns"), [("2d", 2), ("9d", 7)])
def test_a_band_turns_when_events_or_conditions_turn_it_first(window: str, turns: int) -> None:
    asked = {"if": {"event": "Pay", "within": window}, "add": 100}
    rules = rules_of(published("scores", "s", rules=[FADING, asked], bands=[{"name": "low", "upto": 104}, {"name": "high"}]))
    assert judged(rules, [*scans(1), happened("Pay", NOW)]).next == NOW + turns * DAY


def test_a_value_that_holds_gives_way_to_an_earlier_one_at_its_time() -> None:
    values = [
        {"value": "quiet", "where": {"not": {"event": "Scan", "within": "1d"}}},
        {"value": "busy", "where": {"event": "Scan", "within": "7d"}},
    ]
    rules = rules_of(published("tags", "mood", values=values))
    assert [judged(rules, scans(1), at).tags for at in (NOW, NOW + DAY - 1, NOW + DAY)] == [
        {"mood": "busy"},
        {"mood": "busy"},
        {"mood": "quiet"},
    ]
    assert judged(rules, scans(1)).next == NOW + DAY


def test_a_derived_attribute_has_the_person_looked_at_again_only_if_a_rule_asks_for_it() -> None:
    events = [happened("ArticleRead", NOW, topic="dress")]
    assert judged(rules_of(TASTE), events).next is None
    assert judged(rules_of(TASTE, published("segments", "a", where={"attribute": "taste", "exists": True})), events).next == NOW + 30 * DAY


def test_what_needs_signals_that_are_still_counted_is_pending_with_whoever_asks_for_it() -> None:
    first = plan_of(FAN, published("segments", "fans", where={"tag": "fan"}))
    again = published("segments", "fans", where={"any": [{"tag": "fan"}, {"segment": "dress"}]})
    rules = compile_rules(plan_of(FAN, again, DRESS, published("segments", "fans-of-fans", where={"segment": "fans"}), before=first))
    facts = facts_of(first, [happened("Subscribe", NOW)])
    found = rules.judge(facts, NOW, at=1)
    assert found.pending == {("segments", "dress"), ("segments", "fans"), ("segments", "fans-of-fans")}
    assert (found.tags, found.segments) == ({"fan": ""}, frozenset())
    assert rules.judge(facts, NOW, at=2).pending == frozenset()
    assert rules.judge(facts, NOW, at=2).segments == {"fans", "fans-of-fans"}


def test_a_rule_is_new_when_what_it_asks_for_is() -> None:
    asking = published("segments", "asking", where={"all": [{"segment": "asked"}, {"tag": "vip"}]})
    first = plan_of(
        published("segments", "asked", where={"event": "Scan"}), published("segments", "other", where={"event": "Scan"}), asking
    )
    others = [one for one in first.definitions if one.name != "asked"]
    rules = compile_rules(plan_of(published("segments", "asked", 2, where={"event": "Pay"}), *others, before=first))
    assert rules.newer_than(first.version) == {("segments", "asked"), ("segments", "asking")}
    assert rules.newer_than(first.version + 1) == frozenset()


def test_rules_say_what_they_look_at_beside_events() -> None:
    rules = compile_rules(
        plan_of(
            published("segments", "a", where={"any": [{"last_seen": {"before": "7d"}}, {"last_seen": {"within": "1d"}}]}),
            published("tags", "b", where={"not": {"last_seen": {"before": "7d"}}}),
        ),
        scale=24,
    )
    assert (rules.windows, rules.touches, rules.first_seen) == ((HOUR, 7 * HOUR), frozenset(), False)
    assert rules_of(published("segments", "a", where={"attribute": "$first_touch.campaign.source", "eq": "618"})).touches == {"first_touch"}
    assert rules_of(published("segments", "a", where={"first_seen": {"within": "7d"}})).first_seen


def test_windows_run_faster_on_a_scaled_stack() -> None:
    rules = compile_rules(plan_of(DRESS), scale=7 * 24 * 60)
    assert judged(rules, clicks(*range(NOW, NOW + 6)), NOW + 10).next == NOW + 60_000


EVERYTHING = rules_of(
    ACTIVITY,
    DRESS,
    LEVEL,
    FAN,
    LIFE,
    TASTE,
    published(
        "scores",
        "warmth",
        rules=[
            {"event": "Scan", "add": 8, "decay": {"every": "2h", "keep": 0.5}, "max_per_day": 20},
            {"if": {"segment": "quiet"}, "add": -3},
        ],
        bands=[{"name": "cold", "upto": 0}, {"name": "warm", "upto": 9}, {"name": "hot"}],
    ),
    published(
        "segments",
        "quiet",
        where={"all": [{"last_seen": {"before": "5h"}}, {"not": {"event": "Scan", "within": "9h", "count": {"gt": 2}}}]},
    ),
    published("segments", "taste", where={"all": [{"attribute": "taste", "eq": "dress"}, {"not": {"score": "warmth", "band": "hot"}}]}),
    published(
        "tags",
        "heat",
        values=[{"value": "high", "where": {"score": "warmth", "gte": 8}}, {"value": "some", "where": {"score": "warmth", "gt": 0}}],
    ),
)
HISTORIES = st.lists(
    st.one_of(
        st.builds(lambda at: happened("Scan", at), st.integers(NOW - 12 * HOUR, NOW)),
        st.builds(lambda at: happened("MenuClicked", at, key="dress"), st.integers(NOW - 8 * DAY, NOW)),
        st.builds(
            lambda at, topic: happened("ArticleRead", at, topic=topic),
            st.integers(NOW - 31 * DAY, NOW),
            st.sampled_from(["dress", "shoes"]),
        ),
        st.builds(lambda at: happened("OrderPaid", at), st.integers(NOW - DAY, NOW)),
    ),
    max_size=25,
)


def placed(found: Judgement) -> tuple[Any, ...]:
    """All that is discrete in a judgement."""
    return found.bands, found.tags, found.stage, found.segments


def known(history: list[Event]) -> dict[str, Any]:
    return {"last_seen": max((event.time for event in history), default=0), "attributes": {"points": 50 * len(history)}}


@given(HISTORIES, st.integers(0, DAY), st.floats(0, 1, exclude_max=True))
def test_nobody_moves_before_the_instant_that_was_foretold(history: list[Event], later: int, part: float) -> None:
    now = NOW + later
    found = judged(EVERYTHING, history, now, **known(history))
    assert found.next is None or found.next > now
    between = now + int(part * ((found.next or now + 900 * DAY) - now))
    assert placed(judged(EVERYTHING, history, between, **known(history))) == placed(found)


@given(HISTORIES, st.integers(0, DAY))
def test_who_was_judged_and_written_down_is_not_written_again(history: list[Event], later: int) -> None:
    found = judged(EVERYTHING, history, NOW + later, **known(history))
    standing = moved(Standing(), found, {}, NOW + later, EVERYTHING.plan.version) or Standing()
    assert moved(standing, found, {}, NOW + later, EVERYTHING.plan.version) is None


@given(HISTORIES, st.randoms())
def test_the_order_in_which_events_arrive_does_not_matter(history: list[Event], random: Any) -> None:
    mixed = list(history)
    random.shuffle(mixed)
    assert judged(EVERYTHING, history, **known(history)) == judged(EVERYTHING, mixed, **known(history))
