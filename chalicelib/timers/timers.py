"""Timers: a subject is looked at again at an instant.

    RECHECKS = Timers("recheck", queue=lambda: settings().rechecks_queue_url, machine=lambda: settings().recheck_timer_arn)
    RECHECKS.arm([Due("p_1a2b", at)], now)

Near instants are a message in the queue with a delay. Far ones are an item in the table `timers` under their minute, and one execution of
the state machine for all of a minute, which sleeps until shortly before and then sends them to the queue.

An item is never written while its cohort is being sent: only instants more than DELAY_MS away (`timer_delay_ms`) become items, and a cohort
wakes EARLY_MS before its minute begins, at most EARLY_MS + MINUTE_MS = 120 s before the instant. So whoever writes an item has 13 minutes
for it.
The item is written before the execution is started: an execution without items does no harm, items without an execution would wait for
ever. Whatever comes twice is sent twice, and finds nothing the second time.

An execution may live for a year, and an account may have a million of them. So nobody sleeps for more than SLEEP_MS: an instant further
ahead is looked at on the way, and set again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.writing import Typed, write_all
from chalicelib.settings import settings
from chalicelib.timers.model import DELAY_MS, Cohort, Due
from chalicelib.timers.records import TimerRecord, cohort_key, timer_item, timer_key

KEPT_MS: Final = 7 * 86_400_000  # how long an item outlives its minute: time to mend what kept a cohort from being sent
PAGE: Final = 500  # items of one read
_ENTRIES: Final = 10  # of one SendMessageBatch
_MAX_STARTED: Final = 50_000  # cohorts that a process remembers to have started


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages."""


@dataclass(frozen=True, slots=True)
class Timers:
    """The timers of one kind of subject. `queue` is the address of the queue that they ring in, `machine` the ARN of the state machine that
    sleeps for them; `told` is what every message of theirs says besides `subject` and `at`.
    """

    name: str
    queue: Callable[[], str]
    machine: Callable[[], str]
    told: Mapping[str, str] = field(default_factory=dict)
    _started: set[str] = field(default_factory=set)

    def arm(self, dues: Iterable[Due], now: int) -> None:
        """Has subjects looked at again at their instants, or at once where that has passed. May be done twice.

        What comes too early, because neither a message nor a cohort may wait for so long, has to be armed again by whoever receives it.
        """
        near: list[Due] = []
        cohorts: dict[Cohort, list[Due]] = {}
        for one in dues:
            if one.at - now <= settings().timer_delay_ms:
                near.append(one)
            else:
                cohorts.setdefault(Cohort.of(one, now), []).append(one)
        self._keep(cohorts)
        for cohort, waiting in cohorts.items():
            if not self._start(cohort):
                near.extend(waiting)
        self.send(near, now)

    def send(self, dues: Sequence[Due], now: int) -> None:
        """Puts messages into the queue that show up at their instants, or after the longest delay.

        Raises NotSent when SQS refuses some: all are to be sent again.
        """
        for start in range(0, len(dues), _ENTRIES):
            entries = [self._entry(place, one, now) for place, one in enumerate(dues[start : start + _ENTRIES])]
            answer = _queue_client().send_message_batch(QueueUrl=self.queue(), Entries=entries)
            if failed := answer.get("Failed"):
                raise NotSent(f"{len(failed)} timers were not taken: {failed[0].get('Message', '')}")

    def page(self, cohort: Cohort, after: str | None) -> tuple[list[Due], str | None]:
        """The next timers of a cohort in order of time, and the place to go on at: None after the last one."""
        pk = self._key(cohort)
        start = {"pk": {"S": pk}, "sk": {"S": after}} if after else None
        found = TimerRecord.query(pk, limit=PAGE, last_evaluated_key=start, consistent_read=True)
        dues = [Due(record.subject, int(record.at)) for record in found]
        return dues, found.last_evaluated_key["sk"]["S"] if found.last_evaluated_key else None

    def execution(self, cohort: Cohort) -> str:
        """The name of a cohort's one execution."""
        return f"{settings().prefix}-{self.name}-{cohort.minute}-{cohort.shard}"

    def status(self, cohort: Cohort) -> str:
        """How the cohort's execution stands, in Step Functions' words; "" when there is none."""
        machine = _machine_client()
        try:
            return self._status(self.execution(cohort))
        except machine.exceptions.ExecutionDoesNotExist:
            return ""

    def forget(self) -> None:
        """Start cohorts anew at the next use: starting one twice does nothing."""
        self._started.clear()

    def _key(self, cohort: Cohort) -> str:
        return cohort_key(self.name, cohort.minute, cohort.shard)

    def _keep(self, cohorts: Mapping[Cohort, Iterable[Due]]) -> None:
        items: dict[tuple[str, str], Typed] = {}
        for cohort, waiting in cohorts.items():
            for one in waiting:
                key = timer_key(self._key(cohort), one.at, one.subject)
                items[key] = timer_item(key, one.at, one.subject, expires=(cohort.minute + KEPT_MS) // 1000)
        write_all(TimerRecord, list(items.values()))

    def _start(self, cohort: Cohort) -> bool:
        """Makes sure that an execution waits for the cohort; False when its execution has ended before its time."""
        name = self.execution(cohort)
        if name in self._started:
            return True
        body = {"minute": cohort.minute, "shard": cohort.shard, "wake": rfc3339(cohort.wake), "cursor": None, "done": False}
        machine = _machine_client()
        try:
            machine.start_execution(stateMachineArn=self.machine(), name=name, input=json.dumps(body))
        except machine.exceptions.ExecutionAlreadyExists:
            if not self._waits(name):
                return False
        if len(self._started) >= _MAX_STARTED:
            self._started.clear()
        self._started.add(name)
        return True

    def _waits(self, name: str) -> bool:
        """Whether the execution of that name still runs."""
        return self._status(name) == "RUNNING"

    def _status(self, name: str) -> str:
        arn = self.machine().replace(":stateMachine:", ":execution:")
        return str(_machine_client().describe_execution(executionArn=f"{arn}:{name}")["status"])

    def _entry(self, place: int, one: Due, now: int) -> dict[str, Any]:
        seconds = -(-max(one.at - now, 0) // 1000)  # rounded up: a message that comes too early would come twice
        body = json.dumps({**self.told, "subject": one.subject, "at": one.at})
        return {"Id": str(place), "MessageBody": body, "DelaySeconds": min(seconds, DELAY_MS // 1000)}


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what few subjects need

    return boto3.client("sqs")


@cache
def _machine_client() -> Any:
    import boto3  # as above

    return boto3.client("stepfunctions")
