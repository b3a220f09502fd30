"""From accepted events to people, as operators read them."""

from random import Random
from typing import Any

import pytest

from chalicelib.events.clock import rfc3339
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.pump import Faults
from tests.support.ring import MINUTE, Ring, event, make_ring


@pytest.fixture
def ring(stack: Stack) -> Ring:
    return make_ring(stack)


def _day() -> list[dict[str, Any]]:
    """A fan's day: follow, mini program, a product, an order, its payment, a campaign page, a referral."""
    campaign = {"campaign": {"source": "618", "medium": "subway"}, "channel": "h5"}
    return [
        event("WechatSubscribed", 1, openid__wx1="o1", unionid="U") | {"context": {"channel": "official_account"}},
        event("MiniProgramOpened", 2, openid__mp1="o2", unionid="U"),
        event("ProductViewed", 3, openid__mp1="o2", anonymous_id="a1"),
        event("OrderSubmitted", 4, {"order_id": "A1"}, user_id="u1", openid__mp1="o2"),
        event("OrderPaid", 5, {"order_id": "A1"}, user_id="u1", mobile="13912345678"),
        event("CampaignPageViewed", 6, user_id="u1", anonymous_id="h5-1") | {"context": campaign},
        event("ReferralSucceeded", 7, mobile="13912345678"),
    ]


NAMES = [one["name"] for one in _day()]


@pytest.mark.parametrize("seed", range(8))
def test_a_day_across_channels_is_one_person_and_one_timeline_however_it_is_delivered(stack: Stack, seed: int) -> None:
    random = Random(seed)
    ring = make_ring(stack, Faults(random, shuffle=True, redeliver=0.4, small=True))
    sent = _day() + _day()
    random.shuffle(sent)
    while sent:
        size = random.randint(1, 4)
        assert ring.send(*sent[:size]).status == 202
        del sent[:size]
        if random.random() < 0.5:
            ring.flow()
    ring.flow()
    for namespace, value in ring.held("user_id", "u1"):
        assert ring.names(namespace, value) == NAMES
        assert ring.person(namespace, value)["events"] == len(NAMES)
    assert len({ring.person(*one)["person_id"] for one in ring.held("user_id", "u1")}) == 1


def test_events_of_before_the_link_appear_after_it(ring: Ring) -> None:
    ring.send(event("PageViewed", 1, anonymous_id="a"), event("PageViewed", 2, anonymous_id="a"))
    ring.flow()
    assert ring.ask("user_id", "u1").status == 404
    ring.send(event("LoggedIn", 9, user_id="u1", anonymous_id="a"))
    ring.flow()
    assert ring.names("user_id", "u1") == ["PageViewed", "PageViewed", "LoggedIn"]


def test_an_order_that_has_only_a_phone_number_lands_on_the_person_who_holds_it(ring: Ring) -> None:
    ring.send(event("OrderPaid", 5, mobile="139 1234 5678"), by=ring.market)
    ring.send(event("Registered", 1, user_id="u1", mobile="13912345678"))
    ring.flow()
    assert ring.names("user_id", "u1") == ["Registered", "OrderPaid"]


def test_two_logins_on_one_phone_stay_two_people_and_the_refusal_can_be_read(ring: Ring) -> None:
    ring.send(event("LoggedIn", 1, user_id="u1", device_id="d"), event("LoggedIn", 2, user_id="u2", device_id="d"))
    ring.flow()
    assert ring.person("user_id", "u1")["person_id"] == ring.person("device_id", "d")["person_id"]
    assert ring.person("user_id", "u1")["person_id"] != ring.person("user_id", "u2")["person_id"]
    (refused,) = ring.ask("user_id", "u2", "/identity").json["edges"]
    assert (refused["state"], refused["reason"], refused["source"]) == ("refused", "over_limit:user_id", "shop")


