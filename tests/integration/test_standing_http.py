"""A person as operators read it: with everything that rules and people have made of it, as of the moment of asking."""

import pytest

from chalicelib.events.clock import rfc3339
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.living import DAY, HOUR, PASS, does, later, live, put_in_force
from tests.support.ring import Ring, address

SCORE = {
    "rules": [{"event": "Scanned", "add": 60}, {"event": "Unfollowed", "add": -20}],
    "bands": [{"name": "low", "upto": 100}, {"name": "high"}],
}
LEVEL = {"values": [{"value": "金", "where": {"score": "activity", "gt": 150}}, {"value": "银", "where": {"score": "activity", "gt": 50}}]}
FRESH = {"where": {"event": "Scanned", "within": "7d"}}
STAGES = {
    "stages": [{"name": "active", "where": {"last_seen": {"within": "3d"}}}, {"name": "asleep", "where": {"last_seen": {"before": "3d"}}}]
}
TASTE = {"most": {"event": "Scanned", "property": "shop"}}


SECONDS = len("2026-11-21T22:26:40")  # the lambdas' clock goes on while they work


def second(moment: int) -> str:
    return rfc3339(moment)[:SECONDS]


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """All kinds of rules in force, and u1 who has scanned twice."""
    ring = live(stack, monkeypatch)
    put_in_force(
        ring,
        scores__activity=SCORE,
        tags__level=LEVEL,
        segments__fresh=FRESH,
        lifecycle__stages=STAGES,
        derived_attributes__taste=TASTE,
        tags__scanner={"where": {"event": "Scanned"}},
    )
    does(ring, "Scanned", times=2, properties={"shop": "南京路"}, user_id="u1", openid__wx1="o1")
    return ring


def test_a_person_shows_scores_tags_segments_stage_and_derived_attributes(ring: Ring) -> None:
    person = ring.person("openid:wx1", "o1")
    assert person["scores"] == {"activity": {"value": 120, "band": "high"}}
    tags = [(one["name"], one["value"], one["by"], one["since"][:SECONDS]) for one in person["tags"]]
    assert tags == [("level", "银", "rule", second(NOW)), ("scanner", None, "rule", second(NOW))]
    assert (person["segments"], person["lifecycle"]) == (["fresh"], "active")
    assert person["derived"] == {"taste": {"value": "南京路", "at": rfc3339(NOW)}}


def test_somebody_for_whom_no_rule_has_anything_shows_nothing(ring: Ring) -> None:
    does(ring, "Unfollowed", user_id="u2")
    person = ring.person("user_id", "u2")
    assert (person["tags"], person["segments"], person["derived"]) == ([], [], {})
    assert person["scores"] == {"activity": {"value": -20, "band": "low"}}


def test_what_slides_out_of_its_window_is_gone_at_the_instant_whether_a_timer_has_rung_or_not(ring: Ring) -> None:
    ring.operator.now = NOW + 7 * DAY - 1
    assert ring.person("user_id", "u1")["segments"] == ["fresh"]
    ring.operator.now += 1
    assert ring.person("user_id", "u1")["segments"] == []


def test_a_stage_changes_at_the_instant_too(ring: Ring) -> None:
    ring.operator.now = NOW + 3 * DAY - 1
    assert ring.person("user_id", "u1")["lifecycle"] == "active"
    ring.operator.now += 1
    assert ring.person("user_id", "u1")["lifecycle"] == "asleep"


def test_a_value_keeps_its_date_until_it_is_another_one(ring: Ring) -> None:
    later(ring, HOUR)
    does(ring, "Unfollowed", user_id="u1")
    assert {one["name"]: one["since"][:SECONDS] for one in ring.person("user_id", "u1")["tags"]}["level"] == second(NOW)
    does(ring, "Scanned", user_id="u1")
    tags = {one["name"]: (one["value"], one["since"][:SECONDS]) for one in ring.person("user_id", "u1")["tags"]}
    assert tags["level"] == ("金", second(NOW + HOUR))
    assert tags["scanner"] == (None, second(NOW))


def test_a_tag_by_rule_and_the_same_by_hand_are_there_side_by_side(ring: Ring) -> None:
    later(ring, HOUR)
    assert ring.operator.call("POST", address("user_id", "u1") + "/tags", {"add": ["scanner"]}).status == 202
    ring.flow()
    tags = [(one["by"], one["since"][:SECONDS]) for one in ring.person("user_id", "u1")["tags"] if one["name"] == "scanner"]
    assert tags == [("manual", second(NOW + HOUR)), ("rule", second(NOW))]


def test_giving_a_tag_by_hand_and_taking_it_away_shows_on_the_timeline_as_what_it_is(ring: Ring) -> None:
    for change in ({"add": ["vip"]}, {"remove": ["vip"]}):
        later(ring, HOUR)
        ring.operator.call("POST", address("user_id", "u1") + "/tags", change)
        ring.flow()
    items = ring.ask("user_id", "u1", "/timeline?order=asc&limit=200").json["items"]
    told = [(one["name"], one["kind"], one["properties"]) for one in items if one["properties"].get("by") == "manual"]
    gained, lost = ({"tag": "vip", "value": "", "by": "manual"},) * 2
    assert told == [("$tag_gained", "derived", gained), ("$tag_lost", "derived", lost)]


def test_what_rules_derive_is_no_activity_of_the_person(ring: Ring) -> None:
    person = ring.person("user_id", "u1")
    assert (person["events"], person["last_seen"]) == (2, rfc3339(NOW))
    assert "$segment_entered" in ring.names("user_id", "u1")


def test_while_a_new_version_is_being_counted_what_stood_before_still_stands(ring: Ring) -> None:
    ring.publish("segments", "fresh", {"where": {"event": "Opened"}})
    assert ring.person("user_id", "u1")["segments"] == ["fresh"]
    ring.flow()
    later(ring, PASS)
    assert ring.person("user_id", "u1")["segments"] == []


def test_two_who_turn_out_to_be_one_keep_what_each_has_entered(ring: Ring) -> None:
    later(ring, HOUR)
    does(ring, "Scanned", user_id="u9", device_id="d")
    does(ring, "Unfollowed", unionid="U", openid__wx1="o1")
    does(ring, "Opened", unionid="U", device_id="d9")
    person = ring.person("unionid", "U")
    assert person["scores"]["activity"]["value"] == 100
    assert {one["name"]: one["since"][:SECONDS] for one in person["tags"]}["scanner"] == second(NOW)
    assert ring.names("user_id", "u1", "&name=$segment_entered") == ["$segment_entered"]
