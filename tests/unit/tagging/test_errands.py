"""Messages of the queues: what is sent is read back, anything else is refused, and nothing is sent twice in one go."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.tagging import errands
from chalicelib.tagging.errands import DELAY_MAX, Arrival, Errand, ErrandUnreadable, Look, NotSent, Step

TEXTS = st.text(min_size=1, max_size=20)
ERRANDS = (
    st.builds(Look, TEXTS, st.lists(TEXTS, max_size=3).map(tuple), TEXTS | st.just(""))
    | st.builds(Arrival, TEXTS, TEXTS)
    | st.builds(Step, TEXTS, TEXTS, st.integers(0, 2**45), st.integers(0, 1000))
)
JSON = st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(TEXTS, one)).map(json.dumps)


class Queue:
    """Takes messages as SQS does, ten at a time."""

    def __init__(self, refuses: int = 0) -> None:
        self.sent: list[tuple[str, int]] = []
        self.refuses = refuses

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        assert 0 < len(Entries) <= 10
        assert len({one["Id"] for one in Entries}) == len(Entries)
        self.sent += [(one["MessageBody"], one["DelaySeconds"]) for one in Entries]
        return {"Failed": [{"Message": "no"}] * self.refuses} if self.refuses else {}


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue()
    monkeypatch.setattr(errands, "_queue_client", lambda: made)
    return made


@given(st.lists(ERRANDS, max_size=25))
def test_what_is_sent_is_read_back_each_thing_once(wanted: list[Errand]) -> None:
    queue = Queue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errands, "_queue_client", lambda: queue)
        errands.send(wanted, 5)
    assert [errands.errand_of(body) for body, _ in queue.sent] == list(dict.fromkeys(wanted))
    assert {delay for _, delay in queue.sent} <= {5}


@given(st.text() | JSON)
def test_anything_else_is_refused_with_one_error_that_does_not_repeat_all_of_it(body: str) -> None:
    refused = []
    for read in (errands.errand_of, errands.account_of):
        try:
            read(body)
        except ErrandUnreadable as wrong:
            refused.append(str(wrong))
    assert all(len(one) < 600 for one in refused)


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '{"fan": "o"}', '{"appid": "a", "walk": "w"}', '{"person": "p", "sources": 3}'])
def test_what_lacks_something_is_no_errand(body: str) -> None:
    with pytest.raises(ErrandUnreadable):
        errands.errand_of(body)


def test_accounts_are_asked_for_one_by_one_or_all(queue: Queue) -> None:
    errands.ask_for("wx1", 20)
    errands.ask_for()
    assert [(errands.account_of(body), delay) for body, delay in queue.sent] == [("wx1", 20), ("", 0)]


def test_nothing_to_send_is_no_call(queue: Queue) -> None:
    errands.send([])
    assert queue.sent == []


def test_what_the_queue_does_not_take_is_told(queue: Queue) -> None:
    queue.refuses = 1
    with pytest.raises(NotSent, match="1 messages"):
        errands.send([Arrival("wx1", "o1")])


@pytest.mark.parametrize(
    ("moment", "seconds"), [(None, DELAY_MAX), (0, 1), (1_000, 1), (1_001, 1), (2_001, 2), (61_000, 60), (10_000_000, DELAY_MAX)]
)
def test_a_message_waits_for_a_moment_rounded_up_as_far_as_it_can(moment: int | None, seconds: int) -> None:
    assert errands.seconds_until(moment, 1_000) == seconds
