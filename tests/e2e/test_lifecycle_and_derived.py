"""Profiles that move with every event and with time: stages, preferences and how somebody came, each with its date."""

from typing import Any, Final

from chalicelib.events.clock import rfc3339
from tests.e2e.api import Json
from tests.e2e.crowd import A_MINUTE_LESS, DAY, GAINED, HOUR, MINUTE, SECOND, STAGE, Crowd, now
from tests.e2e.waiting import eventually

Deed = tuple[str, int]  # (event, how long ago in ms)


def derived(person: Json) -> dict[str, Any]:
    """The values of the derived attributes."""
    return {name: one["value"] for name, one in person["derived"].items()}


def test_a_profile_tells_how_somebody_came_what_they_like_and_what_persuades_them_all_dated(crowd: Crowd) -> None:
    begin = now() - 10 * DAY
    code = {"context": {"channel": "official_account", "campaign": {"source": "618", "name": "618-night"}}}

    def by(channel: str) -> Json:
        return {"context": {"channel": channel}}

    crowd.send([
        crowd.event("lin", "Followed", begin, parts=code),
        crowd.event("lin", "ArticleRead", begin + HOUR, parts=by("mini_program"), topic="穿搭", touch="article"),
        crowd.event("lin", "ArticleRead", begin + 2 * HOUR, parts=by("mini_program"), topic="穿搭"),
        crowd.event("lin", "ArticleRead", begin + 3 * HOUR, parts=by("h5"), topic="美妆", touch="article"),
        crowd.event("lin", "CouponClaimed", begin + 4 * HOUR, parts=by("h5"), touch="coupon"),
        crowd.event("lin", "OrderPaid", begin + 5 * HOUR, parts=by("mini_program"), amount=300),
        crowd.event("lin", "OrderPaid", begin + 6 * HOUR, parts=by("store"), amount=99.5),
    ])  # fmt: skip
    person = crowd.settled("lin", 7)
    assert derived(person) == {
        "preferred-channel": "mini_program", "content-taste": "穿搭", "persuading-touch": "coupon", "average-order": 199.75,
        "orders-90d": 2,
    }  # fmt: skip
    assert person["derived"]["persuading-touch"]["at"] == rfc3339(begin + 4 * HOUR)
    assert all(one["at"] is not None for one in person["derived"].values())
    assert (person["arrival"]["channel"], person["first_touch"]["campaign"]["source"]) == ("official_account", "618")
    assert person["first_seen"] == rfc3339(begin)
    assert "from-618" in {one["name"] for one in person["tags"]}


def test_a_new_event_changes_the_preferences_at_once(crowd: Crowd) -> None:
    def read(topic: str, channel: str) -> Json:
        return crowd.event("xu", "ArticleRead", parts={"context": {"channel": channel}}, topic=topic)

    crowd.send([read("穿搭", "h5")])
    assert derived(crowd.settled("xu", 1)).items() >= {"preferred-channel": "h5", "content-taste": "穿搭", "orders-90d": 0}.items()
    crowd.send([read("美妆", "app")])
    crowd.send([crowd.event("xu", "OrderPaid", amount=10)])
    after = derived(crowd.settled("xu", 3))
    assert after.items() >= {"preferred-channel": "app", "content-taste": "美妆", "orders-90d": 1, "average-order": 10}.items()


def test_many_looks_and_no_order_until_an_article_make_somebody_persuadable_by_articles(crowd: Crowd) -> None:
    story: dict[str, tuple[str, ...]] = {
        "persuaded": ("ProductViewed", "ProductViewed", "ProductViewed", "ArticleRead", "OrderPaid"),
        "two-looks": ("ProductViewed", "ProductViewed", "ArticleRead", "OrderPaid"),
        "bought-first": ("OrderPaid", "ProductViewed", "ProductViewed", "ProductViewed", "ArticleRead", "OrderPaid"),
        "read-first": ("ArticleRead", "ProductViewed", "ProductViewed", "ProductViewed", "OrderPaid"),
    }
    start = now() - DAY
    events = [crowd.event(who, name, start + place * MINUTE) for who, names in story.items() for place, name in enumerate(names)]
    crowd.send(reversed(events))  # the order of arrival means nothing
    tagged = {who for who, names in story.items() if "article-persuadable" in str(crowd.settled(who, len(names))["tags"])}
    assert tagged == {"persuaded"}
    crowd.hears("persuaded", GAINED, [{"tag": "article-persuadable", "value": "", "by": "rule"}], tag="article-persuadable")


