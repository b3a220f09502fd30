"""The stored form of an enrolment: nothing is lost in it, and a typical one takes one write unit."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.engine.model import (
    Arm,
    Credited,
    Do,
    Enrolment,
    Mark,
    Reached,
    Run,
    RunState,
    Send,
    Sent,
    Tell,
    Visit,
    Withdraw,
    message_of,
    run_id,
)
from chalicelib.journeys.runs.packing import packed, unpacked
from chalicelib.journeys.runs.records import DEFLATED_FROM, SHARDS, EnrolmentRecord, enrolment_of, enrolment_of_image, record_of, shard_of

WRITE_UNIT = 1_024  # bytes
NOW = 1_795_000_000_000

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
times = st.integers(0, 2**43)
seconds = times.map(lambda one: one // 1000 * 1000)
values = st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.lists(texts, max_size=2))
documents = st.dictionaries(texts, st.one_of(values, st.dictionaries(texts, values, max_size=3)), max_size=4)
places = st.lists(st.tuples(texts, times), max_size=3).map(tuple)
runs = st.builds(
    Run,
    id=texts,
    version=st.integers(1, 99),
    key=texts,
    by=texts,
    seed=texts,
    entered_at=times,
    node=texts,
    since=times,
    due=times,
    state=st.sampled_from(RunState),
    reason=texts,
    ended_at=times,
    entry=documents,
    visits=st.lists(st.builds(Visit, texts, times, times, texts, st.none() | documents), max_size=3).map(tuple),
    sent=st.lists(st.builds(Sent, texts, times, texts), max_size=2).map(tuple),
    reached=st.none() | st.builds(Reached, times, st.integers(0, 10**6) | st.floats(0, 1e6), texts, texts),
    milestones=places,
    depth=st.integers(0, 9),
    tries=st.integers(0, 9),
    taken=places,
)
effects = st.one_of(
    st.builds(Send, texts, texts, st.integers(0, 9), times),
    st.builds(Do, texts, texts, st.integers(0, 9), times),
    st.builds(Arm, texts, times),
    st.builds(Withdraw, texts, st.lists(texts, max_size=3).map(tuple)),
    st.builds(Credited, texts, texts),
    st.builds(Tell, texts, texts, times, documents),
)
enrolments = st.builds(
    Enrolment,
    person=texts.map("p_{}".format),
    journey=texts.map("j{}".format),
    rev=st.integers(1, 99),
    runs=st.lists(runs, max_size=2).map(tuple),
    marks=st.lists(st.builds(Mark, texts, times, st.booleans(), texts, texts), max_size=3).map(tuple),
    outbox=st.lists(effects, max_size=3).map(tuple),
    expires=seconds,
)

RUN = run_id("unpaid", "openid:wx1:oMulan", NOW, "e1")
TYPICAL = Enrolment(
    person="p_0123456789abcdef0123",
    journey="unpaid-order",
    rev=2,
    runs=(
        Run(
            id=RUN,
            version=3,
            key="SO-20261122-000123",
            by="openid:wx0a1b2c3d4e5f6a7b:oMulan-0123456789abcdefghijk",
            seed="p_0123456789abcdef0123",
            entered_at=NOW,
            node="offer",
            since=NOW + 7_200_000,
            due=NOW + 9_000_000,
            entry={
                "name": "OrderCreated",
                "time": "2026-11-22T09:00:00.000Z",
                "properties": {"order_id": "SO-20261122-000123", "amount": 199},
            },
            visits=(
                Visit("hold", NOW, NOW + 7_200_000, "else", {"until": "2026-11-22T11:00:00.000Z"}),
                Visit("pick", NOW + 7_200_000, NOW + 7_200_000, "0", {"found": {"total": 3, "last": "2026-11-20T09:00:00.000Z"}}),
                Visit("offer", NOW + 7_200_000),
            ),
            sent=(Sent("offer", NOW + 7_200_000, message_of(RUN, "offer", 2)),),
        ),
    ),
    marks=(Mark(RUN, NOW, key="SO-20261122-000123"),),
    outbox=(Send(RUN, "offer", 2, NOW + 7_200_000), Arm(RUN, NOW + 9_005_000)),
)


@given(enrolments)
def test_an_enrolment_comes_out_of_its_text_as_it_went_in(enrolment: Enrolment) -> None:
    text = packed(enrolment)
    assert unpacked(text, enrolment.person, enrolment.journey, enrolment.rev, enrolment.expires) == enrolment
    assert packed(unpacked(text, enrolment.person, enrolment.journey, enrolment.rev, enrolment.expires)) == text


@given(enrolments)
def test_an_enrolment_comes_out_of_its_item_as_it_went_in(enrolment: Enrolment) -> None:
    assert enrolment_of(record_of(enrolment)) == enrolment


@given(enrolments)
def test_an_enrolment_comes_out_of_the_stream_as_it_went_in(enrolment: Enrolment) -> None:
    assert enrolment_of_image(_as_lambda_has_it(record_of(enrolment))) == enrolment


def test_a_typical_enrolment_is_one_write_unit() -> None:
    item = record_of(TYPICAL).serialize()
    size = sum(len(name) + _size(value) for name, value in item.items())
    assert size < WRITE_UNIT


@pytest.mark.parametrize(("length", "attribute"), [(10, "m"), (DEFLATED_FROM, "z")])
def test_what_is_short_stays_readable_and_what_is_long_is_deflated(length: int, attribute: str) -> None:
    run = replace(TYPICAL.runs[0], visits=(), sent=(), entry={"x": "y" * length})
    item = record_of(replace(TYPICAL, runs=(run,), marks=(), outbox=())).serialize()
    assert {"m", "z"} & set(item) == {attribute}


def test_an_enrolment_is_listed_while_runs_of_it_are_known() -> None:
    listed = record_of(TYPICAL).listed
    assert listed == f"unpaid-order#{shard_of(TYPICAL.person)}"
    assert record_of(replace(TYPICAL, runs=())).listed is None


def test_people_are_spread_over_all_shards() -> None:
    assert {shard_of(f"p_{number}") for number in range(500)} == set(SHARDS)


@pytest.mark.parametrize(("expires", "stored"), [(0, None), (1_000, 1), (1_001, 2)])
def test_an_enrolment_does_not_expire_before_its_time(expires: int, stored: int | None) -> None:
    assert record_of(replace(TYPICAL, expires=expires)).expires == stored


def _as_lambda_has_it(record: EnrolmentRecord) -> dict[str, Any]:
    return {name: _in_base64(value) for name, value in record.serialize().items()}


def _in_base64(value: dict[str, Any]) -> dict[str, Any]:
    return {kind: b64encode(one).decode() if isinstance(one, bytes) else one for kind, one in value.items()}


def _size(value: dict[str, Any]) -> int:
    (one,) = value.values()
    return len(one if isinstance(one, bytes) else str(one).encode())
