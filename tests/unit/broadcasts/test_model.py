"""What a broadcast is, and the states it goes through."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.broadcasts.model import (
    Broadcast,
    BroadcastCancelled,
    Hold,
    Phase,
    Wanted,
    broadcast_id,
    cancelled,
    finished,
    message_of,
    order_of,
    paused,
    resumed,
    started,
)
from chalicelib.broadcasts.parts import PARTS, SHARDS, Gone, Part, due, gone_through, is_complete
from chalicelib.broadcasts.records import broadcast_of, record_of
from chalicelib.dispatch.model import SourceKind
from chalicelib.messages.templates.model import Category, ChannelName

NOW = 1_795_300_000_000
WANTED = Wanted("vip", "spring", 3, Category.MARKETING, channels=(ChannelName.MASS, ChannelName.SMS), data={"code": "X"}, lasts_ms=1000)
ONE = Broadcast("b_1", WANTED, NOW, "key")
STEPS = {
    "start": lambda one: started(one, 7, NOW + 1),
    "finish": lambda one: finished(one, NOW + 2),
    "pause": paused,
    "resume": resumed,
    "cancel": cancelled,
}
TEXT = st.text(max_size=20)
WANTEDS = st.builds(
    Wanted,
    TEXT,
    TEXT,
    st.integers(1, 99),
    st.sampled_from(Category),
    excepted=st.lists(TEXT, max_size=3).map(tuple),
    at=st.integers(0, 2**42),
    channels=st.lists(st.sampled_from(ChannelName), unique=True).map(tuple),
    strict=st.booleans(),
    split=TEXT,
    data=st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.none()), max_size=3),
    lasts_ms=st.none() | st.integers(1, 10**9),
)


def test_the_same_key_of_the_same_caller_is_the_same_broadcast() -> None:
    assert broadcast_id("k1", "spring") == broadcast_id("k1", "spring")
    assert len({broadcast_id("k1", "spring"), broadcast_id("k2", "spring"), broadcast_id("k1", "autumn")}) == 3


def test_there_is_one_message_for_each_broadcast_and_person() -> None:
    assert message_of("b_1", "p_1") == message_of("b_1", "p_1")
    assert len({message_of("b_1", "p_1"), message_of("b_1", "p_2"), message_of("b_2", "p_1")}) == 3


def test_an_order_says_what_was_asked() -> None:
    order = order_of(started(ONE, 1, NOW), "p_1", "03-000001", NOW + 5)
    assert (order.id, order.person, order.source.kind, order.source.name) == (message_of("b_1", "p_1"), "p_1", SourceKind.BROADCAST, "b_1")
    assert (order.template, order.version, order.category, order.channels) == ("spring", 3, Category.MARKETING, WANTED.channels)
    assert (order.asked_at, order.expires, order.report) == (NOW + 5, NOW + 1000, "broadcast#b_1/03-000001")
    assert order_of(replace(ONE, wanted=replace(WANTED, lasts_ms=None)), "p_1", "s", NOW).expires is None


def test_the_same_request_after_the_template_was_published_anew_is_the_same() -> None:
    assert WANTED.same_as(replace(WANTED, version=4, category=Category.SERVICE))
    assert not WANTED.same_as(replace(WANTED, segment="all"))
    assert not WANTED.same_as(replace(WANTED, data={}))


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_whatever_is_done_in_whatever_order_it_is_cancelled_for_good_and_never_begins_twice(steps: list[str]) -> None:
    one, was = ONE, []
    for step in steps:
        try:
            after = STEPS[step](one)
        except BroadcastCancelled:
            assert one.hold is Hold.CANCELLED
            continue
        assert [*Phase].index(after.phase) >= [*Phase].index(one.phase)
        assert one.hold is not Hold.CANCELLED or after.hold is Hold.CANCELLED
        assert not one.started_at or after.started_at == one.started_at
        assert not one.finished_at or after.finished_at == one.finished_at
        one = after
        was.append(one.state)
    assert one.goes_on == (one.phase is Phase.RUNNING and one.hold is None)


@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_taken_twice_is_taken_once(step: str) -> None:
    for one in (ONE, started(ONE, 1, NOW), finished(started(ONE, 1, NOW), NOW)):
        assert STEPS[step](STEPS[step](one)) == STEPS[step](one)


def test_the_state_told_is_what_holds_it_else_how_far_it_is() -> None:
    running = started(ONE, 1, NOW)
    found = [one.state for one in (ONE, running, paused(running), resumed(paused(running)), cancelled(running), finished(running, NOW))]
    assert found == ["scheduled", "running", "paused", "running", "cancelled", "done"]


@given(WANTEDS, st.sampled_from(Phase), st.none() | st.sampled_from(Hold))
def test_a_broadcast_comes_back_from_its_item_as_it_was(wanted: Wanted, phase: Phase, hold: Hold | None) -> None:
    one = Broadcast("b_1", wanted, NOW, "key", phase, hold, 1, 2, 3, 4)
    assert broadcast_of(record_of(one)) == one


# ---- parts ----


def parts(*finished: int) -> list[Part]:
    return [Part("b_1", number, finished_at=NOW if number in finished else None) for number in range(PARTS)]


def test_the_second_round_begins_when_the_first_is_over() -> None:
    assert {one.number for one in due(parts())} == set(range(SHARDS))
    assert {one.number for one in due(parts(*range(SHARDS - 1)))} == set(range(SHARDS))
    assert {one.number for one in due(parts(*range(SHARDS)))} == set(range(SHARDS, PARTS))


def test_it_is_complete_when_both_rounds_are() -> None:
    assert not is_complete([])
    assert not is_complete(parts(*range(SHARDS)))
    assert is_complete(parts(*range(PARTS)))


def test_each_shard_is_gone_through_by_one_part_of_each_round() -> None:
    assert [one.shard for one in parts()] == [*range(SHARDS), *range(SHARDS)]
    assert [one.is_second for one in parts()] == [False] * SHARDS + [True] * SHARDS


def test_the_people_of_a_page_share_a_sheet_that_no_other_page_has() -> None:
    sheets = {Part("b_1", number, pages=page).sheet for number in range(PARTS) for page in range(20)}
    assert len(sheets) == 20 * PARTS
    assert all("/" not in sheet for sheet in sheets)


def test_a_finished_part_is_never_lost() -> None:
    assert Part("b_1", 0, until=NOW).is_lost(NOW + 1)
    assert not Part("b_1", 0, until=NOW).is_lost(NOW)
    assert not Part("b_1", 0, until=NOW, finished_at=NOW).is_lost(NOW + 1)


def test_parts_add_up() -> None:
    found = gone_through([Part("b_1", 0, gone=Gone(1, 2, 3, 4, 5, 6)), Part("b_1", 1, gone=Gone(10, 20, 30, 40, 50, 60))])
    assert found == Gone(11, 22, 33, 44, 55, 66)
