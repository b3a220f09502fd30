"""Walks: a step belongs to one message at a time, a lost one is sent again by one, and nothing of a step that is over counts."""

from collections import Counter
from collections.abc import Iterator

import pytest

from chalicelib.tagging import tag_records, walk_records
from chalicelib.tagging.sources import Source
from chalicelib.tagging.tag_records import AccountTag
from chalicelib.tagging.walk_records import LEASE_MS, LOST_MS, LeaseLost, Walk
from tests.simulation.quick_dynamo import QuickDynamo

NOW = 1_795_300_000_000
APPID, NAME = "wx1", "round"


@pytest.fixture(autouse=True)
def _store() -> Iterator[None]:
    with QuickDynamo().serving():
        yield


def begun() -> Walk:
    walk = walk_records.begin(APPID, NAME, NOW, {"at": 1}, None)
    assert walk is not None
    return walk


def taken(message: str, step: int = 0, now: int = NOW) -> Walk | None:
    return walk_records.take(APPID, NAME, NOW, step, message, now)


def test_a_walk_begins_once() -> None:
    walk = begun()
    assert walk_records.begin(APPID, NAME, NOW + 1, {}, None) is None
    assert walk_records.begin(APPID, NAME, NOW + 1, {}, walk) is not None
    assert walk_records.begin(APPID, NAME, NOW + 2, {}, walk) is None


def test_a_step_is_one_messages_until_its_lease_ends() -> None:
    begun()
    assert taken("m1") is not None
    assert taken("m2") is None
    assert taken("m1") is not None
    assert taken("m2", now=NOW + LEASE_MS + 1) is not None
    assert taken("m1", now=NOW + LEASE_MS + 2) is None


@pytest.mark.parametrize(("round_", "step"), [(NOW - 1, 0), (NOW, 1)])
def test_a_message_of_another_round_or_step_takes_nothing(round_: int, step: int) -> None:
    begun()
    assert walk_records.take(APPID, NAME, round_, step, "m1", NOW) is None


def test_what_is_noted_adds_up_and_is_found_by_the_next_step() -> None:
    begun()
    walk = taken("m1")
    assert walk is not None
    walk = walk_records.save(walk, "m1", {"at": 2}, Counter(seen=3), NOW)
    walk = walk_records.save(walk, "m1", {"at": 3}, Counter(seen=4), NOW)
    walk = walk_records.hand_on(walk, "m1", NOW)
    assert taken("m1") is None
    following = taken("m2", step=1)
    assert following is not None
    assert (following.state, following.counts, walk.step) == ({"at": 3}, {"seen": 7}, 1)


def test_who_was_overtaken_writes_nothing() -> None:
    begun()
    walk = taken("m1")
    assert walk is not None
    taken("m2", now=NOW + LEASE_MS + 1)
    with pytest.raises(LeaseLost):
        walk_records.save(walk, "m1", {"at": 9}, Counter(), NOW)
    with pytest.raises(LeaseLost):
        walk_records.finish(walk, "m1", NOW)
    found = walk_records.walk_of(APPID, NAME)
    assert found is not None
    assert (found.state, found.finished) == ({"at": 1}, None)


def test_a_finished_walk_is_taken_by_nobody_and_never_lost() -> None:
    begun()
    walk = taken("m1")
    assert walk is not None
    walk_records.finish(walk, "m1", NOW)
    found = walk_records.walk_of(APPID, NAME)
    assert found is not None
    assert (found.finished, found.is_lost(NOW + 10 * LOST_MS)) == (NOW, False)
    assert taken("m1", now=NOW + 10 * LOST_MS) is None


def test_a_lost_walk_is_woken_by_one() -> None:
    walk = begun()
    assert not walk.is_lost(NOW + LOST_MS)
    assert walk.is_lost(NOW + LOST_MS + 1)
    assert walk_records.wake(walk, NOW + LOST_MS + 1)
    assert not walk_records.wake(walk, NOW + LOST_MS + 1)


def test_walks_are_listed_by_how_their_names_begin_and_can_be_dropped() -> None:
    for name in ("fill#segment:a", "fill#segment:b", "round"):
        walk_records.begin(APPID, name, NOW, {}, None)
    assert [walk.name for walk in walk_records.walks_of(APPID, "fill#")] == ["fill#segment:a", "fill#segment:b"]
    walk_records.drop(APPID, "fill#segment:a")
    assert walk_records.walk_of(APPID, "fill#segment:a") is None


def test_a_tag_is_dropped_unless_it_was_made_anew() -> None:
    old = AccountTag(Source.tag("level", "黄金"), 100, "ht:level:黄金", NOW)
    new = AccountTag(old.source, 101, old.name, NOW + 1)
    tag_records.save(APPID, new)
    tag_records.drop(APPID, old)
    assert tag_records.tags_of(APPID) == [new]
    tag_records.count_refused(APPID, new, 2)
    tag_records.count_refused(APPID, old, 5)
    assert tag_records.tags_of(APPID)[0].refused == 2
    tag_records.drop(APPID, new)
    tag_records.drop(APPID, new)
    assert tag_records.tags_of(APPID) == []
