"""The examples of the documentation: one command puts them in force, and each does what it is there for, to both sides of its boundary."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.audiences import passes, planbook
from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.audiences.transitions import moved
from chalicelib.events.model import Event, Json, Kind
from chalicelib.people.standing import Standing
from chalicelib.signals.model import Journal, Ledger
from infra import definitions
from infra.definition_files import read_folder
from tests.support.asking import DAY, FAN, HOUR, MINUTE, NOW
from tests.support.aws import Stack
from tests.support.gateway import Gateway
from tests.support.rules import EXAMPLES, definitions_stack, examples, plan_of

SECOND = 1_000
WEEK = 7 * DAY


@cache
def _rules() -> Rules:
    """All examples together, as if they were in force."""
    return compile_rules(plan_of(*((one.kind, one.name, one.document) for one in examples())))


@dataclass
class Fan:
    """Somebody with a history; times are epoch ms."""

    events: list[Event] = field(default_factory=list)
    attributes: Json = field(default_factory=dict)
    touches: Json = field(default_factory=dict)

    def did(self, name: str, at: int = NOW - HOUR, times: int = 1, context: Json | None = None, **properties: object) -> "Fan":
        """With something done, `times` times, a millisecond apart."""
        for moment in range(at, at + times):
            self.events.append(Event(f"e{len(self.events)}", Kind.TRACK, name, moment, (FAN,), "shop", properties, context=context or {}))
        return self

    def judged(self, now: int = NOW) -> Judgement:
        """Where the examples put this person."""
        rules, plan = _rules(), _rules().plan
        entries = tuple(plan.signals.entries_of(self.events, plan.version))
        seen = [event.time for event in self.events] or [0]
        facts = Facts(
            states=plan.signals.states(Ledger(), Journal(entries), plan.version),
            attributes=self.attributes,
            touches=self.touches,
            first_seen=min(seen),
            last_seen=max(seen),
        )
        return rules.judge(facts, now, plan.version)


def _told(*judgements: Judgement) -> list[list[tuple[str, Json]]]:
    """The events that follow from each judgement of one person, one after another."""
    standing, found = Standing(), []
    for number, judgement in enumerate(judgements):
        after = moved(standing, judgement, {}, NOW + number, plan_version=1)
        found.append([(one.name, one.properties) for one in after.outbox] if after else [])
        standing = after or standing
    return found


# ---- one command ----


@pytest.fixture(scope="module")
def published() -> Iterator[Stack]:
    """A stage in which the command has put all examples in force."""
    with definitions_stack() as stack, pytest.MonkeyPatch.context() as patch:
        gateway = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)

        def call(method: str, path: str, body: Any) -> tuple[int, Any]:
            reply = gateway.call(method, path, body)
            return reply.status, reply.json

        patch.setattr(definitions, "api_of", lambda _: call)
        patch.setattr(passes, "ensure_started", lambda *_: None)  # slow in memory, and of no interest here
        assert definitions.main(["import", str(EXAMPLES), "--publish"]) == 0
        yield stack


def test_one_command_puts_all_examples_in_force(published: Stack) -> None:
    planbook.forget()
    assert {f"{one.kind}/{one.name}" for one in planbook.current_plan().definitions} == {one.path for one in examples()}
    assert planbook.current_rules().outline == _rules().outline


def test_a_second_import_changes_nothing(published: Stack) -> None:
    before = published.items("definitions")
    assert definitions.main(["import", str(EXAMPLES), "--publish"]) == 0
    assert published.items("definitions") == before


def test_what_is_in_force_comes_out_as_it_went_in(published: Stack, tmp_path: Path) -> None:
    assert definitions.main(["export", "--to", str(tmp_path)]) == 0
    assert list(read_folder(tmp_path)) == list(read_folder(EXAMPLES))


def test_every_example_says_what_it_is_for() -> None:
    for path in EXAMPLES.glob("*/*.yaml"):
        assert path.read_text("utf-8").startswith("# "), path


# ---- scores ----


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("Followed", 10), ("CodeScanned", 5), ("MenuClicked", 2), ("TextSent", 3), ("ArticleRead", 2), ("FormSubmitted", 20),
        ("CouponClaimed", 10), ("CouponUsed", 20), ("ReferralSucceeded", 30), ("OrderPaid", 50), ("CouponDeleted", -5),
        ("OrderRefunded", -50), ("Unfollowed", -40), ("PageViewed", 0),
    ],
)  # fmt: skip
def test_each_behaviour_changes_the_activity_score_by_its_points(name: str, points: int) -> None:
    assert Fan().did(name).judged().scores["activity"] == points


def test_a_hundred_clicks_on_one_day_bring_no_more_than_the_days_cap() -> None:
    assert Fan().did("MenuClicked", times=100).judged().scores["activity"] == 10
    assert Fan().did("MenuClicked", times=100).did("MenuClicked", NOW - 2 * DAY, times=3).judged().scores["activity"] == 16


@pytest.mark.parametrize(
    ("events", "points", "band"),
    [
        ([], 0, "low"),
        ([("OrderPaid", 2)], 100, "low"),
        ([("OrderPaid", 2), ("MenuClicked", 1)], 102, "middle"),
        ([("OrderPaid", 8)], 400, "middle"),
        ([("OrderPaid", 8), ("MenuClicked", 1)], 402, "high"),
        ([("OrderPaid", 8), ("MenuClicked", 1), ("CouponDeleted", 1)], 397, "middle"),
    ],
)
def test_a_hundred_points_are_low_still_and_four_hundred_middle_still(events: Sequence[tuple[str, int]], points: int, band: str) -> None:
    fan = Fan()
    for name, times in events:
        fan.did(name, times=times)
    judged = fan.judged()
    assert (judged.scores["activity"], judged.bands["activity"]) == (points, band)


def test_reaching_high_is_told_once_and_not_with_every_further_point() -> None:
    fan = Fan().did("OrderPaid", times=8)
    before = fan.judged()
    crossed = fan.did("OrderPaid", NOW - MINUTE).judged()
    later = fan.did("OrderPaid", NOW - SECOND).judged()
    told = [
        [one for one in events if one[0] == "$score_band_changed" and one[1]["score"] == "activity"]
        for events in _told(before, crossed, later)
    ]
    assert told[1:] == [[("$score_band_changed", {"score": "activity", "from": "middle", "to": "high", "direction": "up"})], []]


EXAM = {"first_touch": {"campaign": {"name": "中考在即"}}}


def test_a_lead_from_the_campaign_who_follows_downloads_claims_and_downloads_more_is_high() -> None:
    fan = Fan(touches=EXAM).did("Followed", NOW - 5 * HOUR).did("PaperDownloaded", NOW - 4 * HOUR)
    grades = [fan.judged().bands["lead"]]
    grades.append(fan.did("PackClaimed", NOW - 3 * HOUR).judged().bands["lead"])
    grades.append(fan.did("PaperDownloaded", NOW - 2 * HOUR, times=2).judged().bands["lead"])
    assert grades == ["low", "middle", "high"]


def test_many_downloads_without_the_pack_make_no_high_lead() -> None:
    judged = Fan(touches=EXAM).did("Followed").did("PaperDownloaded", times=20).judged()
    assert (judged.scores["lead"], judged.bands["lead"]) == (50, "middle")


@pytest.mark.parametrize(("campaign", "points"), [("中考在即", 20), ("618", 0)])
def test_the_campaign_counts_once_and_only_the_right_one(campaign: str, points: int) -> None:
    assert Fan(touches={"first_touch": {"campaign": {"name": campaign}}}).did("PageViewed", times=5).judged().scores["lead"] == points


# ---- tags ----


@pytest.mark.parametrize(
    ("name", "properties", "tagged"),
    [
        ("TextSent", {"text": "有女装吗"}, True),
        ("TextSent", {"text": "这条裙子多少钱"}, True),
        ("TextSent", {"text": "男鞋"}, False),
        ("MenuClicked", {"title": "女装"}, True),
        ("MenuClicked", {"title": "男装"}, False),
        ("MenuClicked", {"key": "女装"}, False),
        ("CouponClaimed", {"category": "女装"}, True),
        ("CouponClaimed", {"category": "男鞋"}, False),
        ("CouponOpened", {"category": "女装"}, False),
    ],
)
def test_a_word_a_menu_or_a_coupon_tells_of_womens_wear(name: str, properties: Json, tagged: bool) -> None:
    assert ("womens-wear" in Fan().did(name, **properties).judged().tags) is tagged


def test_who_took_a_womens_coupon_but_ordered_mens_shoes_elsewhere_buys_for_two() -> None:
    coupon = Fan().did("CouponClaimed", context={"channel": "official_account"}, category="女装")
    assert "couples" not in coupon.judged().segments
    assert "couples" in coupon.did("OrderSubmitted", context={"channel": "shop"}, category="男鞋").judged().segments
    assert "couples" not in Fan().did("OrderSubmitted", category="男鞋").judged().segments
    assert "couples" not in Fan().did("CouponClaimed", category="女装").did("OrderSubmitted", category="女鞋").judged().segments


@pytest.mark.parametrize(
    ("points", "level"),
    [(0, "普通"), (999, "普通"), (1000, "白银"), (4999, "白银"), (5000, "黄金"), (9999, "黄金"), (10000, "铂金"), (None, None)],
)
def test_the_level_changes_exactly_at_its_points(points: int | None, level: str | None) -> None:
    attributes = {} if points is None else {"points": points}
    assert Fan(attributes=attributes).judged().tags.get("level") == level


def test_each_upgrade_is_told_once_and_a_downgrade_is_none() -> None:
    told = _told(*(Fan(attributes={"points": points}).judged() for points in (999, 1000, 1001, 5000, 4999)))
    gained = [[one for name, one in events if name == "$tag_gained" and one["tag"] == "level"] for events in told]
    assert [[(one["value"], one.get("direction")) for one in events] for events in gained] == [
        [("普通", None)], [("白银", "up")], [], [("黄金", "up")], [("白银", "down")],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "name", "value"),
    [
        ({"city": "北京"}, "region", "北京"),
        ({"city": "上海市"}, "region", "上海"),
        ({"city": "成都"}, "region", "其他"),
        ({}, "region", None),
        ({"gender": "female"}, "gender", "女"),
        ({"gender": "男"}, "gender", "男"),
        ({"gender": "unknown"}, "gender", None),
    ],
)
def test_attribute_tags_follow_the_attribute(attributes: Json, name: str, value: str | None) -> None:
    assert Fan(attributes=attributes).judged().tags.get(name) == value


@pytest.mark.parametrize(("source", "tagged"), [("618", True), ("6180", False), ("618 ", False)])
def test_the_source_tag_is_for_whoever_first_came_by_the_campaign(source: str, tagged: bool) -> None:
    assert ("from-618" in Fan(touches={"first_touch": {"campaign": {"source": source}}}).judged().tags) is tagged


@pytest.mark.parametrize("channel", ["official_account", "shop", "app"])
def test_whoever_was_active_in_any_channel_within_seven_days_is_active(channel: str) -> None:
    fan = Fan().did("Anything", NOW, context={"channel": channel})
    assert "active-7d" in fan.judged(NOW + WEEK - 1).tags
    assert "active-7d" not in fan.judged(NOW + WEEK).tags
    assert fan.judged(NOW + 1).next == NOW + WEEK


def _persuaded(*names: str) -> bool:
    fan = Fan()
    for place, name in enumerate(names):
        fan.did(name, NOW - DAY + place * MINUTE)
    return "article-persuadable" in fan.judged().tags


VIEWS = ("ProductViewed",) * 3


def test_who_looked_often_and_ordered_only_after_an_article_is_persuaded_by_articles() -> None:
    assert _persuaded(*VIEWS, "ArticleRead", "OrderPaid")
    assert _persuaded(*VIEWS, "ArticleRead", "OrderPaid", "ArticleRead")


@pytest.mark.parametrize(
    "names",
    [
        (*VIEWS[:2], "ArticleRead", "OrderPaid"),
        (*VIEWS, "OrderPaid", "ArticleRead"),
        (*VIEWS, "ArticleRead"),
        ("ArticleRead", *VIEWS, "OrderPaid"),
        ("OrderPaid", *VIEWS, "ArticleRead", "OrderPaid"),
    ],
)
def test_in_any_other_order_articles_have_persuaded_nobody(names: tuple[str, ...]) -> None:
    assert not _persuaded(*names)


# ---- segments ----


def test_the_sixth_click_on_the_dress_menu_joins_and_the_fifth_does_not() -> None:
    assert "dress-menu" not in Fan().did("MenuClicked", times=5, key="dress").judged().segments
    assert "dress-menu" in Fan().did("MenuClicked", times=6, key="dress").judged().segments
    assert "dress-menu" not in Fan().did("MenuClicked", times=6, key="shoes").judged().segments


def test_a_week_after_the_first_of_six_clicks_the_person_leaves_though_nothing_happens() -> None:
    fan = Fan().did("MenuClicked", NOW, key="dress").did("MenuClicked", NOW + DAY, times=5, key="dress")
    assert "dress-menu" in fan.judged(NOW + WEEK - 1).segments
    assert "dress-menu" not in fan.judged(NOW + WEEK).segments


def test_joining_the_dress_segment_is_told_once() -> None:
    judgements = [Fan().did("MenuClicked", times=times, key="dress").judged() for times in (5, 6, 7)]
    entered = [[one for one in events if one == ("$segment_entered", {"segment": "dress-menu"})] for events in _told(*judgements)]
    assert [len(one) for one in entered] == [0, 1, 0]


@pytest.mark.parametrize(("times", "inside"), [(4, False), (5, True)])
def test_five_senior_papers_make_a_senior(times: int, inside: bool) -> None:
    fan = Fan().did("PaperViewed", NOW - 300 * DAY, times=times, grade="高中").did("PaperViewed", times=9, grade="初中")
    assert ("senior-papers" in fan.judged().segments) is inside


@pytest.mark.parametrize(
    ("orders", "clicks", "quiet", "asleep"),
    [(6, 0, WEEK, False), (6, 1, WEEK, True), (6, 1, WEEK - 1, False), (8, 0, 30 * DAY, True)],
)
def test_over_three_hundred_points_and_seven_days_of_silence_is_asleep(orders: int, clicks: int, quiet: int, asleep: bool) -> None:
    fan = Fan().did("OrderPaid", NOW - DAY, times=orders).did("MenuClicked", NOW - HOUR, times=clicks)
    last = max(event.time for event in fan.events)
    assert ("sleeping" in fan.judged(last + quiet).segments) is asleep


def test_any_sign_of_life_wakes_the_sleeper() -> None:
    fan = Fan().did("OrderPaid", NOW - 30 * DAY, times=8)
    assert "sleeping" in fan.judged().segments
    assert "sleeping" not in fan.did("PageViewed", NOW - 1, context={"channel": "shop"}).judged().segments


# ---- the life cycle ----


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ([], ""),
        ([("PageViewed", 0, 1)], "新客"),
        ([("PageViewed", 31 * DAY, 1), ("PageViewed", 0, 1)], "潜客"),
        ([("ProductViewed", 0, 2)], "新客"),
        ([("ProductViewed", 0, 3)], "意向"),
        ([("OrderSubmitted", 0, 1)], "意向"),
        ([("OrderPaid", 0, 2)], "成交"),
        ([("OrderPaid", 0, 3)], "忠诚"),
        ([("OrderPaid", 181 * DAY, 1), ("OrderPaid", 0, 2)], "成交"),
    ],
)
def test_deeds_move_a_person_along_the_life_cycle(events: Sequence[tuple[str, int, int]], stage: str) -> None:
    fan = Fan()
    for name, ago, times in events:
        fan.did(name, NOW - HOUR - ago, times=times)
    assert fan.judged().stage == stage


@pytest.mark.parametrize(
    ("quiet", "stage"), [(30 * DAY - 1, "成交"), (30 * DAY, "沉睡"), (90 * DAY - 1, "沉睡"), (90 * DAY, "流失")]
)  # fmt: skip
def test_silence_moves_a_person_too(quiet: int, stage: str) -> None:
    assert Fan().did("OrderPaid", NOW).judged(NOW + quiet).stage == stage


def test_after_a_failed_conversion_the_stage_falls_back_and_a_return_brings_it_forth_again() -> None:
    fan = Fan().did("OrderSubmitted", NOW - 40 * DAY)
    assert fan.judged().stage == "沉睡"
    assert fan.did("PageViewed", NOW - 1).judged().stage == "意向"


# ---- derived attributes ----


def _derived(fan: Fan, name: str) -> Any:
    found = fan.judged().derived.get(name)
    return found.value if found else None


def test_the_preferred_channel_is_that_of_most_events_and_of_two_alike_the_later_one() -> None:
    fan = Fan().did("PageViewed", NOW - 3 * DAY, times=2, context={"channel": "app"})
    assert _derived(fan.did("PageViewed", NOW - 2 * DAY, context={"channel": "h5"}), "preferred-channel") == "app"
    assert _derived(fan.did("PageViewed", NOW - DAY, context={"channel": "h5"}), "preferred-channel") == "h5"


def test_taste_is_what_was_read_most_of_late() -> None:
    fan = Fan().did("ArticleRead", NOW - 91 * DAY, times=5, topic="初中").did("ArticleRead", topic="高中")
    assert _derived(fan, "content-taste") == "高中"
    assert _derived(Fan(), "content-taste") is None


def test_the_persuading_touch_is_the_last_one_before_the_order() -> None:
    fan = Fan().did("CouponClaimed", NOW - 5 * HOUR, touch="coupon").did("ArticleRead", NOW - 4 * HOUR, touch="article")
    assert _derived(fan, "persuading-touch") is None
    fan.did("PageViewed", NOW - 3 * HOUR).did("OrderPaid", NOW - 2 * HOUR).did("CouponClaimed", NOW - HOUR, touch="coupon")
    assert _derived(fan, "persuading-touch") == "article"


def test_orders_are_averaged_and_counted() -> None:
    fan = Fan().did("OrderPaid", NOW - 90 * DAY, amount=100).did("OrderPaid", NOW - DAY, amount=50.5)
    assert (_derived(fan, "average-order"), _derived(fan, "orders-90d")) == (75.25, 1)
