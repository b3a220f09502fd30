"""What is counted of messages."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.dispatch.metering import metered
from chalicelib.dispatch.model import Message, State, Step
from chalicelib.telemetry import invocation
from tests.unit.dispatch.samples import NOW, queued

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _nothing_left(capsys: Out) -> None:
    with invocation("before", "r0"):
        pass
    capsys.readouterr()


def _came(*steps: tuple[State, int]) -> Message:
    trail = tuple(Step(state, NOW + at) for state, at in steps)
    return replace(queued(), state=steps[-1][0], at=NOW + steps[-1][1], trail=trail)


def _counted(out: Out, message: Message) -> dict[str, float]:
    with invocation("dispatch", "r1"):
        metered(message)
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.readouterr().out.splitlines()]
    return {
        name: line[name][0] for line in lines for name in ("MessagesSent", "SendLag", "SendRefusals", "MessagesUnknown") if name in line
    }


def test_a_message_that_is_sent_tells_how_long_it_waited_since_it_was_decided(capsys: Out) -> None:
    sent = _came((State.ACCEPTED, 0), (State.QUEUED, 100), (State.CLAIMED, 2_000), (State.SENT, 2_500))
    assert _counted(capsys, sent) == {"MessagesSent": 1, "SendLag": 2_400}


def test_one_of_which_we_learn_days_later_that_it_went_out_tells_no_lag(capsys: Out) -> None:
    sent = _came((State.QUEUED, 0), (State.CLAIMED, 10), (State.UNKNOWN, 20), (State.SENT, 86_400_000))
    assert _counted(capsys, sent) == {"MessagesSent": 1}


def test_steps_that_concern_nobody_are_not_counted(capsys: Out) -> None:
    assert _counted(capsys, _came((State.ACCEPTED, 0), (State.QUEUED, 1))) == {}
