"""What a judgement changes for a person: which events tell of it, what is kept, and when it is looked at again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.judgement import Judgement, Outline, Scale
from chalicelib.audiences.transitions import moved
from chalicelib.people.standing import Standing, Transition

NOW = 1_000_000
BEFORE = 900_000
BANDS = Scale({"low": 0, "middle": 1, "high": 2}, "low")
LEVELS = Scale({"silver": 0, "gold": 1})
SCORE, TAG, LEVEL, SEGMENT = ("scores", "activity"), ("tags", "active"), ("tags", "level"), ("segments", "dress")
LIFECYCLE = ("lifecycle", "main")
OUTLINE = Outline(frozenset({SCORE, TAG, LEVEL, SEGMENT, LIFECYCLE}), {SCORE: BANDS, LEVEL: LEVELS}, "main")
NOTHING_DEFINED = Outline()


def judged(**found: Any) -> Judgement:
    return Judgement(**{"outline": OUTLINE, **found})


def after(standing: Standing, judgement: Judgement, manual: dict[str, int] | None = None, **given_: Any) -> Standing | None:
    return moved(standing, judgement, manual or {}, NOW, plan_version=7, **given_)


def told(standing: Standing, judgement: Judgement, manual: dict[str, int] | None = None) -> list[tuple[str, dict[str, Any]]]:
    found = after(standing, judgement, manual)
    return [(one.name, one.properties) for one in found.outbox] if found else []


def test_entering_a_segment_is_told_once_and_dated() -> None:
    found = after(Standing(), judged(segments=frozenset({"dress"})))
    assert found is not None
    assert found.segments == {"dress": NOW}
    assert found.outbox == (Transition("$segment_entered", NOW, {"segment": "dress"}),)
    assert after(found, judged(segments=frozenset({"dress"}))) is None


def test_leaving_a_segment_is_told() -> None:
    assert told(Standing(segments={"dress": BEFORE}), judged()) == [("$segment_left", {"segment": "dress"})]


def test_who_stays_in_a_segment_keeps_the_date_of_entry() -> None:
    found = after(Standing(segments={"dress": BEFORE}), judged(segments=frozenset({"dress", "other"})))
    assert found is not None
    assert found.segments == {"dress": BEFORE, "other": NOW}


@pytest.mark.parametrize(
    ("was", "band", "change"),
    [
        ("low", "middle", {"from": "low", "to": "middle", "direction": "up"}),
        ("low", "high", {"from": "low", "to": "high", "direction": "up"}),
        ("high", "middle", {"from": "high", "to": "middle", "direction": "down"}),
        ("middle", "middle", None),
        (None, "low", None),
        (None, "middle", {"from": "low", "to": "middle", "direction": "up"}),
        ("retired", "middle", {"from": "retired", "to": "middle"}),
    ],
)
def test_crossing_into_another_band_is_told_with_its_direction(was: str | None, band: str, change: dict[str, Any] | None) -> None:
    standing = Standing(bands={"activity": (was, BEFORE)} if was else {})
    expected = [("$score_band_changed", {"score": "activity"} | change)] if change else []
    assert told(standing, judged(bands={"activity": band})) == expected


def test_a_first_band_below_the_start_goes_down() -> None:
    scale = Scale({"angry": 0, "neutral": 1}, "neutral")
    judgement = judged(bands={"activity": "angry"}, outline=Outline(frozenset({SCORE}), {SCORE: scale}))
    assert told(Standing(), judgement) == [
        ("$score_band_changed", {"score": "activity", "from": "neutral", "to": "angry", "direction": "down"})
    ]


def test_the_band_in_which_everybody_begins_costs_no_write_until_it_was_left() -> None:
    assert after(Standing(), judged(bands={"activity": "low"})) is None
    back = after(Standing(bands={"activity": ("middle", NOW - 1)}), judged(bands={"activity": "low"}))
    assert back is not None
    assert back.bands == {"activity": ("low", NOW)}


@pytest.mark.parametrize(
    ("was", "value", "changes"),
    [
        (None, "", [("$tag_gained", {"tag": "level", "value": "", "by": "rule"})]),
        ("", None, [("$tag_lost", {"tag": "level", "value": "", "by": "rule"})]),
        (
            "silver",
            "gold",
            [
                ("$tag_lost", {"tag": "level", "value": "silver", "by": "rule"}),
                ("$tag_gained", {"tag": "level", "value": "gold", "by": "rule", "previous": "silver", "direction": "up"}),
            ],
        ),
        (
            "gold",
            "silver",
            [
                ("$tag_lost", {"tag": "level", "value": "gold", "by": "rule"}),
                ("$tag_gained", {"tag": "level", "value": "silver", "by": "rule", "previous": "gold", "direction": "down"}),
            ],
        ),
        (
            "bronze",
            "silver",
            [
                ("$tag_lost", {"tag": "level", "value": "bronze", "by": "rule"}),
                ("$tag_gained", {"tag": "level", "value": "silver", "by": "rule", "previous": "bronze"}),
            ],
        ),
        ("gold", "gold", []),
    ],
)
def test_another_value_of_a_tag_is_one_lost_and_one_gained(was: str | None, value: str | None, changes: list[Any]) -> None:
    standing = Standing(tags={} if was is None else {"level": (was, BEFORE)})
    assert told(standing, judged(tags={} if value is None else {"level": value})) == changes


def test_a_tag_given_by_hand_says_so_and_keeps_its_own_date() -> None:
    found = after(Standing(), judged(), {"vip": BEFORE})
    assert found is not None
    assert found.manual == {"vip": BEFORE}
    assert [(one.name, one.properties) for one in found.outbox] == [("$tag_gained", {"tag": "vip", "value": "", "by": "manual"})]
    assert told(found, judged()) == [("$tag_lost", {"tag": "vip", "value": "", "by": "manual"})]


def test_the_same_tag_by_rule_and_by_hand_comes_and_goes_separately() -> None:
    both = after(Standing(), judged(tags={"active": ""}), {"active": BEFORE})
    assert both is not None
    assert [one.properties["by"] for one in both.outbox] == ["rule", "manual"]
    assert told(both, judged(tags={"active": ""})) == [("$tag_lost", {"tag": "active", "value": "", "by": "manual"})]


@pytest.mark.parametrize(
    ("was", "stage", "change"),
    [
        ("", "new", {"from": None, "to": "new"}),
        ("new", "loyal", {"from": "new", "to": "loyal"}),
        ("loyal", "", {"from": "loyal", "to": None}),
        ("new", "new", None),
        ("", "", None),
    ],
)
def test_a_new_stage_of_the_life_cycle_is_told(was: str, stage: str, change: dict[str, Any] | None) -> None:
    standing = Standing(stage=(was, BEFORE if was else 0))
    assert told(standing, judged(stage=stage)) == ([("$lifecycle_changed", change)] if change else [])


def test_what_is_no_longer_defined_goes_without_a_word() -> None:
    standing = Standing(
        bands={"activity": ("high", BEFORE)}, tags={"active": ("", BEFORE)}, stage=("new", BEFORE), segments={"dress": BEFORE}
    )
    found = after(standing, judged(outline=NOTHING_DEFINED))
    assert found is not None
    assert (found.bands, found.tags, found.stage, found.segments, found.outbox) == ({}, {}, ("", 0), {}, ())


def test_a_score_that_lost_its_bands_goes_without_a_word() -> None:
    found = after(Standing(bands={"activity": ("high", BEFORE)}), judged())
    assert found is not None
    assert (found.bands, found.outbox) == ({}, ())


def test_what_is_pending_keeps_standing() -> None:
    standing = Standing(
        bands={"activity": ("high", BEFORE)}, tags={"active": ("", BEFORE)}, stage=("new", BEFORE), segments={"dress": BEFORE}
    )
    assert after(standing, judged(pending=frozenset({SCORE, TAG, SEGMENT, LIFECYCLE}))) is None


def test_what_new_rules_find_is_marked_and_what_older_ones_find_meanwhile_is_not() -> None:
    found = after(
        Standing(segments={"old": BEFORE}),
        judged(segments=frozenset({"dress"}), stage="new", tags={"active": ""}),
        {"vip": BEFORE},
        initial=frozenset({SEGMENT, LIFECYCLE, ("tags", "vip")}),
    )
    assert found is not None
    marked = {(one.name, one.properties.get("initial", False)) for one in found.outbox}
    assert {("$segment_entered", True), ("$lifecycle_changed", True), ("$tag_gained", False)} <= marked
    assert ("$tag_gained", True) not in marked


def test_a_change_is_written_with_the_plan_and_without_the_former_outbox() -> None:
    standing = Standing(
        version=3, plan=2, segments={"dress": BEFORE}, outbox=(Transition("$segment_entered", BEFORE, {}),), teller="openid:a"
    )
    found = after(standing, judged())
    assert found is not None
    assert (found.plan, found.version, found.teller, len(found.outbox)) == (7, 3, "openid:a", 1)


def test_a_new_plan_alone_is_nothing_to_write() -> None:
    assert after(Standing(plan=2), judged()) is None


@pytest.mark.parametrize(
    ("armed", "following", "rearmed"),
    [
        (0, None, 0),
        (0, NOW + 50, NOW + 50),
        (NOW + 50, NOW + 50, NOW + 50),
        (NOW + 50, NOW + 49, NOW + 49),  # an earlier instant is armed at once
        (NOW + 50, NOW + 51, NOW + 50),  # a later one waits until the armed timer has fired
        (NOW + 1, NOW + 51, NOW + 1),
        (NOW, NOW + 51, NOW + 51),  # it has fired
        (BEFORE, NOW + 51, NOW + 51),
        (NOW + 50, None, NOW + 50),
        (BEFORE, None, 0),
    ],
)
def test_a_timer_is_moved_only_forward(armed: int, following: int | None, rearmed: int) -> None:
    found = after(Standing(armed=armed), judged(next=following))
    assert (found.armed if found else armed) == rearmed
    assert (found is None) is (armed == rearmed)


def _names() -> st.SearchStrategy[Any]:
    return st.sampled_from(["activity", "active", "level", "dress"])


def _since(values: list[str]) -> st.SearchStrategy[dict[str, tuple[str, int]]]:
    return st.dictionaries(_names(), st.tuples(st.sampled_from(values), st.integers(1, NOW)), max_size=3)


STANDINGS = st.builds(
    Standing,
    bands=_since(["low", "middle", "high"]),
    tags=_since(["", "silver", "gold"]),
    manual=st.dictionaries(_names(), st.integers(1, NOW), max_size=2),
    stage=st.sampled_from([("", 0), ("new", 5), ("loyal", 9)]),
    segments=st.dictionaries(_names(), st.integers(1, NOW), max_size=3),
    armed=st.sampled_from([0, BEFORE, NOW, NOW + 5, NOW + 500]),
)
PENDING = st.frozensets(st.sampled_from([SCORE, TAG, LEVEL, SEGMENT, LIFECYCLE]))


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    pending = draw(PENDING)

    def live(kind: str, found: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in found.items() if (kind, name) not in pending}

    return judged(
        bands=live("scores", draw(st.dictionaries(_names(), st.sampled_from(["low", "middle", "high"]), max_size=3))),
        tags=live("tags", draw(st.dictionaries(_names(), st.sampled_from(["", "silver", "gold"]), max_size=3))),
        stage="" if LIFECYCLE in pending else draw(st.sampled_from(["", "new", "loyal"])),
        segments=frozenset(live("segments", dict.fromkeys(draw(st.frozensets(_names())), ""))),
        next=draw(st.sampled_from([None, NOW + 1, NOW + 50, NOW + 5000])),
        pending=pending,
    )


@given(STANDINGS, judgements(), st.dictionaries(_names(), st.integers(1, NOW), max_size=2))
def test_what_was_judged_once_says_nothing_new_the_second_time(standing: Standing, judgement: Judgement, manual: dict[str, int]) -> None:
    found = after(standing, judgement, manual) or standing
    assert after(found, judgement, manual) is None


@given(STANDINGS, judgements())
def test_a_timer_is_always_armed_in_time(standing: Standing, judgement: Judgement) -> None:
    found = after(standing, judgement) or standing
    assert found.armed == 0 or found.armed > NOW
    assert judgement.next is None or 0 < found.armed <= judgement.next