def test_a_login_that_turns_out_to_be_the_earlier_one_takes_the_device_and_the_refusal_moves(ring: Ring) -> None:
    ring.send(event("LoggedIn", 5, user_id="u1", device_id="d"), event("Opened", 6, device_id="d"))
    ring.flow()
    ring.send(event("LoggedIn", 2, user_id="u2", device_id="d"))
    ring.flow()
    assert ring.held("user_id", "u2") == {("user_id", "u2"), ("device_id", "d")}
    assert ring.names("user_id", "u2") == ["LoggedIn", "Opened"]
    (refused,) = ring.ask("user_id", "u1", "/identity").json["edges"]
    assert (refused["state"], refused["reason"]) == ("refused", "over_limit:user_id")


def test_one_login_on_two_phones_is_one_person(ring: Ring) -> None:
    ring.send(event("LoggedIn", 1, user_id="u1", device_id="d1"), event("LoggedIn", 2, user_id="u1", device_id="d2"))
    ring.flow()
    assert ring.held("device_id", "d1") == {("user_id", "u1"), ("device_id", "d1"), ("device_id", "d2")}


def test_an_unverified_phone_joins_neither_two_accounts_nor_an_account_and_a_fan(ring: Ring) -> None:
    ring.send(event("Registered", 1, user_id="u1", mobile="13912345678"), event("LoggedIn", 2, user_id="u2"))
    ring.send(event("OrderPaid", 3, user_id="u2", mobile="13912345678"), by=ring.market)
    ring.send(event("OrderPaid", 4, openid__wx1="o", mobile="13912345678"), by=ring.market)
    ring.flow()
    for who in (("user_id", "u2"), ("openid:wx1", "o")):
        assert ring.held(*who) == {who}
        (refused,) = ring.ask(*who, "/identity").json["edges"]
        assert (refused["state"], refused["reason"]) == ("refused", "unverified_between_known")


def test_a_filler_links_nobody(ring: Ring) -> None:
    ring.send(event("A", 1, user_id="u1", mobile="13800000000"), event("B", 2, user_id="u2", mobile="13800000000"))
    ring.flow()
    assert ring.held("user_id", "u1") == {("user_id", "u1")}
    assert ring.ask("mobile", "13800000000").status == 404


def test_unbinding_splits_what_the_identifier_alone_held_together(ring: Ring) -> None:
    ring.send(*_day())
    ring.flow()
    answer = ring.unbind("user_id", "u1", ("unionid", "U"))
    assert answer.status == 202
    ring.flow()
    assert ring.held("openid:wx1", "o1") == {("openid:wx1", "o1")}
    assert ring.held("unionid", "U") == {("unionid", "U")}
    assert ("openid:mp1", "o2") in ring.held("user_id", "u1")
    assert ring.names("user_id", "u1") == [*NAMES[2:], "$UnbindID"]
    assert ring.names("unionid", "U") == NAMES[:2]
    states = {edge["state"] for edge in ring.ask("unionid", "U", "/identity").json["edges"]}
    assert states == {"withdrawn"}


def test_a_person_counts_its_own_events_after_a_split(ring: Ring) -> None:
    ring.send(*_day())
    ring.flow()
    ring.unbind("user_id", "u1", ("unionid", "U"))
    ring.flow()
    assert ring.person("user_id", "u1")["events"] == len(NAMES) - 2 + 1
    assert ring.person("unionid", "U")["events"] == 2


def test_what_is_seen_after_an_unbinding_links_anew(ring: Ring) -> None:
    ring.send(event("Registered", 1, user_id="u1", mobile="13912345678"))
    ring.flow()
    ring.unbind("user_id", "u1", ("mobile", "13912345678"))
    ring.flow()
    assert ring.held("user_id", "u1") == {("user_id", "u1")}
    ring.send(event("Registered", 61 * MINUTE, user_id="u2", mobile="13912345678"))
    ring.flow()
    assert ring.held("user_id", "u2") == {("user_id", "u2"), ("mobile", "13912345678")}


def test_only_an_identifier_of_the_person_can_be_unbound(ring: Ring) -> None:
    ring.send(event("A", 1, user_id="u1"), event("B", 2, user_id="u2"))
    ring.flow()
    assert ring.unbind("user_id", "u1", ("user_id", "u2")).status == 409
    assert ring.unbind("user_id", "u1", ("user_id", "u3")).status == 404
    assert ring.unbind("user_id", "u1", ("Bad Name", "u3")).status == 400