NEAR: Final = A_MINUTE_LESS
STORIES: Final[dict[str, tuple[str, tuple[Deed, ...]]]] = {  # who: (stage, what they did)
    "gone": ("流失", (("ArticleRead", 90 * DAY),)),
    "nearly-gone": ("沉睡", (("ArticleRead", 90 * DAY + NEAR),)),
    "asleep": ("沉睡", (("OrderSubmitted", 30 * DAY),)),
    "nearly-asleep": ("意向", (("OrderSubmitted", 30 * DAY + NEAR),)),
    "new": ("新客", (("ArticleRead", 30 * DAY + NEAR), ("ArticleRead", HOUR))),
    "not-new": ("潜客", (("ArticleRead", 30 * DAY), ("ArticleRead", HOUR))),
    "one-look-less": ("新客", (("ProductViewed", HOUR), ("ProductViewed", 2 * HOUR))),
    "looking": ("意向", (("ProductViewed", HOUR), ("ProductViewed", 2 * HOUR), ("ProductViewed", 3 * HOUR))),
    "bought": ("成交", (("OrderPaid", HOUR), ("OrderPaid", 2 * HOUR))),
    "regular": ("忠诚", (("OrderPaid", HOUR), ("OrderPaid", 2 * HOUR), ("OrderPaid", 180 * DAY + NEAR))),
    "no-longer": ("成交", (("OrderPaid", HOUR), ("OrderPaid", 2 * HOUR), ("OrderPaid", 180 * DAY))),
}


def test_the_stage_follows_from_dated_events_alone_and_people_can_be_selected_by_it(crowd: Crowd) -> None:
    moment = now()
    crowd.send([crowd.event(who, name, moment - ago) for who, (_, deeds) in STORIES.items() for name, ago in deeds])
    found = {who: crowd.settled(who, len(deeds))["lifecycle"] for who, (_, deeds) in STORIES.items()}
    assert found == {who: stage for who, (stage, _) in STORIES.items()}
    interested = sorted(who for who, (stage, _) in STORIES.items() if stage == "意向")
    crowd.lists("interested", *interested)
    for who in ("regular", "gone"):
        eventually(lambda who=who: [one["to"] for one in crowd.told(who, STAGE)][-1:], lambda to, who=who: to == [STORIES[who][0]])  # type: ignore[misc]
    why = crowd.explained("nearly-asleep", lifecycle="true")
    assert (why["value"], why["changes_at"]) == ("意向", rfc3339(moment + MINUTE))


def test_who_orders_becomes_a_buyer_and_a_refused_offer_shows_in_stage_and_preferences(crowd: Crowd) -> None:
    """After an offer that led to nothing the profile is put right by what happened, and by what did not."""
    moment = now()
    crowd.send(
        [crowd.event("hu", "CouponClaimed", moment - 31 * DAY, touch="coupon"), crowd.event("hu", "OrderSubmitted", moment - 31 * DAY)]
    )
    before = crowd.settled("hu", 2)
    assert (before["lifecycle"], "persuading-touch" in before["derived"]) == ("沉睡", False)  # the coupon persuaded nobody
    crowd.does("hu", "ArticleRead", at=moment - MINUTE, touch="article", topic="穿搭")
    assert crowd.settled("hu", 3)["lifecycle"] == "意向"
    crowd.does("hu", "OrderPaid", at=moment - SECOND, amount=20)
    after = crowd.settled("hu", 4)
    assert (after["lifecycle"], derived(after)["persuading-touch"]) == ("成交", "article")
    eventually(lambda: [one["to"] for one in crowd.told("hu", STAGE)][-1:], lambda to: to == ["成交"])
