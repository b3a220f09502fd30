"""A fan of the running system: what the account answers and shows, what the platform is asked for, and one person of all of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import pytest

from infra.demo_fan import FanDemo
from infra.demo_shop import (
    COUPON,
    DRESSES,
    MENU_OF_THE_UNPAID,
    MINI,
    REMINDER,
    SHOP,
    STATION,
    TROUSERS,
    UNPAID,
    USUAL_MENU,
    WELCOME,
)
from infra.local_stack import LocalStack
from infra.wechat_connecting import connect
from tests.e2e.waiting import eventually

Fan = Callable[[str], FanDemo]
TOKEN_SECONDS: Final = 7300  # a little longer than a token lives

PASS_SECONDS: Final = 120.0  # over everybody, which begins 25 s after a publication


@pytest.fixture(scope="module")
def shop(stack: LocalStack) -> FanDemo:
    """The demo's accounts and definitions in force, and somebody who does nothing."""
    made = FanDemo(stack, "nobody")
    made.publish()
    eventually(made.everybody_knows, seconds=PASS_SECONDS)
    return made


@pytest.fixture
def fan(stack: LocalStack, shop: FanDemo, mark: str) -> Iterator[Fan]:
    """People whom no other test knows; pushes go well again afterwards."""
    yield lambda name: FanDemo(stack, f"{name}-{mark}")
    shop.wechat.no_push_faults()


def counted(fan: FanDemo, *names: str) -> list[int]:
    """How often each of these events is on the timeline."""
    told = fan.names
    return [told.count(name) for name in names]


def test_a_fan_by_code_is_welcomed_for_the_campaign_and_credited_to_it(fan: Fan) -> None:
    jing = fan("jing")
    assert jing.follow() == [WELCOME]
    eventually(lambda: jing.names, lambda names: set(names) >= {"WechatSubscribed", "$reply_sent"})
    (followed,) = [one for one in jing.events if one["name"] == "WechatSubscribed"]
    assert followed["context"]["campaign"] == {"id": "618-subway", "source": "subway", "medium": "poster", "name": "618"}
    assert followed["context"]["code_properties"] == {"station": STATION}
    assert jing.known["first_touch"]["campaign"]["source"] == "subway"


def test_two_keywords_have_two_answers_the_second_by_the_customer_service(fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    assert jing.writes("裙装 裤装") == [DRESSES]
    eventually(lambda: jing.chat, lambda chat: chat == [WELCOME, DRESSES, TROUSERS])
    (sent,) = eventually(lambda: jing.wechat.outbox(openid=jing.openid))
    assert (sent["appid"], sent["msgtype"], sent["decision"]) == (SHOP, "text", "accepted")
    eventually(lambda: tuple(jing.menu), lambda menu: menu == USUAL_MENU)
    assert jing.taps("领券") == [COUPON]
    eventually(lambda: counted(jing, "WechatTextSent", "WechatMenuClicked", "$reply_sent"), lambda found: found == [1, 1, 4])


def test_the_mini_program_is_the_same_person_and_an_unpaid_order_changes_the_menu(fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    eventually(lambda: tuple(jing.menu), lambda menu: menu == USUAL_MENU)
    jing.opens_and_orders()
    eventually(lambda: jing.namespaces, lambda found: found == [f"openid:{SHOP}", f"openid:{MINI}", "unionid"])
    eventually(lambda: tuple(jing.menu), lambda menu: menu == MENU_OF_THE_UNPAID)
    eventually(lambda: jing.chat, lambda chat: chat[-1] == REMINDER)
    assert jing.known["segments"] == [UNPAID]
    jing.orders("OrderPaid")
    eventually(lambda: tuple(jing.menu), lambda menu: menu == USUAL_MENU)


def test_whoever_unfollows_and_comes_back_is_the_same_person(fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    jing.leaves()
    assert jing.follow() == [WELCOME]
    eventually(lambda: counted(jing, "WechatSubscribed", "WechatUnsubscribed"), lambda found: found == [2, 1])
    assert len(jing.namespaces) == 2


def test_a_push_whose_answer_is_lost_comes_again_and_is_one_event_with_its_answer(fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    jing.wechat.push_fault("answer_lost", appid=SHOP, openid=jing.openid, attempts=[1])
    jing.writes("裙装")
    eventually(lambda: jing.chat, lambda chat: chat == [WELCOME, DRESSES])
    (push,) = jing.wechat.pushes(openid=jing.openid, name="text")
    assert len(push["attempts"]) == 2
    eventually(lambda: counted(jing, "WechatTextSent", "$reply_sent"), lambda found: found == [1, 2])


def test_a_push_that_arrives_twice_is_one_event_and_one_answer(fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    jing.wechat.push_fault("duplicate", appid=SHOP, openid=jing.openid, count=1)
    assert jing.writes("裙装") == [DRESSES]
    eventually(lambda: counted(jing, "WechatTextSent", "$reply_sent"), lambda found: found == [1, 2])
    assert jing.chat == [WELCOME, DRESSES]


def test_a_push_of_a_kind_that_nobody_knows_is_kept(fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    done = jing.wechat.act(jing.person, SHOP, "push", msg_type="event", event="hologram_waved", fields={"Hand": "left"})
    assert done.outcomes == ["delivered"]
    (waved,) = eventually(lambda: [one for one in jing.events if one["name"] == "WechatEvent"])
    assert {"event": "hologram_waved", "Hand": "left"}.items() <= waved["properties"].items()


@pytest.mark.parametrize(
    ("effect", "status"),
    [
        ("wrong_signature", 403),
        ("plain_signature_only", 403),
        ("stale_timestamp", 403),
        ("foreign_appid", 403),
        ("truncated", 400),
        ("doctype", 400),
        ("empty", 400),
    ],
)
def test_a_push_that_is_spoilt_on_its_way_leaves_nothing_behind(effect: str, status: int, fan: Fan) -> None:
    jing = fan("jing")
    jing.follow()
    jing.wechat.push_fault(effect, appid=SHOP, openid=jing.openid, attempts=[1])
    assert jing.writes("裙装") == [DRESSES]  # when it comes again, as it should
    (push,) = jing.wechat.pushes(openid=jing.openid, name="text")
    assert [attempt["status"] for attempt in push["attempts"]] == [status, 200]
    eventually(lambda: counted(jing, "WechatTextSent", "$reply_sent"), lambda found: found == [1, 2])


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_accounts_of_every_mode_are_connected(mode: str, stack: LocalStack, mark: str) -> None:
    appid = f"wx{mark}{mode}"
    wechat = connect(stack, appid, {"title": mode, "type": "subscription", "mode": mode})
    done = wechat.act(wechat.person(f"jing-{mark}"), appid, "follow")
    assert (done.outcomes, done.faults) == (["delivered"], [])


def test_a_token_that_has_run_out_is_fetched_once_by_all_workers(fan: Fan, shop: FanDemo) -> None:
    people = [fan(f"fan{number}") for number in range(6)]
    people[0].follow()
    eventually(lambda: people[0].namespaces, lambda found: "unionid" in found)
    shop.wechat.advance(TOKEN_SECONDS)
    before = token_calls(shop)
    with ThreadPoolExecutor(len(people)) as at_once:
        list(at_once.map(lambda one: one.follow(), people[1:]))
    for one in people[1:]:
        eventually(partial(getattr, one, "namespaces"), lambda found: "unionid" in found)
    assert token_calls(shop) == before + 1


def token_calls(shop: FanDemo) -> int:
    return len(shop.wechat.log(path="/cgi-bin/stable_token", appid=SHOP))
