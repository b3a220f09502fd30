"""Segments as operators see them: who is in, since when, why, and when that will change; both sides of every boundary."""

from random import Random
from typing import Final

from chalicelib.events.clock import rfc3339
from infra.local_stack import LocalStack
from tests.e2e.api import Api
from tests.e2e.crowd import A_MINUTE_LESS, DAY, ENTERED, GAINED, HOUR, LEFT, MINUTE, SECOND, Crowd, now
from tests.e2e.waiting import eventually

DRESSES: Final = "dress-menu"
PREVIEW: Final = "/v1/segments/preview"
SHARDS: Final = 4  # into which the timers of a minute are spread


def test_the_sixth_click_on_the_dress_menu_joins_once_and_the_fifth_does_not(crowd: Crowd) -> None:
    crowd.does("ming", "MenuClicked", 3, key="shoes")
    crowd.does("ming", "MenuClicked", 5, key="dress")
    assert DRESSES not in crowd.settled("ming", 8)["segments"]
    why = crowd.explained("ming", segment=DRESSES)
    assert (why["holds"], why["since"], why["tree"]["found"]["count"]) == (False, None, 5)
    sixth = now()
    crowd.does("ming", "MenuClicked", at=sixth, key="dress")
    crowd.hears("ming", ENTERED, [{"segment": DRESSES}])
    crowd.does("ming", "MenuClicked", 2, key="dress")
    crowd.becomes("ming", city="北京")
    crowd.hears("ming", GAINED, [{"tag": "region", "value": "北京", "by": "rule"}], tag="region")  # so all of this has been judged
    assert crowd.told("ming", ENTERED) == [{"segment": DRESSES}]
    crowd.lists(DRESSES, "ming")
    (told,) = [one for one in crowd.api.timeline("user_id", crowd.name("ming")) if one["name"] == ENTERED]
    assert crowd.explained("ming", segment=DRESSES)["since"] == told["time"] >= rfc3339(sixth)


def test_a_click_of_seven_days_ago_is_too_old_and_one_that_is_a_minute_younger_counts(crowd: Crowd) -> None:
    moment = now()
    for who, oldest in (("late", moment - 7 * DAY), ("early", moment - 7 * DAY - A_MINUTE_LESS)):
        crowd.does(who, "MenuClicked", at=oldest, key="dress")
        crowd.does(who, "MenuClicked", 5, at=moment - DAY, key="dress")
    assert DRESSES not in crowd.settled("late", 6)["segments"]
    assert DRESSES in crowd.settled("early", 6)["segments"]
    assert crowd.explained("late", segment=DRESSES)["tree"]["found"]["count"] == 5
    why = crowd.explained("early", segment=DRESSES)
    assert (why["tree"]["found"]["count"], why["changes_at"]) == (6, rfc3339(moment + MINUTE))
    crowd.lists(DRESSES, "early")
    assert crowd.told("late", ENTERED) == []


def test_four_senior_papers_are_too_few_and_five_are_enough_however_long_ago(crowd: Crowd) -> None:
    crowd.does("four", "PaperViewed", 4, grade="高中")
    crowd.does("four", "PaperViewed", 9, grade="初中")
    crowd.does("five", "PaperViewed", 4, at=now() - 300 * DAY, grade="高中")
    crowd.does("five", "PaperViewed", grade="高中")
    assert crowd.settled("four", 13)["segments"] == []
    assert crowd.settled("five", 5)["segments"] == ["senior-papers"]
    crowd.lists("senior-papers", "five")


def test_asleep_are_those_with_over_300_points_whom_no_channel_has_seen_for_seven_days(crowd: Crowd) -> None:
    moment = now()
    week, less = moment - 7 * DAY, moment - 7 * DAY - A_MINUTE_LESS

    def scored(who: str, last: int, *, enough: bool) -> None:
        crowd.does(who, "OrderPaid", 6, at=last - HOUR)  # 300 points
        if enough:
            crowd.does(who, "CodeScanned", at=last - HOUR)  # 5 more
        crowd.does(who, "Seen", at=last)

    scored("asleep", week, enough=True)
    scored("poor", week, enough=False)
    scored("awake", less, enough=True)
    scored("shopping", week, enough=True)
    elsewhere = {"identifiers": {"user_id": crowd.name("shopping"), "openid:wx618mini": f"o-{crowd.mark}"}}
    crowd.send([crowd.event("shopping", "Browsed", parts=elsewhere)])
    found = {who: crowd.settled(who, events) for who, events in (("asleep", 8), ("poor", 7), ("awake", 8), ("shopping", 9))}
    points = {who: person["scores"]["activity"]["value"] for who, person in found.items()}
    assert points == {"asleep": 305, "poor": 300, "awake": 305, "shopping": 305}
    assert {who for who, person in found.items() if "sleeping" in person["segments"]} == {"asleep"}
    assert crowd.explained("awake", segment="sleeping")["changes_at"] == rfc3339(less + 7 * DAY)
    crowd.lists("sleeping", "asleep")


