"""Messages of the running system: each once, by the channel that reaches the person, held by hours and quotas, none after a goodbye."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import pytest

from infra.demo_messages import Member, MessagesDemo
from infra.demo_messages_told import LEFT, QUIET, QUOTA, USED_UP, ended, names, refused, sent
from infra.demo_news import NEWS, OFFER, POINTS
from infra.local_stack import LocalStack
from tests.e2e.waiting import clear_of_the_months_end, eventually

MASS_SECONDS: Final = 150.0  # a mass message that finds no company at first waits for the next two minutes


@pytest.fixture(scope="module")
def shop(stack: LocalStack) -> Iterator[MessagesDemo]:
    """The demo's templates, notice and policy in force, and its four people known."""
    demo = MessagesDemo(stack, "881")
    demo.publish()
    demo.gather()
    eventually(demo.known)
    yield demo
    demo.ask("/v1/contact-policies/shop/archive", {})


def by_sms(shop: MessagesDemo, member: Member) -> list[Any]:
    return shop.senders.outbox(to=f"+86{member.phone}")


def by_push(shop: MessagesDemo) -> list[Any]:
    return shop.senders.outbox(provider="jpush", to=shop.tao.device)


def test_points_of_an_offline_order_are_told_once_where_each_buyer_is_reached(shop: MessagesDemo) -> None:
    file = shop.till((shop.hao, 12), (shop.mei, 34), (shop.tao, 56))
    for _ in range(2):  # the same file again changes nothing
        job = shop.import_orders(file)
        eventually(partial(shop.ask, f"/v1/imports/{job}"), lambda found: found["state"] == "done")
    eventually(lambda: [sent(shop, one) for one in (shop.hao, shop.mei, shop.tao)], all)
    assert [sent(shop, one) for one in (shop.hao, shop.mei, shop.tao)] == [["template"], ["sms"], ["push"]]
    (notice,) = shop.notices(shop.hao)
    assert notice["body"]["data"]["character_string2"]["value"] == "+12"
    assert (len(by_sms(shop, shop.hao)), len(by_sms(shop, shop.mei)), len(by_push(shop))) == (0, 1, 1)


def test_a_receipt_of_the_provider_comes_back(shop: MessagesDemo) -> None:
    eventually(lambda: "$message_delivered" in names(shop, shop.mei))


def test_a_click_comes_back(shop: MessagesDemo) -> None:
    (notice,) = shop.notices(shop.hao)
    assert "order=TILL881-001" in shop.opens(notice["body"]["url"])
    eventually(lambda: "$message_clicked" in names(shop, shop.hao))


def test_the_same_key_is_the_same_message(shop: MessagesDemo) -> None:
    wanted = {"channels": ["push"], "idempotency_key": "offer-881"}
    assert shop.ask_for(shop.tao, OFFER, **wanted) == shop.ask_for(shop.tao, OFFER, **wanted)


def test_quiet_hours_hold_an_offer_until_they_end(shop: MessagesDemo) -> None:
    before = len(by_push(shop))
    offer = shop.ask_for(shop.tao, OFFER)
    found = eventually(lambda: shop.message(offer), lambda found: found["state"] != "accepted")
    assert (found["state"], found["reason"]) == ("deferred", QUIET)
    assert found["until"] > found["at"]
    assert found["decision"]["checks"][-1]["check"] == QUIET
    assert len(by_push(shop)) == before


def test_the_fifth_mass_message_of_the_month_is_refused_before_it_is_sent(shop: MessagesDemo) -> None:
    clear_of_the_months_end(2 * MASS_SECONDS)
    shop.issues(QUOTA)
    eventually(lambda: [len(ended(shop, one, NEWS)) for one in shop.club], lambda found: found == [QUOTA, QUOTA], MASS_SECONDS)
    shop.broadcast(QUOTA + 1)
    eventually(lambda: [refused(shop, one, NEWS) for one in shop.club], lambda found: found == [[USED_UP], [USED_UP]])
    for fan in shop.club:
        assert len(shop.wechat.outbox(openid=shop.openids[fan.name], api="/message/mass/send")) == QUOTA


def test_unfollowing_stops_what_goes_by_wechat_at_once(shop: MessagesDemo) -> None:
    before = len(shop.wechat.outbox(openid=shop.openids["Hao"]))
    shop.leaves(shop.hao)
    only_there = shop.ask_for(shop.hao, POINTS, channels=["template"])
    shop.import_orders(shop.till((shop.hao, 78)))
    found = eventually(lambda: shop.message(only_there), lambda found: found["state"] != "accepted")
    assert (found["state"], found["reason"]) == ("refused", LEFT)
    eventually(lambda: len(by_sms(shop, shop.hao)) == 1)
    assert len(shop.wechat.outbox(openid=shop.openids["Hao"])) == before
