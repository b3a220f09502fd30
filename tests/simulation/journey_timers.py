"""SQS and Step Functions as timers use them: messages that show up later, executions that sleep. Both may come twice, or get lost."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from chalicelib.journeys.steps.timing import TIMERS
from chalicelib.timers import sending, timers
from chalicelib.timers.model import Cohort, Due, due_of
from tests.simulation.sending_line import Line, Verdict

LOST: Final = 0.2  # the chance never to ring, where timers get lost
SECOND: Final = 1_000


@dataclass
class Sleepers:
    """What boto3 gives to `timers`, both clients in one. `ring` is called when a message shows up; `lossy`: whether some never do."""

    line: Line
    ring: Callable[[Due], None]
    lossy: bool
    executions: dict[str, str] = field(default_factory=dict)

    class exceptions:  # noqa: N801 - as boto3 calls them
        """What a client raises."""

        class ExecutionAlreadyExists(Exception):
            """There is one of that name."""

    def send_message_batch(self, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803 - as boto3 calls them
        """Messages that show up after their delays."""
        self.line.give_way()
        for one in Entries:
            if not self._is_lost():
                self.line.put(lambda body=one["MessageBody"]: self._ring(body), SECOND * one["DelaySeconds"])  # type: ignore[misc]
        self.line.perhaps_die()
        return {}

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803, A002 - as boto3 calls them
        """An execution sleeps until shortly before a cohort's minute."""
        self.line.give_way()
        if name in self.executions:
            raise self.exceptions.ExecutionAlreadyExists
        body = json.loads(input)
        self.executions[name] = "RUNNING"
        if not self._is_lost():
            self.line.put(lambda: self._send(name, body), Cohort(body["minute"], body["shard"]).wake - self.line.now)
        self.line.perhaps_die()

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803 - as boto3 calls it
        """Whether it runs."""
        return {"status": self.executions[executionArn.rpartition(":")[2]]}

    @contextmanager
    def serving(self) -> Iterator[None]:
        """In place of both."""
        with (
            patch.object(timers, "_queue_client", lambda: self),
            patch.object(timers, "_machine_client", lambda: self),
            patch.object(sending, "time", lambda: self.line.now / SECOND),
        ):
            yield

    def _is_lost(self) -> bool:
        return self.lossy and self.line.random.random() < LOST

    def _ring(self, body: str) -> Verdict:
        self.ring(due_of(body))
        return None

    def _send(self, name: str, body: dict[str, Any]) -> Verdict:
        sending.send_cohort(TIMERS, body, SimpleNamespace(get_remaining_time_in_millis=lambda: 60 * SECOND))
        self.executions[name] = "SUCCEEDED"
        return None
