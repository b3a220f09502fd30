"""The examples of journeys as people meet them. An hour of the stack is two seconds, and every lambda may do only what its policy says.

Everything that takes long begins at once, when the town is made; each test then waits for its own people.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest

from infra.local_stack import LocalStack
from tests.e2e.api import Api
from tests.e2e.backstage import dead_letters, logged
from tests.e2e.crowd import DAY, SECOND, now
from tests.e2e.journey_town import EXITED, SCALE, SENT, Town, Who, settled
from tests.e2e.stacks import started
from tests.e2e.test_least_privilege import DENIED
from tests.e2e.waiting import PATIENCE, eventually

LONG_SECONDS: Final = 420.0  # a week is 336 s here
LATENESS: Final = 15 * SECOND  # of what a busy machine does, beyond the 5 s of grace
GRACE: Final = 5 * SECOND
PHRASE: Final = "9折券"


@pytest.fixture(scope="module")
def town_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    yield from started(tmp_path_factory.mktemp("journeys") / "home", time_scale=SCALE, enforce_iam=True)


@dataclass
class Begun:
    """What was begun when the town was made."""

    people: dict[str, Who] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def town(town_stack: LocalStack) -> Iterator[Town]:
    with Api(town_stack.api_url, town_stack.api_key) as api:
        yield settled(town_stack, api)


@pytest.fixture(scope="module", autouse=True)
def begun(town: Town) -> Begun:
    """The long ones: a course, a ranking, newcomers, somebody stuck, and a wait that a state machine holds."""
    made = Begun()
    _warmed_up(town)
    for begin in (_held, _readers, _stuck, _courses, _newcomers):
        begin(town, made)
    _go_on(town, made)
    return made


def _warmed_up(town: Town) -> None:
    """Has every lambda used once: at first they may need longer than a day takes here."""
    fan, caller, app, reader = (
        town.fan("warm-fan"),
        town.caller("warm-caller"),
        town.member("warm-app", app=True),
        town.member("warm-reader"),
    )
    course: dict[str, Any] = {"course_id": "warm", "course": "热身", "begins": "2026年6月20日 19:30"}
    for who in (fan, caller, app):
        town.does(who, "Registered")
    town.does(fan, "CourseSignedUp", **course)
    town.does(reader, "PaperDownloaded")
    town.does(caller, "OrderPaid", now() - town.pace.span(9 * DAY), times=7, amount=1)  # asleep
    ways = ((fan, {"template"}), (caller, {"sms"}), (app, {"push"}), (reader, {"popup"}))
    eventually(lambda: all(wanted <= {channel for _, channel in town.sent(who)} for who, wanted in ways), seconds=LONG_SECONDS)


def _readers(town: Town, made: Begun) -> None:
    readers = {"reads-most": town.fan("reads-most"), "reads-some": town.fan("reads-some", follows=False, app=True)}
    made.people |= readers | {"reads-little": town.member("reads-little", app=True)}
    for name, times in (("reads-most", 5), ("reads-some", 3), ("reads-little", 1)):
        town.does(made.people[name], "ArticleRead", times=times, topic="裙装")


def _newcomers(town: Town, made: Begun) -> None:
    for name in ("new-buys", "new-claims", "new-waits"):
        made.people[name] = town.fan(name)
    made.people["new-elsewhere"] = town.caller("new-elsewhere")
    for name in ("new-buys", "new-claims", "new-waits", "new-elsewhere"):
        made.at[name] = town.does(made.people[name], "Registered")


def _go_on(town: Town, made: Begun) -> None:
    """What has to happen after a message and before a time-out; whether it came to that, the tests say."""
    buys, claims, cancels = (made.people[name] for name in ("new-buys", "new-claims", "cancels"))
    steps: list[tuple[Who, int, Callable[[], object]]] = [
        (cancels, 2, partial(town.does, cancels, "CourseCancelled", course_id="math")),
        (buys, 1, partial(town.does, buys, "OrderPaid", order_id="N-1", amount=9)),
        (claims, 1, partial(town.does, claims, "PackClaimed")),
    ]
    end = now() + PATIENCE * SECOND
    while steps and now() < end:
        for step in [one for one in steps if len(town.wechat.outbox(openid=one[0].value)) >= one[1]]:
            step[2]()
            steps.remove(step)


def _courses(town: Town, made: Begun) -> None:
    begins = town.evening_of(3, 8)  # two evenings are before it: time to cancel, whatever the hour is
    for name, courses in (("learns", ("math",)), ("cancels", ("math", "art"))):
        made.people[name] = town.fan(name)
        for course in courses:
            told: dict[str, Any] = {
                "course_id": course,
                "course": f"{course}课",
                "begins_at": begins.isoformat(),
                "begins": f"{begins:%Y年%-m月%-d日 %H:%M}",
            }
            town.does(made.people[name], "CourseSignedUp", **told)
    made.at["course"] = town.pace.instant(round(begins.timestamp() * SECOND))


def _stuck(town: Town, made: Begun) -> None:
    for name in ("gets-stuck", "goes-on"):
        made.people[name] = town.caller(name)
        made.at[name] = town.does(made.people[name], "PackClaimed")
    town.does(made.people["goes-on"], "PaperDownloaded")


def _held(town: Town, made: Begun) -> None:
    made.people["held"] = town.member("held")
    made.at["held"] = town.does(made.people["held"], "HeldLong")


def becomes(look: Callable[[], Any], wanted: Any, seconds: float = 60.0) -> None:
    """Waits until exactly this is seen."""
    eventually(look, lambda found: found == wanted, seconds)


# ---- an order that is not paid ----


def test_unpaid_after_two_hours_brings_one_coupon_and_paid_a_minute_before_brings_none(town: Town) -> None:
    unpaid, paid, late = (town.fan(name) for name in ("unpaid", "paid", "paid-late"))
    ordered = now()
    for who in (unpaid, paid, late):
        order = town.event(who, "OrderSubmitted", ordered, order_id=f"O-{who.name}", amount=199)
        for _ in range(2):  # the same event again is the same
            town.api.send(town.shop, order)
    in_time = town.after("119m", ordered)
    town.waits_until(in_time)
    town.does(paid, "OrderPaid", in_time, order_id=f"O-{paid.name}", amount=199)
    town.waits_until(in_time + 2 * SECOND)  # what happened in time counts, though it is heard of after two hours
    town.does(late, "OrderPaid", in_time, order_id=f"O-{late.name}", amount=199)
    becomes(lambda: town.sent(unpaid), [("unpaid-coupon", "customer_service")])
    for who in (paid, late):
        becomes(partial(town.exits, who, "unpaid-coupon"), ["exited"])
    assert [len([one for one in town.chat(who) if PHRASE in one]) for who in (unpaid, paid, late)] == [1, 0, 0]
    assert [town.sent(who) for who in (paid, late)] == [[], []]
    town.does(unpaid, "OrderPaid", order_id=f"O-{unpaid.name}", amount=199)
    becomes(lambda: town.exits(unpaid, "unpaid-coupon"), ["exited"])
    assert town.sent(unpaid) == [("unpaid-coupon", "customer_service")]


def test_each_order_has_a_run_of_its_own(town: Town) -> None:
    who = town.fan("two-orders")
    ordered = town.does(who, "OrderSubmitted", order_id="first", amount=1)
    town.does(who, "OrderSubmitted", ordered + 1, order_id="second", amount=2)
    becomes(lambda: len(town.entries(who, "unpaid-coupon")), 2)
    town.does(who, "OrderPaid", order_id="first", amount=1)
    becomes(lambda: town.sent(who), [("unpaid-coupon", "customer_service")])
    (link,) = re.findall(r"http\S+", town.chat(who)[-1])
    assert "orders/second?coupon" in town.leads_to(link)


def test_an_order_of_a_sale_is_told_of_after_an_hour_by_the_first_channel_that_reaches_the_person(town: Town) -> None:
    chat, app, phone = town.fan("sale-chat", app=True), town.member("sale-app", app=True), town.caller("sale-phone")
    nowhere, paid = town.member("sale-nowhere"), town.caller("sale-paid")
    ordered = now()
    for who in (chat, app, phone, nowhere, paid):
        town.does(who, "OrderSubmitted", ordered, order_id=f"S-{who.name}", kind="sale", item="连衣裙")
    in_time = town.after("59m", ordered)
    town.waits_until(in_time)
    town.does(paid, "OrderPaid", in_time, order_id=f"S-{paid.name}", amount=9)
    for who, channel in ((chat, "customer_service"), (app, "push"), (phone, "sms")):
        becomes(partial(town.sent, who), [("unpaid-hour", channel)])
    becomes(lambda: town.refused(nowhere), [("unpaid-hour", "no_address")])
    becomes(lambda: town.exits(paid, "unpaid-hour"), ["exited"])
    assert (town.sent(paid), town.texts(paid)) == ([], [])
    assert [len(found) for found in (town.pushes(chat), town.pushes(app), town.texts(phone))] == [0, 1, 1]


# ---- activity, sleep, papers ----


def test_falling_into_the_lowest_band_brings_a_coupon_once_for_each_stay_in_it(town: Town) -> None:
    who = town.fan("falls-low")

    def falls(times: int) -> None:
        town.does(who, "OrderPaid", times=3, amount=1)  # 150 points and more: middle
        becomes(band_changes, ["up", "down"] * (times - 1) + ["up"])
        town.does(who, "OrderRefunded", times=3)
        becomes(band_changes, ["up", "down"] * times)
        becomes(lambda: town.sent(who), [("revive-coupon", "customer_service")] * times)

    def band_changes() -> list[str]:
        found = [one["properties"] for one in town.timeline(who, "$score_band_changed")]
        return [str(one["direction"]) for one in found if one["score"] == "activity"]

    falls(1)
    town.does(who, "OrderRefunded")  # lower still is the same stay
    falls_again = len(town.sent(who))
    assert falls_again == 1


def test_a_sleeper_with_a_phone_is_called_and_one_without_gets_a_coupon(town: Town) -> None:
    long_ago = now() - town.pace.span(9 * DAY)
    called, gone = town.caller("sleeps-phone"), town.member("sleeps-without")
    for who in (called, gone):
        town.does(who, "OrderPaid", long_ago, times=7, amount=100)
    becomes(lambda: town.sent(called), [("call-sleeper", "webhook")])
    becomes(lambda: town.sent(gone), [("wake-coupon", "popup")])
    calls = [one["body"]["content"] for one in town.senders.outbox(provider="webhook", to="call-centre")]
    (message,) = [one["properties"]["message"] for one in town.timeline(called, SENT)]
    assert [(one["type"], one["data"]["script"]) for one in calls if one["id"] == message] == [("person.sleeping", "sleeping")]
    becomes(lambda: {one["name"] for one in town.api.person(called.namespace, called.value)["tags"]}, {"to-be-called"})
    town.does(gone, "PageViewed")
    becomes(lambda: town.exits(gone, "wake-sleepers"), ["exited"])


def test_the_first_paper_asks_to_subscribe_and_the_second_on_another_device_is_answered_with_the_pack_once(town: Town) -> None:
    who = town.member("reads-papers")
    town.does(who, "PaperDownloaded", paper="1")
    becomes(lambda: town.sent(who), [("subscribe-prompt", "popup")])
    tablet = town.on_another_device(who, anonymous_id="tablet-of-reads-papers")
    town.does(tablet, "PaperDownloaded", paper="2")
    becomes(lambda: town.sent(who), [("subscribe-prompt", "popup"), ("pack-offer", "popup")])
    town.does(who, "PaperDownloaded", paper="3")
    becomes(lambda: len(town.timeline(who, "PaperDownloaded")), 3)
    becomes(lambda: town.exits(who, "second-paper"), ["offered"])
    assert len(town.sent(who)) == 2


# ---- what was begun with the town ----


def test_newcomers_go_the_way_of_what_they_do_with_the_gift(town: Town, begun: Begun) -> None:
    buys, claims, waits, elsewhere = (begun.people[name] for name in ("new-buys", "new-claims", "new-waits", "new-elsewhere"))
    for who, channel in ((waits, "customer_service"), (elsewhere, "sms")):
        eventually(partial(town.sent, who))
        assert town.sent(who)[0] == ("newcomer-gift", channel)
    becomes(lambda: town.sent(buys), [("newcomer-gift", "customer_service"), ("newcomer-thanks", "customer_service")])
    eventually(lambda: ("newcomer-claimed", "customer_service") in town.sent(claims))
    person = eventually(lambda: town.api.person(claims.namespace, claims.value), lambda one: bool(one["tags"]))
    assert [(one["name"], one["by"]) for one in person["tags"]] == [("newcomer-claimed", "manual")]
    becomes(lambda: town.api.person(claims.namespace, claims.value)["attributes"].get("newcomer_stage"), "claimed")
    becomes(lambda: town.sent(waits), [("newcomer-gift", "customer_service"), ("newcomer-reminder", "template")])
    becomes(lambda: [one[0] for one in town.refused(elsewhere)], ["newcomer-reminder"])  # by WeChat only
    assert [town.exits(who, "newcomer") for who in (buys, claims, waits)] == [["finished"], ["finished"], ["unclaimed"]]


def test_a_course_is_confirmed_announced_on_the_evening_before_and_asked_about_afterwards_unless_cancelled(
    town: Town, begun: Begun
) -> None:
    learns, cancels = begun.people["learns"], begun.people["cancels"]
    whole = [("course-signed-up", "template"), ("course-soon", "template"), ("course-survey", "template")]
    becomes(lambda: town.sent(learns), whole, LONG_SECONDS)
    becomes(lambda: town.sent(cancels), [whole[0], *whole], LONG_SECONDS)
    said = [one["body"]["data"]["thing1"]["value"] for one in town.notices(cancels, "T-course")]
    assert sorted(said) == ["art课", "art课", "art课", "math课"]
    becomes(lambda: town.exits(learns, "course"), ["finished"])
    becomes(lambda: sorted(town.exits(cancels, "course")), ["exited", "finished"])
    (asked,) = [one for one in town.timeline(learns, EXITED) if one["properties"]["journey"] == "course"]
    assert town.after("2h", begun.at["course"]) <= at(asked)


def test_only_who_downloads_nothing_after_claiming_is_helped_and_then_called(town: Town, begun: Begun) -> None:
    stuck, on = begun.people["gets-stuck"], begun.people["goes-on"]
    becomes(lambda: town.sent(stuck), [("pack-help", "sms"), ("call-stuck", "webhook")], LONG_SECONDS)
    assert town.templates(on, "pack-help", "call-stuck") == []
    assert town.entries(on, "stuck-after-pack") == []


def test_the_weeks_readers_are_told_their_rank_on_monday_and_in_the_app_where_wechat_does_not_reach_them(town: Town, begun: Begun) -> None:
    readers = [begun.people[name] for name in ("reads-most", "reads-some", "reads-little")]
    most, some, little = readers

    def goes_on_reading() -> bool:
        """Somebody who stops is no reader of the week any more before it is Monday."""
        for who, times in zip(readers, (5, 3, 1), strict=True):
            town.does(who, "ArticleRead", times=times, topic="裙装")
        town.waits_until(now() + 10 * SECOND)
        return "在3人中排第2名" in str(town.pushes(some)) and "在3人中排第3名" in str(town.pushes(little)) and bool(town.sent(most))

    eventually(goes_on_reading, seconds=LONG_SECONDS)
    assert [set(town.sent(who)) for who in readers] == [{("reading-rank", one)} for one in ("template", "push", "push")]
    assert {one["body"]["data"]["number2"]["value"] for one in town.notices(most, "T-reading")} == {"1"}


def test_a_wait_that_is_too_long_for_a_queue_is_held_by_a_state_machine(town: Town, begun: Begun) -> None:
    who, due = begun.people["held"], town.after("78h", begun.at["held"])
    states = town.stack.stage.client("stepfunctions")
    found = states.list_executions(stateMachineArn=town.stack.data["JourneyTimerArn"])["executions"]
    assert found
    becomes(lambda: town.exits(who, "long-hold"), ["held"], LONG_SECONDS)
    (left,) = town.timeline(who, EXITED)
    assert due <= at(left) < due + GRACE + LATENESS


def at(event: dict[str, Any]) -> int:
    """When it happened (ms)."""
    from datetime import datetime

    return round(datetime.fromisoformat(event["time"]).timestamp() * SECOND)


def test_none_of_it_needed_a_right_that_no_policy_gives(town: Town, begun: Begun) -> None:
    assert logged(town.stack, DENIED) == []
    assert dead_letters(town.stack) == 0