def test_only_those_worth_it_are_listed_and_the_preview_counts_as_the_raw_events_do(crowd: Crowd) -> None:
    chance = Random(7)
    amounts = {f"p{number}": [chance.randrange(1, 60_000) / 100 for _ in range(chance.randrange(1, 6))] for number in range(20)}
    amounts |= {"at": [400, 600.0], "under": [400, 599.99], "long-ago": [1000]}
    moment = now()
    sent = {who: [(moment - DAY + place, amount) for place, amount in enumerate(each)] for who, each in amounts.items()}
    sent["long-ago"] = [(moment - 30 * DAY, 1000)]
    crowd.send([crowd.event(who, "CardCharged", at, amount=amount) for who, each in sent.items() for at, amount in each])
    worth = {who for who, each in sent.items() if sum(round(amount * 100) for at, amount in each if at > moment - 30 * DAY) >= 100_000}
    assert {"at"} < worth < sent.keys() - {"under", "long-ago"}
    for who, each in sent.items():
        crowd.settled(who, len(each))
    wanted = {"event": "CardCharged", "sum": "amount", "gte": 1000, "within": "30d"}
    shown = crowd.api.write("POST", PREVIEW, {"where": wanted, "sample": 100})
    named = {one["value"].removesuffix(f"-{crowd.mark}") for found in shown["sample"] for one in found["identifiers"]}
    assert (shown["complete"], shown["count"], named) == (True, len(worth), worth)
    crowd.lists("recharged", *sorted(worth))
    assert crowd.in_segment("recharged", limit=3) == sorted(worth)
    assert crowd.api.read("/v1/segments/recharged/count")["count"] == len(worth)
    assert crowd.api.read("/v1/segments/recharged/counts", unit="hour")["items"][-1]["count"] == len(worth)
    unseen = {"event": "CardCharged", "where": {"amount": {"gt": 200}}, "count": {"gte": 2}}  # nothing published looks at these
    often = sum(sum(amount > 200 for _, amount in each) >= 2 for each in sent.values())
    assert crowd.api.write("POST", PREVIEW, {"where": unseen})["count"] == often
    assert 0 < often < len(sent)


def test_two_visitors_with_three_clicks_each_enter_once_when_they_turn_out_to_be_one_and_leave_when_they_are_not(crowd: Crowd) -> None:
    cookies = [f"cookie-{name}-{crowd.mark}" for name in "ab"]
    for cookie in cookies:
        who = {"identifiers": {"anonymous_id": cookie}}
        crowd.send([crowd.event("", "MenuClicked", now() - 10 * SECOND + place, parts=who, key="dress") for place in range(3)])
    for cookie in cookies:
        shown = eventually(lambda cookie=cookie: crowd.api.person("anonymous_id", cookie), lambda one: one["events"] == 3)  # type: ignore[misc]
        assert shown["segments"] == []
    for cookie in cookies:
        crowd.send([crowd.event("lin", "LoggedIn", parts={"identifiers": {"anonymous_id": cookie, "user_id": crowd.name("lin")}})])
    crowd.hears("lin", ENTERED, [{"segment": DRESSES}])
    assert crowd.settled("lin", 8)["segments"] == [DRESSES]
    crowd.api.write("POST", f"/v1/people/user_id/{crowd.name('lin')}/unbind", {"namespace": "anonymous_id", "value": cookies[1]})
    crowd.hears("lin", LEFT, [{"segment": DRESSES}])
    assert crowd.told("lin", ENTERED) == [{"segment": DRESSES}]
    assert crowd.person("lin")["segments"] == []
    crowd.lists(DRESSES)
    assert crowd.api.person("anonymous_id", cookies[1])["segments"] == []


def test_all_who_fall_due_in_one_minute_are_waited_for_by_one_execution_a_shard(crowd: Crowd, living_stack: LocalStack) -> None:
    people = [f"p{number}" for number in range(24)]
    drawn = now() // MINUTE * MINUTE - 10 * MINUTE
    crowd.send([crowd.event(who, "TicketDrawn", drawn + 7) for who in people])
    crowd.lists("waiting", *sorted(people))
    due = drawn + 3 * HOUR
    assert {crowd.explained(who, segment="waiting")["changes_at"] for who in people[:3]} == {rfc3339(due + 7)}
    states = living_stack.stage.client("stepfunctions")

    def waiting() -> dict[str, str]:
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=living_stack.data["RecheckTimerArn"])
        found = [one for page in pages for one in page["executions"]]
        return {one["name"]: one["status"] for one in found if f"-{due}-" in one["name"]}

    timers = living_stack.stage.client("dynamodb")

    def due_then() -> int:
        keys = [{":pk": {"S": f"recheck#{due}#{shard}"}} for shard in range(SHARDS)]
        return sum(
            timers.query(TableName="huiliu-local-timers", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=key)["Count"]
            for key in keys
        )

    eventually(due_then, lambda count: count == len(people))
    found = eventually(waiting)
    assert 1 <= len(found) <= SHARDS
    assert set(found.values()) == {"RUNNING"}


def test_a_segment_of_what_is_not_published_is_not_found(living: Api) -> None:
    for path in ("people", "count", "counts", "backfill"):
        assert living.call("GET", f"/v1/segments/nobody-made-this/{path}").status_code == 404
