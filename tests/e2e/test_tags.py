"""Tags as operators see them, by the published examples: which rules give them, which people do, and when they go."""

from typing import Any, Final

import pytest

from tests.e2e.api import Json
from tests.e2e.crowd import A_MINUTE_LESS, DAY, ENTERED, GAINED, LOST, Crowd, now
from tests.e2e.waiting import eventually


def tags(person: Json) -> dict[str, str | None]:
    """What rules say: the values by tag."""
    return {one["name"]: one["value"] for one in person["tags"] if one["by"] == "rule"}


def test_an_attribute_tag_comes_changes_and_goes_with_the_attribute(crowd: Crowd) -> None:
    crowd.becomes("an", city="北京市", gender="女")
    crowd.hears("an", GAINED, [{"tag": "region", "value": "北京", "by": "rule"}], tag="region")
    assert {"region": "北京", "gender": "女"}.items() <= tags(crowd.person("an")).items()
    crowd.becomes("an", city="上海")
    moved = {"tag": "region", "value": "上海", "by": "rule", "previous": "北京"}
    eventually(lambda: crowd.told("an", GAINED, tag="region")[1:], lambda found: [moved.items() <= one.items() for one in found] == [True])
    crowd.becomes("an", city=None)
    crowd.hears("an", LOST, [{"tag": "region", "value": value, "by": "rule"} for value in ("北京", "上海")], tag="region")
    found = tags(crowd.person("an"))
    assert (found.get("region"), found["gender"]) == (None, "女")


def test_active_within_seven_days_means_in_any_channel(crowd: Crowd) -> None:
    moment = now()
    fan = {"identifiers": {"openid:wx618brand": f"oFan-{crowd.mark}", "unionid": f"union-{crowd.mark}"}}
    shopper = {"identifiers": {"openid:wx618mini": f"oMini-{crowd.mark}", "unionid": f"union-{crowd.mark}"}}
    crowd.send([crowd.event("", "Followed", moment - 20 * DAY, parts=fan)])
    one = eventually(lambda: crowd.api.person("openid:wx618brand", f"oFan-{crowd.mark}"), lambda person: person["events"] == 1)
    assert "active-7d" not in tags(one)
    crowd.send([crowd.event("", "ProductViewed", moment, parts=shopper)])
    one = eventually(lambda: crowd.api.person("openid:wx618brand", f"oFan-{crowd.mark}"), lambda person: person["events"] == 2)
    assert "active-7d" in tags(one)
    crowd.does("out", "Seen", at=moment - 7 * DAY)
    crowd.does("in", "Seen", at=moment - 7 * DAY - A_MINUTE_LESS)
    assert {who: "active-7d" in tags(crowd.settled(who, 1)) for who in ("in", "out")} == {"in": True, "out": False}
    crowd.hears("in", GAINED, [{"tag": "active-7d", "value": "", "by": "rule"}], tag="active-7d")
    assert crowd.told("out", GAINED) == []


WOMENS: Final[dict[str, tuple[str, Json]]] = {
    "wrote-woman": ("TextSent", {"text": "有女款吗"}),
    "wrote-skirt": ("TextSent", {"text": "红色连衣裙多少钱"}),
    "clicked": ("MenuClicked", {"title": "女装"}),
    "claimed": ("CouponClaimed", {"category": "女装"}),
}
NOT_WOMENS: Final[dict[str, tuple[str, Json]]] = {
    "wrote-man": ("TextSent", {"text": "有男款吗"}),
    "clicked-men": ("MenuClicked", {"title": "男装"}),
    "clicked-more": ("MenuClicked", {"title": "女装上新"}),
    "claimed-men": ("CouponClaimed", {"category": "男装"}),
    "said-elsewhere": ("Searched", {"text": "女装"}),
}


def test_a_word_or_a_menu_or_a_coupon_sets_the_womens_wear_tag_and_nothing_else_does(crowd: Crowd) -> None:
    crowd.send([crowd.event(who, name, **properties) for who, (name, properties) in (NOT_WOMENS | WOMENS).items()])
    assert {who for who in WOMENS | NOT_WOMENS if "womens-wear" in tags(crowd.settled(who, 1))} == WOMENS.keys()
    for who in WOMENS:
        crowd.hears(who, GAINED, [{"tag": "womens-wear", "value": "", "by": "rule"}], tag="womens-wear")
    assert {who for who in NOT_WOMENS if crowd.told(who, GAINED, tag="womens-wear")} == set()


