"""Who is in a segment, how many are and were, and who would be: as operators ask."""

from typing import Any

import pytest

from chalicelib.audiences.membership import Audience
from chalicelib.audiences.membership_records import PERSON_PREFIX, MemberOfRecord, partition, shard_of
from chalicelib.events.clock import rfc3339
from chalicelib.paging import encode_cursor
from tests.support.aws import Stack
from tests.support.gateway import NOW
from tests.support.living import DAY, HOUR, PASS, does, later, live, put_in_force
from tests.support.ring import Ring

VIP = "/v1/segments/vip"
BUYERS = {"where": {"event": "OrderPaid", "within": "7d"}}


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """A segment of those who have paid within seven days."""
    ring = live(stack, monkeypatch)
    put_in_force(ring, segments__vip=BUYERS)
    return ring


def buy(ring: Ring, *people: str) -> None:
    for person in people:
        does(ring, "OrderPaid", user_id=person)


def listed(ring: Ring, limit: int = 200) -> list[str]:
    """The values of everybody's strongest identifier, over all pages."""
    found: list[str] = []
    cursor = ""
    while True:
        page = ring.operator.get(f"{VIP}/people?limit={limit}{cursor}").json
        assert len(page["items"]) <= limit
        found += [one["identifiers"][0]["value"] for one in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def count(ring: Ring) -> int:
    found: int = ring.operator.get(f"{VIP}/count").json["count"]
    return found


@pytest.mark.parametrize("limit", [1, 3, 12, 200])
def test_everybody_in_it_is_listed_once_however_the_pages_are_cut(ring: Ring, limit: int) -> None:
    people = [f"u{number}" for number in range(12)]
    ring.send(*({"name": "OrderPaid", "time": NOW, "identifiers": {"user_id": one, "device_id": f"d{one}"}} for one in people))
    ring.send({"name": "Opened", "time": NOW, "identifiers": {"user_id": "somebody else"}})
    ring.flow()
    assert sorted(listed(ring, limit)) == sorted(people)
    assert count(ring) == len(people)


def test_a_member_shows_since_when_and_the_strongest_identifier(ring: Ring) -> None:
    does(ring, "OrderPaid", mobile="13912345678", openid__wx1="o1")
    (one,) = ring.operator.get(f"{VIP}/people").json["items"]
    assert one["person_id"] == ring.person("mobile", "13912345678")["person_id"]
    assert one["since"].startswith(rfc3339(NOW)[:19])
    assert one["identifiers"] == [{"namespace": "openid:wx1", "value": "o1"}]


def test_whoever_slides_out_of_the_window_leaves_the_list_and_the_count(ring: Ring) -> None:
    buy(ring, "u1")
    later(ring, DAY)
    buy(ring, "u2")
    assert sorted(listed(ring)) == ["u1", "u2"]
    later(ring, 6 * DAY)
    assert (listed(ring), count(ring)) == (["u2"], 1)


def test_two_members_who_turn_out_to_be_one_are_listed_and_counted_once(ring: Ring) -> None:
    buy(ring, "u1")
    does(ring, "OrderPaid", device_id="d")
    assert count(ring) == 2
    does(ring, "LoggedIn", user_id="u1", device_id="d")
    assert (listed(ring), count(ring)) == (["u1"], 1)


@pytest.mark.parametrize("limit", [1, 200])
def test_somebody_merged_away_is_never_shown_even_while_still_on_the_list(ring: Ring, limit: int) -> None:
    does(ring, "Opened", device_id="d")
    gone = ring.person("device_id", "d")["person_id"]
    buy(ring, "u1", "u2", "u3")
    does(ring, "LoggedIn", user_id="u1", device_id="d")
    merged = {gone, ring.person("user_id", "u1")["person_id"]}
    for person in merged:
        pk = partition(Audience.SEGMENT, "vip", shard_of(person))
        MemberOfRecord(pk=pk, sk=PERSON_PREFIX + person, since=NOW).save()
    assert sorted(listed(ring, limit)) == ["u1", "u2", "u3"]


def test_what_is_not_published_has_no_people(ring: Ring) -> None:
    ring.operator.call("PUT", "/v1/segments/drafted", BUYERS)
    for view in ("people", "count", "counts"):
        for name in ("drafted", "nowhere", "%E8%A3%99"):
            reply = ring.operator.get(f"/v1/segments/{name}/{view}")
            assert (reply.status, reply.json["code"]) == (404, "not_found")


def test_a_list_of_an_archived_segment_is_gone(ring: Ring) -> None:
    buy(ring, "u1")
    assert ring.operator.call("POST", f"{VIP}/archive").status == 200
    assert ring.operator.get(f"{VIP}/people").status == 404


def test_a_cursor_of_another_segment_or_of_nobody_is_refused(ring: Ring) -> None:
    put_in_force(ring, segments__other={"where": {"event": "OrderPaid"}})
    buy(ring, "u1", "u2")
    cursor = ring.operator.get(f"{VIP}/people?limit=1").json["next"]
    assert ring.operator.get(f"{VIP}/people?cursor={cursor}").status == 200
    for forged in (
        encode_cursor("segment", "vip", "16", "person#p"),
        encode_cursor("segment", "vip", "01", "person#p"),
        encode_cursor("segment", "vip", "0", "count"),
        "x",
    ):
        assert ring.operator.get(f"{VIP}/people?cursor={forged}").json["code"] == "request_invalid"
    assert ring.operator.get(f"/v1/segments/other/people?cursor={cursor}").json["code"] == "request_invalid"


def test_reads_say_so_while_a_new_segment_is_still_being_applied_to_everybody(ring: Ring) -> None:
    later(ring, PASS)
    does(ring, "Opened", user_id="u1")
    put_in_force(ring, segments__openers={"where": {"event": "Opened"}})
    before = ring.operator.get("/v1/segments/openers/count").json
    assert before == {"count": 0, "backfill": "running", "as_of": rfc3339(NOW + PASS)}
    later(ring, PASS)
    after = ring.operator.get("/v1/segments/openers/count").json
    assert (after["count"], after["backfill"]) == (1, "done")
    assert ring.operator.get("/v1/segments/openers/people").json["backfill"] == "done"


# ---- counts over time ----


def counts(ring: Ring, query: str = "unit=hour") -> list[tuple[str, int, int, int]]:
    items = ring.operator.get(f"{VIP}/counts?{query}").json["items"]
    return [(one["at"], one["count"], one["entered"], one["left"]) for one in items]


def test_counts_tell_for_each_hour_how_many_there_were_at_its_end(ring: Ring) -> None:
    buy(ring, "u1", "u2")
    later(ring, HOUR)
    buy(ring, "u3")
    later(ring, HOUR)
    hours = [rfc3339(NOW - NOW % HOUR + place * HOUR) for place in range(3)]
    assert counts(ring)[-3:] == [(hours[0], 2, 2, 0), (hours[1], 3, 1, 0), (hours[2], 3, 0, 0)]
    assert counts(ring)[0][1:] == (0, 0, 0)


def test_counts_of_the_past_do_not_depend_on_what_happened_since(ring: Ring) -> None:
    buy(ring, "u1")
    until = NOW - NOW % HOUR + HOUR
    before = counts(ring, f"unit=hour&from={NOW - DAY}&to={until}")
    later(ring, 7 * DAY)
    buy(ring, "u2", "u3")
    assert counts(ring, f"unit=hour&from={NOW - DAY}&to={until}") == before
    assert before[-1][1:] == (1, 1, 0)


def test_counts_by_day_follow_the_calendar_of_the_time_zone(ring: Ring) -> None:
    buy(ring, "u1")  # 2026-11-22 06:26 in China, the 21st in UTC
    later(ring, 7 * DAY)
    china = counts(ring, f"from={NOW}")
    assert (china[0], china[-1]) == (("2026-11-21T16:00:00.000Z", 1, 1, 0), ("2026-11-28T16:00:00.000Z", 0, 0, 1))
    assert counts(ring, f"from={NOW}&timezone=UTC")[0] == ("2026-11-21T00:00:00.000Z", 1, 1, 0)


@pytest.mark.parametrize(
    "query",
    [
        "unit=week",
        "timezone=Mars",
        "from=yesterday",
        f"from={NOW}&to={NOW - 1}",
        f"from={NOW - 731 * DAY}",
        f"unit=hour&from={NOW - 60 * DAY}",
    ],
)
def test_counts_that_cannot_be_told_are_refused(ring: Ring, query: str) -> None:
    reply = ring.operator.get(f"{VIP}/counts?{query}")
    assert (reply.status, reply.json["code"]) == (400, "request_invalid")


# ---- preview ----


def preview(ring: Ring, where: Any, **more: Any) -> Any:
    reply = ring.operator.call("POST", "/v1/segments/preview", {"where": where, **more})
    assert reply.status == 200, reply.json
    return reply.json


def test_a_preview_counts_everybody_and_shows_a_few(ring: Ring) -> None:
    buy(ring, "u1", "u2", "u3")
    does(ring, "Opened", user_id="u4", device_id="d4")
    found = preview(ring, {"event": "*"}, sample=2)
    assert (found["count"], found["checked"], found["complete"], found["cursor"]) == (4, 4, True, None)
    assert len(found["sample"]) == 2
    (one,) = preview(ring, {"event": "Opened"})["sample"]
    assert one == {"person_id": ring.person("user_id", "u4")["person_id"], "identifiers": [{"namespace": "user_id", "value": "u4"}]}


def test_a_preview_says_what_the_segment_will_have(ring: Ring) -> None:
    buy(ring, "u1", "u2")
    later(ring, 3 * DAY)
    buy(ring, "u2")
    where = {"event": "OrderPaid", "count": {"gte": 2}, "within": "7d"}
    assert preview(ring, where)["count"] == 1
    put_in_force(ring, segments__twice={"where": where})
    later(ring, PASS)
    assert ring.operator.get("/v1/segments/twice/count").json["count"] == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "where"),
        ({"where": {"event": "A", "within": "800d"}}, "where/within"),
        ({"where": {"event": "A", "count": {"gt": 101}, "within": "1d"}}, "where/count"),
        ({"where": {"all": [{"event": "A"}, {"colour": "red"}]}}, "where/all/1"),
        ({"where": {"segment": "nowhere"}}, "where/segment"),
        ({"where": {"event": "A"}, "sample": 101}, "sample"),
        ({"where": {"event": "A"}, "sample": 0}, "sample"),
        ({"where": {"event": "A"}, "limit": 1}, "limit"),
    ],
)
def test_a_preview_that_cannot_be_made_is_refused_with_the_place(ring: Ring, body: Any, path: str) -> None:
    reply = ring.operator.call("POST", "/v1/segments/preview", body)
    assert (reply.status, reply.json["code"]) == (422, "document_invalid")
    assert any(one["path"].startswith(path) for one in reply.json["errors"]), reply.json["errors"]


def test_a_preview_does_not_go_on_from_the_cursor_of_another_condition(ring: Ring) -> None:
    forged = encode_cursor("0123456789abcdef", "1", "0", "P#p", "person")
    reply = ring.operator.call("POST", "/v1/segments/preview", {"where": {"event": "A"}, "cursor": forged})
    assert (reply.status, reply.json["code"]) == (400, "request_invalid")


def test_a_preview_needs_only_the_right_to_read(ring: Ring) -> None:
    assert ring.shop.call("POST", "/v1/segments/preview", {"where": {"event": "A"}}).status == 403
