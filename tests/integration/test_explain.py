"""Why somebody is (not) where they are, with the numbers that decided and the instant at which it will change."""

from typing import Any

import pytest

from chalicelib.events.clock import rfc3339
from tests.support.aws import Stack
from tests.support.gateway import NOW, Reply
from tests.support.living import DAY, HOUR, PASS, does, later, live, put_in_force
from tests.support.ring import Ring, address

DRESS = {"event": "MenuClicked", "where": {"key": {"eq": "dress"}}, "count": {"gt": 5}, "within": "7d"}
PAID = {"not": {"event": "OrderPaid", "within": "1d"}}
SECOND = 1000


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """The group of those who like dresses, and u1 who has clicked the menu five times."""
    ring = live(stack, monkeypatch)
    put_in_force(ring, segments__dresses={"where": {"all": [DRESS, PAID]}})
    does(ring, "MenuClicked", times=5, properties={"key": "dress"}, user_id="u1")
    return ring


def explained(ring: Ring, query: str, who: str = "u1") -> Any:
    reply = explain(ring, query, who)
    assert reply.status == 200, reply.json
    return reply.json


def explain(ring: Ring, query: str, who: str = "u1") -> Reply:
    return ring.operator.get(f"{address('user_id', who)}/explain?{query}")


def test_five_clicks_do_not_make_a_member_and_the_tree_says_which_condition_failed(ring: Ring) -> None:
    found = explained(ring, "segment=dresses")
    assert (found["name"], found["kind"], found["version"]) == ("dresses", "segments", 1)
    assert (found["holds"], found["since"], found["pending"]) == (False, None, False)
    clicks, paid = found["tree"]["parts"]
    assert (clicks["holds"], paid["holds"]) == (False, True)
    assert (clicks["condition"], clicks["found"]["count"]) == (DRESS, 5)
    assert paid["condition"] == PAID
    assert paid["parts"][0]["holds"] is False


def test_the_sixth_click_does_and_the_tree_says_when_the_oldest_click_that_counts_will_be_too_old(ring: Ring) -> None:
    later(ring, HOUR)
    does(ring, "MenuClicked", properties={"key": "dress"}, user_id="u1")
    found = explained(ring, "segment=dresses")
    assert (found["holds"], found["tree"]["parts"][0]["found"]["count"]) == (True, 6)
    assert found["since"].startswith(rfc3339(NOW + HOUR)[:19])
    leaves = NOW - 4 * SECOND + 7 * DAY
    assert found["changes_at"] == found["tree"]["changes_at"] == rfc3339(leaves)
    ring.operator.now = leaves - 1
    assert explained(ring, "segment=dresses")["holds"] is True
    ring.operator.now = leaves
    assert explained(ring, "segment=dresses")["holds"] is False


def test_a_score_is_explained_rule_by_rule_with_points_hits_and_caps(ring: Ring) -> None:
    scanned = {"event": "Scanned", "add": 5, "max_per_day": 20}
    left = {"event": "Unfollowed", "add": -7}
    put_in_force(ring, scores__activity={"rules": [scanned, left], "bands": [{"name": "low", "upto": 12}, {"name": "high"}]})
    does(ring, "Scanned", times=6, user_id="u2")
    does(ring, "Unfollowed", user_id="u2")
    found = explained(ring, "score=activity", "u2")
    assert (found["value"], found["band"], found["version"]) == (13, "high", 1)
    first, second = found["tree"]["parts"]
    assert first["condition"] == scanned
    assert (first["found"]["points"], first["found"]["total"]) == (20, 6)
    assert (second["found"]["points"], second["found"]["total"]) == (-7, 1)


def test_a_tag_is_explained_value_by_value_and_tells_of_the_same_tag_by_hand(ring: Ring) -> None:
    values = [{"value": "high", "where": {"event": "Scanned", "count": {"gte": 5}}}, {"value": "low", "where": {"event": "Scanned"}}]
    put_in_force(ring, tags__interest={"values": values})
    does(ring, "Scanned", times=2, user_id="u2")
    ring.operator.call("POST", address("user_id", "u2") + "/tags", {"add": ["interest"]})
    ring.flow()
    found = explained(ring, "tag=interest", "u2")
    assert (found["holds"], found["value"], found["manual"]) == (True, "low", rfc3339(NOW))
    assert [one["holds"] for one in found["tree"]["parts"]] == [False, True]


def test_the_life_cycle_is_explained_stage_by_stage(ring: Ring) -> None:
    stages = [{"name": "buyer", "where": {"event": "OrderPaid"}}, {"name": "fan", "where": {"last_seen": {"within": "30d"}}}]
    put_in_force(ring, lifecycle__journey={"stages": stages})
    does(ring, "Scanned", user_id="u2")
    found = explained(ring, "lifecycle=true", "u2")
    assert (found["name"], found["value"], found["holds"]) == ("journey", "fan", True)
    assert found["changes_at"] == rfc3339(NOW + 30 * DAY)
    assert [one["holds"] for one in found["tree"]["parts"]] == [False, True]


def test_what_is_still_being_counted_is_pending_and_then_is_not(ring: Ring) -> None:
    does(ring, "Registered", user_id="u1")
    put_in_force(ring, segments__members={"where": {"event": "Registered"}})
    pending = explained(ring, "segment=members")
    assert (pending["pending"], pending["holds"]) == (True, False)
    later(ring, PASS)
    done = explained(ring, "segment=members")
    assert (done["pending"], done["holds"]) == (False, True)


@pytest.mark.parametrize("query", ["", "segment=dresses&tag=vip", "lifecycle=false", "segment=", "score=a&lifecycle=true"])
def test_exactly_one_thing_can_be_asked(ring: Ring, query: str) -> None:
    reply = explain(ring, query)
    assert (reply.status, reply.json["code"]) == (400, "request_invalid")


def test_what_is_not_published_cannot_be_explained(ring: Ring) -> None:
    assert ring.operator.call("PUT", "/v1/segments/drafted", {"where": {"event": "A"}}).status == 200
    for query in ("segment=drafted", "segment=nowhere", "score=dresses", "tag=%E5%A4%A7%E5%AE%A2%E6%88%B7", "lifecycle=true"):
        reply = explain(ring, query)
        assert (reply.status, reply.json["code"]) == (404, "not_found"), query
    assert ring.operator.call("POST", "/v1/segments/dresses/archive").status == 200
    assert explain(ring, "segment=dresses").status == 404


def test_nobody_can_be_explained(ring: Ring) -> None:
    assert explain(ring, "segment=dresses", "nobody").status == 404