def test_a_coupon_for_women_in_one_channel_and_mens_shoes_in_another_make_a_couple(crowd: Crowd) -> None:
    for who, category, order in (("couple", "女装", "男鞋"), ("woman", "女装", "女鞋"), ("man", "男装", "男鞋")):
        unionid = {"unionid": f"{who}-{crowd.mark}"}
        fan, shopper = ({"identifiers": {f"openid:wx618{account}": f"{who}-{crowd.mark}"} | unionid} for account in ("brand", "mini"))
        crowd.send([crowd.event(who, "CouponClaimed", now() - DAY, parts=fan, category=category)])
        crowd.send([crowd.event(who, "OrderSubmitted", parts=shopper, category=order)])
    found = {
        who: eventually(lambda who=who: crowd.api.person("unionid", f"{who}-{crowd.mark}"), lambda one: one["events"] == 2)["segments"]  # type: ignore[misc]
        for who in ("couple", "woman", "man")
    }
    assert {who for who, segments in found.items() if "couples" in segments} == {"couple"}
    crowd.lists("couples", "couple")


def test_the_level_rises_exactly_at_its_points_and_each_upgrade_is_told_once(crowd: Crowd) -> None:
    def levels() -> list[tuple[Any, ...]]:
        return [(one["value"], one.get("previous"), one.get("direction")) for one in crowd.told("vip", GAINED, tag="level")]

    told: list[tuple[Any, ...]] = []
    steps: tuple[tuple[int, tuple[Any, ...] | None], ...] = (
        (999, ("普通", None, None)), (1000, ("白银", "普通", "up")), (4999, None), (5000, ("黄金", "白银", "up")), (9999, None),
        (10_000, ("铂金", "黄金", "up")), (20_000, None), (9999, ("黄金", "铂金", "down")),
    )  # fmt: skip
    for points, change in steps:
        crowd.becomes("vip", points=points)
        eventually(lambda points=points: crowd.person("vip")["attributes"].get("points") == points)  # type: ignore[misc]
        told.extend([change] if change else [])
        assert tags(crowd.person("vip"))["level"] == told[-1][0]
        eventually(lambda: levels() == told)
    crowd.becomes("vip", points=9998, city="北京")
    crowd.hears("vip", GAINED, [{"tag": "region", "value": "北京", "by": "rule"}], tag="region")  # so all of this has been judged
    assert levels() == told


def test_tags_by_hand_stand_beside_those_of_rules_and_say_which_is_which(crowd: Crowd) -> None:
    crowd.does("wu", "MenuClicked", title="女装")
    crowd.settled("wu", 1)
    path = f"/v1/people/user_id/{crowd.name('wu')}/tags"
    crowd.api.write("POST", path, {"add": ["大客户", "womens-wear"]})
    crowd.hears("wu", GAINED, [{"tag": "大客户", "value": "", "by": "manual"}], by="manual", tag="大客户")
    crowd.hears("wu", ENTERED, [{"segment": "vip-service"}])

    def given(name: str) -> list[str]:
        return [one["by"] for one in crowd.person("wu")["tags"] if one["name"] == name]

    assert (given("大客户"), given("womens-wear")) == (["manual"], ["manual", "rule"])
    assert crowd.explained("wu", tag="womens-wear")["manual"] is not None
    crowd.api.write("POST", path, {"remove": ["womens-wear", "大客户"]})
    lost = [{"tag": name, "value": "", "by": "manual"} for name in ("womens-wear", "大客户")]
    eventually(lambda: sorted(crowd.told("wu", LOST), key=str), lambda found: found == sorted(lost, key=str))
    assert (given("大客户"), given("womens-wear")) == ([], ["rule"])
    assert "vip-service" not in crowd.person("wu")["segments"]


@pytest.mark.parametrize("event", [
    {"name": "TextSent", "attributes": {"set": {"$tag:大客户": True}}}, {"name": GAINED, "properties": {"tag": "大客户"}},
])  # fmt: skip
def test_nobody_can_send_what_only_operators_and_rules_may_say(crowd: Crowd, event: Json) -> None:
    wanted = crowd.event("x", "", parts=event)
    answer = crowd.api.call("POST", "/v1/events", {"events": [wanted]}, key=crowd.shop.key).json()
    assert (answer["accepted"], [one["code"] for one in answer["rejected"]]) == (0, ["name_reserved"])
