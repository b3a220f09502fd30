"""The Segment API answers exactly 200, 400 or 401, each in the form that its clients stop at."""

from typing import Any

import pytest

from chalicelib.entrypoints import segment
from chalicelib.errors import BadRequest, Busy, Unauthorized
from chalicelib.http import Answer, Request
from tests.support import sdk_wire
from tests.support.sdk_wire import Wire
from tests.unit.entrypoints.conftest import Kept

TRACK: dict[str, Any] = {"type": "track", "event": "Order Completed", "userId": "u-1", "timestamp": "2026-11-21T22:26:47.762Z"}


def post(wire: Wire) -> Answer:
    return segment.post_batch(wire.request())


@pytest.mark.parametrize(
    "wire",
    [
        sdk_wire.segment_batch([TRACK], "write-shop"),
        sdk_wire.segment_batch([TRACK], "write-shop", zipped=True),
        sdk_wire.rudder_node_batch([TRACK], "write-shop"),
        Wire("POST", "/v1/batch", body=sdk_wire.segment_batch([TRACK], "write-shop").body),
        Wire("POST", "/v1/batch", body=sdk_wire.segment_batch([TRACK]).body, headers={"authorization": "Bearer write-shop"}),
    ],
    ids=["segment", "segment with gzip", "rudder", "key in the body", "bearer"],
)
def test_a_batch_is_kept_and_answered_with_exactly_200(wire: Wire, kept: Kept) -> None:
    answer = post(wire)
    assert (answer.status, answer.body) == (200, {"success": True, "accepted": 1, "rejected": []})
    assert [(name, event.name) for name, event in kept.events] == [("shop", "Order Completed")]


def test_a_bad_message_among_good_ones_is_put_aside_and_the_answer_is_200(kept: Kept) -> None:
    answer = post(sdk_wire.segment_batch([TRACK, {**TRACK, "event": None}, TRACK | {"userId": "u-2"}], "write-shop"))
    assert answer.status == 200
    assert isinstance(answer.body, dict)
    assert answer.body["accepted"] == 2
    assert [(fault["index"], fault["code"]) for fault in answer.body["rejected"]] == [(1, "name_missing")]
    assert kept.codes == ["name_missing"]


@pytest.mark.parametrize("call", ["track", "identify", "page", "screen", "group", "alias"])
def test_a_single_call_takes_its_type_from_the_path(call: str, kept: Kept) -> None:
    body = b'{"userId": "u-1", "event": "Viewed", "groupId": "g", "previousId": "p"}'
    request = Request("POST", f"/v1/{call}", body=body, headers=sdk_wire.basic("write-shop"), received_at=sdk_wire.NOW)
    assert segment.post_call(request).status == 200
    assert kept.names == ["Viewed" if call == "track" else f"${call.capitalize()}"]


@pytest.mark.parametrize(
    "wire",
    [
        sdk_wire.segment_batch([TRACK]),
        sdk_wire.segment_batch([TRACK], "wrong"),
        sdk_wire.segment_batch([TRACK], "api-key"),
        Wire("POST", "/v1/batch", body=sdk_wire.segment_batch([TRACK], "write-shop").body, headers=sdk_wire.basic("wrong")),
        Wire("POST", "/v1/batch", body=b"nope", headers=sdk_wire.basic("wrong")),
    ],
)
def test_an_unknown_key_is_unauthorized(wire: Wire, kept: Kept) -> None:
    with pytest.raises(Unauthorized):
        post(wire)
    assert kept == Kept()


def test_what_is_no_json_is_a_bad_request(kept: Kept) -> None:
    with pytest.raises(BadRequest) as refused:
        post(Wire("POST", "/v1/batch", body=b"{", headers=sdk_wire.basic("write-shop")))
    assert (refused.value.status, refused.value.code) == (400, "payload_unreadable")
    assert kept == Kept()


def test_a_failing_store_is_not_answered_with_200(kept: Kept) -> None:
    kept.failure = Busy("later")
    with pytest.raises(Busy):
        post(sdk_wire.segment_batch([TRACK], "write-shop"))
