"""What was refused is kept with its reason, listed newest first, and can be replayed once the cause is mended."""

import json
from typing import Any

import pytest

from chalicelib.errors import BadRequest, NotFound
from chalicelib.events import rejections
from chalicelib.events.merge import Gathered
from chalicelib.events.model import Refusal, Source
from chalicelib.events.rejection_records import MAX_BODY_BYTES, Rejection, State, WireFormat
from chalicelib.events.rejections import Wanted
from tests.support.aws import Stack
from tests.support.records import DAY, HOUR, NOW, PARTNER, SHOP

WEEK_AGO = NOW - 7 * DAY


def refused(raw: Any = None, *, code: str = "name_invalid", index: int = 0) -> Refusal:
    return Refusal(index, code, "the name is empty", {"n": index} if raw is None else raw)


def put(*refusals: Refusal, source: Source = SHOP, at: int = NOW, protocol: WireFormat = WireFormat.NATIVE) -> None:
    rejections.put(refusals, source, protocol, at)


def listed(
    *,
    start: int = NOW - HOUR,
    end: int = NOW + 1,
    limit: int = 50,
    cursor: str | None = None,
    code: str | None = None,
    source: str | None = None,
) -> Gathered[Rejection]:
    return rejections.listed(Wanted(start, end, code, source), limit, cursor)


def only() -> Rejection:
    (row,) = listed(end=NOW + 3 * HOUR).rows
    return rejections.get(row.id)


def test_a_rejection_tells_all_about_its_record(stack: Stack) -> None:
    put(refused({"event": "提交"}, index=3), source=PARTNER, protocol=WireFormat.SENSORS)
    found = only()
    assert (found.code, found.detail, found.source, found.protocol) == ("name_invalid", "the name is empty", PARTNER, WireFormat.SENSORS)
    assert (found.index, found.received_at, found.state, found.replayed_at) == (3, NOW, State.OPEN, None)
    assert json.loads(found.text) == {"event": "提交"}


def test_a_record_refused_again_is_the_same_rejection(stack: Stack) -> None:
    put(refused({"event": "", "_flush_time": NOW}))
    put(refused({"event": "", "_flush_time": NOW + HOUR}), at=NOW + HOUR)
    assert only().received_at == NOW


def test_a_record_refused_again_stays_replayed(stack: Stack) -> None:
    put(refused())
    rejections.mark_replayed(only().id, NOW + HOUR)
    put(refused(), at=NOW + 2 * HOUR)
    assert (only().state, only().replayed_at) == (State.REPLAYED, NOW + HOUR)


@pytest.mark.parametrize("other", [refused({"b": 1}), refused({"a": 1}, code="time_invalid")])
def test_another_record_or_reason_is_another_rejection(stack: Stack, other: Refusal) -> None:
    put(refused({"a": 1}), other)
    assert len(listed().rows) == 2


def test_the_same_record_of_another_source_is_another_rejection(stack: Stack) -> None:
    put(refused())
    put(refused(), source=PARTNER)
    assert len(listed().rows) == 2


def test_a_record_twice_in_a_request_is_one_rejection(stack: Stack) -> None:
    put(refused({"a": 1}, index=0), refused({"a": 1}, index=1))
    assert only().index == 1


@pytest.mark.parametrize("raw", [None, "text", 12, [1, 2], {"n": float("nan")}, {"half": "\ud800"}, {"值": "值" * 1000}])
def test_whatever_was_sent_can_be_read_again(stack: Stack, raw: Any) -> None:
    put(Refusal(0, "record_invalid", "", raw))
    assert json.dumps(json.loads(only().text)) == json.dumps(raw)


def test_of_a_huge_record_the_beginning_is_kept(stack: Stack) -> None:
    put(refused({"text": "".join(chr(33 + place * 7919 % 90) for place in range(2 * MAX_BODY_BYTES))}))
    found = only()
    assert found.truncated
    assert len(found.text) == MAX_BODY_BYTES


def test_many_refusals_of_one_request_are_all_kept(stack: Stack) -> None:
    put(*(refused(index=place) for place in range(300)))
    assert {one.index for one in listed(limit=300).rows} == set(range(300))


def test_unknown_rejections_are_not_found(stack: Stack) -> None:
    with pytest.raises(NotFound):
        rejections.get("0" * 32)


def test_rejections_expire_after_a_month(stack: Stack) -> None:
    put(refused())
    (stored,) = stack.items("rejections")
    assert int(stored["expires"]["N"]) * 1000 == NOW + 30 * DAY


# ---- lists ----


@pytest.fixture
def week(stack: Stack) -> list[int]:
    """One rejection every five hours for a week; their receive times, newest first."""
    received = [NOW - place * 5 * HOUR for place in range(33)]
    for place, at in enumerate(received):
        put(refused(index=place, code=f"c{place % 3}"), at=at, source=SHOP if place % 2 else PARTNER)
    return received


@pytest.mark.parametrize("limit", [4, 50])
def test_rejections_are_listed_newest_first_over_days_and_pages(week: list[int], limit: int) -> None:
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = listed(start=WEEK_AGO, limit=limit, cursor=cursor)
        found += [one.received_at for one in page.rows]
        if page.next is None:
            break
        cursor = page.next.cursor()
    assert found == week


def test_a_list_can_be_narrowed_by_time_code_and_source(week: list[int]) -> None:
    assert [one.received_at for one in listed(start=week[9], end=week[5]).rows] == week[6:10]
    assert {one.code for one in listed(start=WEEK_AGO, code="c1").rows} == {"c1"}
    assert len(listed(start=WEEK_AGO, code="c1").rows) == 11
    assert {one.source.name for one in listed(start=WEEK_AGO, source="shop").rows} == {"shop"}
    assert listed(start=WEEK_AGO, code="c1", source="nobody").rows == ()


def test_a_list_does_not_read_the_records(week: list[int]) -> None:
    assert {one.text for one in listed(start=week[3]).rows} == {""}


def test_a_rejection_that_comes_between_two_pages_moves_nothing(week: list[int]) -> None:
    first = listed(start=week[9], limit=5)
    put(refused({"new": 1}), at=NOW)
    rest = listed(start=week[9], cursor=first.next.cursor() if first.next else None)
    assert [one.received_at for one in (*first.rows, *rest.rows)] == week[:10]


def test_a_cursor_of_another_list_is_refused(stack: Stack) -> None:
    with pytest.raises(BadRequest):
        listed(cursor="nonsense")
