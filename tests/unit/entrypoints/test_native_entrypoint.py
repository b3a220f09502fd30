"""`POST /v1/events` keeps the good events and names the others."""

import json

import pytest

from chalicelib.access.model import Caller
from chalicelib.entrypoints import native
from chalicelib.errors import BadRequest, Unauthorized
from chalicelib.events.native import NativeAnswer, Rejected
from chalicelib.http import Request
from tests.support.sdk_wire import NOW
from tests.unit.entrypoints.conftest import SHOP, Kept

GOOD = {"id": "e-1", "name": "OrderSubmitted", "time": NOW, "identifiers": {"user_id": "u1"}}


def request(body: bytes, caller: Caller | None = None) -> Request:
    known = caller or Caller("k-1", SHOP, frozenset({"ingest"}))
    return Request("POST", "/v1/events", body=body, received_at=NOW, caller=known)


def test_good_events_are_kept_and_bad_ones_are_named_by_their_place(kept: Kept) -> None:
    events = [GOOD, {**GOOD, "time": "soon"}, {**GOOD, "id": "e-2"}, {**GOOD, "identifiers": {"user_id": "null"}}]
    answer = native.post_events(request(json.dumps({"events": events}).encode()))
    assert answer.status == 202
    assert isinstance(answer.body, NativeAnswer)
    assert answer.body.accepted == 2
    assert [(one.index, one.code) for one in answer.body.rejected] == [(1, "time_invalid"), (3, "identifier_blocked")]
    assert [event.id for _, event in kept.events] == ["e-1", "e-2"]
    assert isinstance(answer.body.rejected[0], Rejected)


def test_an_empty_batch_is_accepted(kept: Kept) -> None:
    assert native.post_events(request(b'{"events": []}')).body == NativeAnswer(accepted=0, rejected=[])
    assert kept == Kept()


def test_what_is_no_batch_is_a_bad_request(kept: Kept) -> None:
    with pytest.raises(BadRequest):
        native.post_events(request(b"[]"))
    assert kept == Kept()


def test_events_need_a_source(kept: Kept) -> None:
    with pytest.raises(Unauthorized):
        native.post_events(request(b'{"events": []}', Caller("k-2", None, frozenset({"write"}))))
    assert kept == Kept()
