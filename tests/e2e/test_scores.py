"""Scores and bands as operators see them, by the published examples; both sides of every boundary."""

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from tests.e2e.api import Json
from tests.e2e.crowd import BAND, GAINED, HOUR, SECOND, Crowd, now

CHINA: Final = timezone(timedelta(hours=8))
POINTS: Final = {
    "Followed": 10, "CodeScanned": 5, "MenuClicked": 2, "TextSent": 3, "ArticleRead": 2, "FormSubmitted": 20, "CouponClaimed": 10,
    "CouponUsed": 20, "ReferralSucceeded": 30, "OrderPaid": 50, "CouponDeleted": -5, "OrderRefunded": -50, "Unfollowed": -40,
}  # fmt: skip
CAPS: Final = {"CodeScanned": 20, "MenuClicked": 10, "TextSent": 15, "ArticleRead": 10, "CouponClaimed": 30}
FIRST_101: Final = ("OrderPaid", "ReferralSucceeded", *["TextSent"] * 5, *["MenuClicked"] * 3)  # 50 + 30 + 15 + 6


def score(person: Json, name: str = "activity") -> tuple[Any, Any]:
    """(value, band)."""
    return person["scores"][name]["value"], person["scores"][name]["band"]


def all_do(crowd: Crowd, deeds: dict[str, tuple[str, ...]]) -> dict[str, Json]:
    """The people once each has done what stands beside them, everything a second apart."""
    start = now() - 60 * SECOND
    crowd.send([crowd.event(who, name, start + place * SECOND) for who, names in deeds.items() for place, name in enumerate(names)])
    return {who: crowd.settled(who, len(names)) for who, names in deeds.items()}


def test_each_behaviour_changes_the_score_once_by_the_points_of_the_table(crowd: Crowd) -> None:
    events = [crowd.event(name, name) for name in (*POINTS, "Yawned")]
    crowd.send(events)
    crowd.send(events)  # as a client does that has lost the answer
    assert {name: score(crowd.settled(name, 1))[0] for name in (*POINTS, "Yawned")} == {**POINTS, "Yawned": 0}


def test_small_things_bring_no_more_than_so_much_a_day_and_the_next_day_begins_at_midnight_in_china(crowd: Crowd) -> None:
    today = datetime.now(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = int(today.timestamp() * SECOND)
    for name, cap in CAPS.items():
        enough = -(-cap // POINTS[name])
        crowd.does(name, name, enough, at=midnight - HOUR)
        assert score(crowd.settled(name, enough))[0] == cap
        crowd.does(name, name, at=midnight - 1)
        assert score(crowd.settled(name, enough + 1))[0] == cap
        crowd.does(name, name, at=midnight)
        assert score(crowd.settled(name, enough + 2))[0] == cap + POINTS[name]


def test_100_points_are_low_101_middle_400_middle_and_401_high(crowd: Crowd) -> None:
    deeds = {
        "100": ("OrderPaid",) * 2, "101": FIRST_101, "400": ("OrderPaid",) * 8, "401": (*FIRST_101, *("OrderPaid",) * 6),
        "-40": ("Unfollowed",),
    }  # fmt: skip
    found = {who: score(person) for who, person in all_do(crowd, deeds).items()}
    bands = {"100": "low", "101": "middle", "400": "middle", "401": "high", "-40": "low"}
    assert found == {who: (int(who), band) for who, band in bands.items()}


def test_crossing_into_a_band_is_told_once_upward_and_downward_and_not_at_every_later_event(crowd: Crowd) -> None:
    up, down = {"score": "activity", "direction": "up"}, {"score": "activity", "direction": "down"}
    told: list[Json] = []

    def after(names: tuple[str, ...], total: int, *wanted: Json) -> None:
        crowd.send([crowd.event("mei", name) for name in names])
        crowd.settled("mei", total)
        told.extend(wanted)
        crowd.hears("mei", BAND, told, score="activity")

    all_do(crowd, {"mei": FIRST_101})
    after((), 10, {**up, "from": "low", "to": "middle"})
    after(("OrderPaid",) * 2, 12)
    after(("OrderPaid",) * 4, 16, {**up, "from": "middle", "to": "high"})
    after(("OrderPaid", "CouponUsed"), 18)
    after(("OrderRefunded",) * 2, 20, {**down, "from": "high", "to": "middle"})
    after(("OrderRefunded",) * 6, 26, {**down, "from": "middle", "to": "low"})
    after(("Unfollowed",), 27)
    crowd.becomes("mei", city="上海")
    crowd.hears("mei", GAINED, [{"tag": "region", "value": "上海", "by": "rule"}], tag="region")  # so all of this has been judged
    assert crowd.told("mei", BAND, score="activity") == told
    why = crowd.explained("mei", score="activity")
    points = {part["condition"]["event"]: part["found"]["points"] for part in why["tree"]["parts"]}
    assert (why["value"], why["band"]) == score(crowd.person("mei")) == (sum(points.values()), "low")
    assert (points["OrderPaid"], points["TextSent"], points["OrderRefunded"]) == (400, 15, -400)


def test_a_lead_of_the_campaign_that_comes_back_after_the_pack_is_high_and_without_coming_back_is_middle(crowd: Crowd) -> None:
    campaign = {"context": {"channel": "h5", "campaign": {"name": "中考在即", "source": "wechat"}}}
    path = ("Followed", "PaperDownloaded", "PaperDownloaded", "PackClaimed")
    noon = datetime.now(CHINA).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    start = int(noon.timestamp() * SECOND)  # all of it on one day in China, whenever this runs: papers count for 20 points a day
    for who in ("high", "middle"):
        crowd.send([crowd.event(who, "CampaignVisited", start, parts=campaign)])
        crowd.send([crowd.event(who, name, start + SECOND * place) for place, name in enumerate(path, 1)])
    crowd.does("high", "PaperDownloaded", at=start + HOUR)
    crowd.send([crowd.event("low", name, start + SECOND * place) for place, name in enumerate(path[:3])])
    assert score(crowd.settled("high", 6), "lead") == (110, "high")
    assert score(crowd.settled("middle", 5), "lead") == (80, "middle")
    assert score(crowd.settled("low", 3), "lead") == (30, "low")
    crowd.lists("lead-high", "high")
