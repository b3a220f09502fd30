"""What a person is: attributes, tags, scores, segments, stage, identifiers, ways to be reached."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.audiences.facts import Facts, Reference, Results
from chalicelib.events.model import Event, Json
from chalicelib.identifiers import Identifier, identifier
from tests.support.asking import FAN, NOW, happened, outcome, question
from tests.support.naive import Subject

LIN = Subject(
    attributes={
        "city": "北京",
        "level": 3,
        "tags": ["red", "blue"],
        "address": {"city": "上海", "zip.code": "200000"},
        "a.b": 1,
        "gone": None,
    },
    manual={"friend": NOW - 5, "both": NOW},
    touches={"first_touch": {"time": "2026-11-01T00:00:00.000Z", "campaign": {"source": "618"}}},
    scores={"activity": 400},
    bands={"activity": "middle"},
    tags={"vip": "", "active": "7日内", "both": ""},
    derived={"taste": "dresses", "city": "广州"},
    stage="customer",
    segments=frozenset({"fans"}),
)


def holds(document: Json, who: Subject = LIN) -> bool:
    """Whether a condition holds for Lin, and goes on to: nothing of this changes by itself."""
    found, until = question(document).check(who, NOW)
    assert until is None
    return found


@pytest.mark.parametrize(
    ("name", "test", "result"),
    [
        ("city", {"eq": "北京"}, True),
        ("city", {"starts_with": "北"}, True),
        ("city", {"in": ["上海", "广州"]}, False),
        ("level", {"gte": 3, "lt": 4}, True),
        ("level", {"gt": 1, "lt": 3}, False),
        ("tags", {"contains": "red"}, True),
        ("address.city", {"eq": "上海"}, True),
        ("address.zip.code", {"eq": "200000"}, True),
        ("a.b", {"eq": 1}, True),
        ("address.street", {"exists": False}, True),
        ("gone", {"exists": True}, False),
        ("nickname", {"eq": "Lin"}, False),
        ("nickname", {"ne": "Lin"}, True),
        ("taste", {"eq": "dresses"}, True),
        ("$first_touch.campaign.source", {"eq": "618"}, True),
        ("$first_touch.campaign.medium", {"exists": True}, False),
        ("$latest_touch.campaign.source", {"exists": True}, False),
        ("$arrival.channel", {"ne": "h5"}, True),
    ],
)
def test_an_attribute_is_as_asked(name: str, test: Json, result: bool) -> None:
    assert holds({"attribute": name, **test}) is result


def test_what_somebody_said_of_themselves_goes_before_what_rules_derived() -> None:
    assert holds({"attribute": "city", "eq": "北京"})
    assert holds({"attribute": "city", "eq": "广州"}, replace(LIN, attributes={}))


def test_an_attribute_of_a_sender_may_begin_like_that_of_a_touch() -> None:
    assert holds({"attribute": "$first_touched", "eq": 1}, Subject(attributes={"$first_touched": 1}))


@pytest.mark.parametrize(
    ("document", "result"),
    [
        ({"tag": "vip"}, True),
        ({"tag": "friend"}, True),
        ({"tag": "stranger"}, False),
        ({"tag": "vip", "by": "rule"}, True),
        ({"tag": "vip", "by": "manual"}, False),
        ({"tag": "friend", "by": "manual"}, True),
        ({"tag": "friend", "by": "rule"}, False),
        ({"tag": "both", "by": "rule"}, True),
        ({"tag": "both", "by": "manual"}, True),
        ({"tag": "active", "eq": "7日内"}, True),
        ({"tag": "active", "eq": "30日内"}, False),
        ({"tag": "friend", "eq": "7日内"}, False),
        ({"score": "activity", "gt": 399, "lte": 400}, True),
        ({"score": "activity", "gt": 400}, False),
        ({"score": "unknown", "lt": 400}, False),
        ({"score": "activity", "band": "middle"}, True),
        ({"score": "activity", "band": "high"}, False),
        ({"segment": "fans"}, True),
        ({"segment": "vips"}, False),
        ({"lifecycle": "customer"}, True),
        ({"lifecycle": "lead"}, False),
    ],
)
def test_what_earlier_rules_and_people_found_can_be_asked_for(document: Json, result: bool) -> None:
    assert holds(document) is result


def _known_by(*identifiers: Identifier) -> Sequence[Event]:
    return (happened("Scanned", NOW, by=identifiers),)


@pytest.mark.parametrize(
    ("namespace", "there"), [("openid", True), ("openid:wx1", True), ("openid:wx2", False), ("mobile", False), ("open", False)]
)
def test_an_identifier_is_meant_with_its_account_or_of_any(namespace: str, there: bool) -> None:
    assert holds({"identifier": namespace, "exists": True}, Subject(_known_by(FAN))) is there
    assert holds({"identifier": namespace, "exists": False}, Subject(_known_by(FAN))) is not there


@pytest.mark.parametrize(
    ("channel", "known"),
    [
        ("sms", identifier("mobile", "13800138001")),
        ("email", identifier("email", "lin@example.com")),
        ("push", identifier("device_id", "d1")),
        ("template", FAN),
        ("customer_service", FAN),
        ("subscribe", FAN),
        ("mass", FAN),
    ],
)
def test_each_channel_needs_its_identifier(channel: str, known: Identifier) -> None:
    assert holds({"reachable": channel}, Subject(_known_by(known)))
    assert not holds({"reachable": channel}, Subject(_known_by(identifier("user_id", "u1"))))


def test_an_app_is_reached_by_its_token_too() -> None:
    assert holds({"reachable": "push"}, Subject(attributes={"push_token": "t1"}))
    assert not holds({"reachable": "push"}, Subject(attributes={"push_token": ""}))
    assert not holds({"reachable": "sms"}, Subject(attributes={"push_token": "t1"}))


@pytest.mark.parametrize(
    ("followed", "left", "reached"), [(None, None, True), (5, None, True), (None, 5, False), (5, 6, False), (6, 5, True), (5, 5, True)]
)
def test_a_fan_who_left_is_out_of_reach_until_they_follow_again(followed: int | None, left: int | None, reached: bool) -> None:
    events = [*_known_by(FAN)]
    events += [happened("WechatSubscribed", followed)] if followed else []
    events += [happened("WechatUnsubscribed", left)] if left else []
    assert outcome({"reachable": "template"}, events) == (reached, None)


CHANGES: dict[Reference, int] = {
    ("tags", "active"): NOW + 1,
    ("scores", "activity"): NOW + 2,
    ("segments", "fans"): NOW + 3,
    ("lifecycle", ""): NOW + 4,
    ("derived-attributes", "taste"): NOW + 5,
}


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        ({"tag": "active"}, NOW + 1),
        ({"tag": "active", "by": "manual"}, None),
        ({"tag": "friend"}, None),
        ({"score": "activity", "gt": 1}, NOW + 2),
        ({"segment": "fans"}, NOW + 3),
        ({"lifecycle": "customer"}, NOW + 4),
        ({"attribute": "taste", "exists": True}, NOW + 5),
        ({"attribute": "city", "exists": True}, None),
    ],
)
def test_a_result_that_will_change_by_itself_changes_what_rests_on_it(document: Json, changes: int | None) -> None:
    facts = Facts(attributes={"city": "北京"}, manual={"friend": NOW})
    _, until = question(document).node.check(facts, Results(changes=CHANGES), NOW)
    assert until == changes