def test_attributes_of_all_channels_meet_on_the_person_the_later_one_wins(ring: Ring) -> None:
    late = event("A", 9, user_id="u1", openid__wx1="o") | {"attributes": {"set": {"city": "上海"}, "increment": {"points": 5}}}
    early = event("B", 3, openid__wx1="o") | {"attributes": {"set": {"city": "北京", "industry": "教育"}, "set_once": {"points": 10}}}
    ring.send(late)
    ring.flow()
    ring.send(early)
    ring.flow()
    person = ring.person("user_id", "u1")
    assert person["attributes"] == {"city": "上海", "industry": "教育", "points": 15}
    assert person["attributes_changed"]["city"] == rfc3339(NOW - 60 * MINUTE + 9)


@pytest.mark.parametrize("last", ["铜", "银", "金"])
def test_of_changes_in_one_millisecond_the_last_of_the_request_stands(ring: Ring, last: str) -> None:
    levels = [level for level in ("铜", "银", "金") if level != last] + [last]
    ring.send(*(event("Levelled", 1, user_id="u1") | {"id": level, "attributes": {"set": {"level": level}}} for level in levels))
    ring.flow()
    assert ring.person("user_id", "u1")["attributes"] == {"level": last}


def test_arrival_and_first_and_latest_campaign_are_dated(ring: Ring) -> None:
    ring.send(*_day())
    ring.flow()
    person = ring.person("openid:wx1", "o1")
    assert person["arrival"]["channel"] == "official_account"
    assert person["first_touch"]["campaign"] == {"source": "618", "medium": "subway"}
    assert person["latest_touch"]["time"] == rfc3339(NOW - 60 * MINUTE + 6)
    assert (person["first_seen"], person["last_seen"]) == (rfc3339(NOW - 60 * MINUTE + 1), rfc3339(NOW - 60 * MINUTE + 7))


def test_a_timeline_is_filtered_by_name_and_time_and_paged_both_ways(ring: Ring) -> None:
    ring.send(*_day())
    ring.flow()
    assert ring.names("user_id", "u1", "&name=OrderPaid") == ["OrderPaid"]
    assert ring.names("user_id", "u1", f"&from={NOW - 60 * MINUTE + 3}&to={NOW - 60 * MINUTE + 5}") == NAMES[2:4]
    for order in ("asc", "desc"):
        names, cursor = [], ""
        for _ in range(10):
            page = ring.ask("user_id", "u1", f"/timeline?limit=2&order={order}{cursor}").json
            names += [one["name"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert names == (NAMES if order == "asc" else NAMES[::-1])
    assert ring.ask("user_id", "u1", "/timeline?order=sideways").status == 400


def test_an_identifier_that_nobody_has_is_not_found_and_an_impossible_one_is_refused(ring: Ring) -> None:
    assert ring.ask("user_id", "nobody").json["code"] == "not_found"
    assert ring.ask("User", "1").json["code"] == "request_invalid"


def test_published_rules_are_obeyed(ring: Ring) -> None:
    rules = {
        "title": "POS",
        "namespaces": {
            "user_id": {"priority": 90, "identifies": True},
            "card": {"priority": 60, "limit": 2},
            "mobile": {"priority": 50, "blocked": ["139.*"]},
        },
    }
    assert ring.operator.call("PUT", "/v1/identity-rules/default", rules).status == 200
    assert ring.operator.call("POST", "/v1/identity-rules/default/publish").status == 200
    ring.send(*(event("Paid", at, user_id="u1", card=f"c{at}", mobile="13912345678") for at in (1, 2, 3)))
    ring.flow()
    assert ring.held("user_id", "u1") == {("user_id", "u1"), ("card", "c1"), ("card", "c2")}
    edges = ring.ask("card", "c3", "/identity").json["edges"]
    assert [(one["reason"], one["rules"]) for one in edges] == [("over_limit:card", 1)]
