"""Events reach the lake as packed lines; what Firehose does not take is tried again and then reported."""

import json
from typing import Any

import pytest

from chalicelib.events import archive
from chalicelib.events.archive import ATTEMPTS, MAX_CALL_PACKS, MAX_PACK_BYTES, Line, deliver, line
from chalicelib.events.model import Kind, Operation
from tests.support.records import NOW, change, draft, pending


class Firehose:
    """Takes what it is given, but for the calls and places in `refuses`."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.calls: list[list[bytes]] = []
        self.refuses: dict[int, set[int]] = {}

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert DeliveryStreamName == "huiliu-test-events"
        refused = self.refuses.get(len(self.calls), set())
        self.calls.append([record["Data"] for record in Records])
        answers: list[dict[str, Any]] = []
        for place, record in enumerate(Records):
            if place in refused:
                answers.append({"ErrorCode": "ServiceUnavailableException"})
            else:
                self.taken.append(record["Data"])
                answers.append({"RecordId": str(place)})
        return {"FailedPutCount": len(refused), "RequestResponses": answers}

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.taken).splitlines(keepends=True)


@pytest.fixture
def firehose(monkeypatch: pytest.MonkeyPatch) -> Firehose:
    found = Firehose()
    monkeypatch.setattr(archive, "_client", lambda: found)
    return found


def lines(count: int, size: int = 100) -> list[Line]:
    return [Line(f"s{place}", str(place).zfill(size - 1).encode() + b"\n") for place in range(count)]


def test_a_line_says_all_of_the_event_and_when_it_came() -> None:
    event = pending(
        draft(
            kind=Kind.UNLINK,
            identifiers=(("user_id", "u1"), ("device_id", "d1")),
            properties={"金额": 99.5},
            attributes=(change(Operation.SET, value="北京"),),
            context={"channel": "h5"},
            unlink=(("mobile", "13912345678"),),
        )
    ).event
    data = line(event, NOW + 5)
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1
    assert json.loads(data) == {
        "primary": "user_id#u1",
        "time": NOW,
        "id": "e-1",
        "received_at": NOW + 5,
        "kind": "unlink",
        "name": "OrderSubmitted",
        "source": "shop",
        "identifiers": ["user_id#u1", "device_id#d1"],
        "unlink": ["mobile#13912345678"],
        "properties": {"金额": 99.5},
        "attributes": [{"operation": "set", "name": "city", "value": "北京"}],
        "context": {"channel": "h5"},
    }


def test_a_line_break_in_a_text_does_not_break_the_line() -> None:
    assert line(pending(draft(properties={"a": "x\ny\u2028"})).event, NOW).count(b"\n") == 1


def test_small_events_travel_together_in_order(firehose: Firehose) -> None:
    sent = lines(500)
    assert deliver(sent) == []
    assert firehose.lines == [one.data for one in sent]
    assert len(firehose.taken) == 1


def test_packs_and_calls_keep_within_what_firehose_takes(firehose: Firehose) -> None:
    sent = lines(2000, size=32 * 1024)
    assert deliver(sent) == []
    assert firehose.lines == [one.data for one in sent]
    assert max(len(pack) for call in firehose.calls for pack in call) <= MAX_PACK_BYTES
    assert max(len(call) for call in firehose.calls) <= MAX_CALL_PACKS
    assert max(sum(map(len, call)) for call in firehose.calls) <= 4 * 1024 * 1024


def test_a_line_larger_than_a_pack_goes_alone(firehose: Firehose) -> None:
    assert deliver([*lines(1), *lines(1, size=MAX_PACK_BYTES + 1), *lines(1)]) == []
    assert len(firehose.taken) == 3


def test_only_what_was_refused_is_sent_again(firehose: Firehose) -> None:
    sent = lines(3, size=MAX_PACK_BYTES)
    firehose.refuses = {0: {1}, 1: {0}}
    pauses: list[float] = []
    assert deliver(sent, pauses.append) == []
    assert [len(call) for call in firehose.calls] == [3, 1, 1]
    assert sorted(firehose.taken) == sorted(one.data for one in sent)
    assert pauses == [0.2, 0.4]


def test_what_stays_refused_is_reported_in_order(firehose: Firehose) -> None:
    firehose.refuses = {0: {0, 2}, 1: {0, 1}, 2: {0, 1}}
    assert deliver(lines(3, size=MAX_PACK_BYTES), lambda _: None) == ["s0", "s2"]
    assert len(firehose.calls) == ATTEMPTS


def test_nothing_to_deliver_is_no_call(firehose: Firehose) -> None:
    assert deliver([]) == []
    assert firehose.calls == []
