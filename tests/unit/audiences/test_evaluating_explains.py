"""What an operator reads when they ask why: the numbers found, which part held, and when that will change."""

import pytest

from chalicelib.audiences.facts import Explanation
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Json
from chalicelib.identifiers import identifier
from tests.support.asking import DAY, FAN, HOUR, NOW, happened, question
from tests.support.naive import Subject

WEEK = 7 * DAY


def told(document: Json, *events: Event) -> Explanation:
    """Why a condition holds or not for somebody with these events."""
    return question(document).explain(Subject(events), NOW)


def clicks(count: int) -> list[Event]:
    """So many clicks in the last minutes."""
    return [happened("Clicked", NOW - HOUR - number, number=number) for number in range(count)]


def test_a_count_is_told_with_its_window_and_the_first_and_last_time() -> None:
    why = told({"event": "Clicked", "count": {"gt": 2}, "within": "7d"}, happened("Clicked", NOW - 8 * DAY), *clicks(3))
    assert why.holds
    assert why.next == NOW - HOUR - 2 + WEEK
    assert why.found == {
        "count": 3,
        "total": 4,
        "since": rfc3339(NOW - WEEK),
        "first": rfc3339(NOW - 8 * DAY),
        "last": rfc3339(NOW - HOUR),
    }


def test_a_count_that_is_not_kept_to_its_end_says_so() -> None:
    why = told({"event": "Clicked", "count": {"gte": 2}, "within": "7d"}, *clicks(10))
    assert why.found["or_more"] is True
    assert 2 <= why.found["count"] < why.found["total"] == 10


def test_what_never_happened_was_counted_too() -> None:
    assert told({"event": "Clicked", "within": "7d"}).found == {"count": 0, "since": rfc3339(NOW - WEEK)}
    assert told({"event": "Clicked"}).found == {"count": 0}
    assert told({"event": "Paid", "sum": "amount", "gt": 5}).found == {"sum": 0, "count": 0}


def test_a_count_ever_has_no_window_and_never_changes_by_itself() -> None:
    why = told({"event": "Clicked", "count": 3}, *clicks(2))
    assert (why.holds, why.next, why.found["count"]) == (False, None, 2)
    assert "since" not in why.found


@pytest.mark.parametrize("window", [{}, {"within": "7d"}])
def test_a_sum_is_told_in_the_unit_that_was_asked_in(window: Json) -> None:
    payments = [happened("Paid", NOW - HOUR, amount=99.5), happened("Paid", NOW - HOUR, number=1, amount="0.25")]
    why = told({"event": "Paid", "sum": "amount", "gte": 100, **window}, *payments)
    assert (why.holds, why.found["sum"], why.found["count"]) == (False, 99.75, 2)
    assert told({"event": "Paid", "sum": "amount", "gte": 100, **window}, *payments, happened("Paid", NOW, amount=0.25)).found["sum"] == 100


SEQUENCE = {"sequence": [{"event": "Read"}, {"event": "Asked"}, {"event": "Paid"}], "within": "1d"}


def test_a_sequence_names_the_step_that_is_missing() -> None:
    why = told(SEQUENCE, happened("Read", NOW - HOUR), happened("Paid", NOW))
    assert why.found == {
        "steps": [{"event": "Read", "time": rfc3339(NOW - HOUR)}],
        "missing_step": 2,
        "missing_event": "Asked",
    }
    assert told(SEQUENCE, happened("Paid", NOW)).found == {"steps": [], "missing_step": 1, "missing_event": "Read"}


def test_a_sequence_that_took_too_long_says_how_long_it_took_at_best() -> None:
    slow = [happened("Read", NOW - 9 * DAY), happened("Read", NOW - 5 * DAY), happened("Asked", NOW - 3 * DAY), happened("Paid", NOW)]
    why = told(SEQUENCE, *slow)
    assert not why.holds
    assert why.found["span_seconds"] == 5 * 86_400
    assert [step["time"] for step in why.found["steps"]] == [rfc3339(NOW - days * DAY) for days in (5, 3, 0)]


def test_a_sequence_that_holds_tells_when_each_step_was_done() -> None:
    why = told(SEQUENCE, happened("Read", NOW - 2), happened("Asked", NOW - 1), happened("Paid", NOW))
    assert why.holds
    assert why.found == {
        "steps": [
            {"event": name, "time": rfc3339(at)} for name, at in (("Read", NOW - 2), ("Asked", NOW - 1), ("Paid", NOW))
        ],
        "span_seconds": 0.002,
    }  # fmt: skip


def test_the_last_activity_is_told_with_when_sleep_begins() -> None:
    why = told({"last_seen": {"before": "7d"}}, happened("Clicked", NOW - DAY))
    assert (why.holds, why.found, why.next) == (False, {"last_seen": rfc3339(NOW - DAY)}, NOW + 6 * DAY)
    assert told({"first_seen": {"within": "7d"}}).found == {"first_seen": None}


def test_what_a_person_is_is_told_with_the_value_found() -> None:
    who = Subject(
        (happened("WechatUnsubscribed", NOW - DAY, by=(FAN, identifier("mobile", "13800138001"))),),
        attributes={"city": "北京", "push_token": "t1"},
        manual={"vip": NOW - DAY},
        scores={"activity": 401},
        bands={"activity": "high"},
        tags={"vip": "", "level": "gold"},
        stage="customer",
        segments=frozenset({"fans"}),
    )
    tables: list[tuple[Json, Json]] = [
        ({"attribute": "city", "eq": "上海"}, {"value": "北京"}),
        ({"attribute": "town", "eq": "上海"}, {"value": None}),
        ({"tag": "vip"}, {"by": ["rule", "manual"], "since": rfc3339(NOW - DAY)}),
        ({"tag": "level", "eq": "silver"}, {"by": ["rule"], "value": "gold"}),
        ({"tag": "other"}, {"by": []}),
        ({"score": "activity", "lt": 5}, {"value": 401, "band": "high"}),
        ({"segment": "fans"}, {"member": True}),
        ({"lifecycle": "lead"}, {"stage": "customer"}),
        ({"identifier": "openid", "exists": True}, {"namespaces": ["openid:wx1"]}),
        ({"reachable": "sms"}, {"namespaces": ["mobile"]}),
        ({"reachable": "push"}, {"namespaces": [], "push_token": True}),
        ({"reachable": "template"}, {"namespaces": ["openid:wx1"], "unsubscribed": rfc3339(NOW - DAY)}),
    ]
    for document, found in tables:
        assert question(document).explain(who, NOW).found == found


def test_a_tree_is_told_part_by_part_in_the_order_of_the_document() -> None:
    document: Json = {
        "any": [{"not": {"event": "Clicked"}}, {"all": [{"event": "Clicked", "within": "1d"}, {"attribute": "city", "exists": True}]}]
    }
    why = told(document, *clicks(1))
    assert (why.holds, why.what, [part.holds for part in why.parts]) == (False, document, [False, False])
    assert why.parts[0].parts[0].found["count"] == 1
    both = why.parts[1]
    assert [part.holds for part in both.parts] == [True, False]
    assert [part.what for part in both.parts] == document["any"][1]["all"]
    assert (both.next, both.parts[0].next) == (None, NOW - HOUR + DAY)
