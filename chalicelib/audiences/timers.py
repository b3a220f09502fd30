"""Timers: a person is looked at again at an instant, without anything happening.

    arm([Recheck("p_1a2b", at)], now)

Near instants are a message in the queue `rechecks` with a delay. Far ones are an item in the table `timers` under their minute, and one
execution of the state machine `recheck-timer` for all of a minute, which sleeps until shortly before and then sends them to the queue.

An item is never written while its cohort is being sent: only instants more than DELAY_MS away become items, and a cohort wakes
EARLY_MS before its minute begins, at most EARLY_MS + MINUTE_MS = 120 s before the instant. So whoever writes an item has 13 minutes for it.
The item is written before the execution is started: an execution without items does no harm, items without an execution would wait for
ever. Whatever comes twice is sent twice, and finds nothing the second time.

An execution may live for a year, and an account may have a million of them. So nobody sleeps for more than SLEEP_MS: an instant further
ahead is looked at on the way, and set again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.audiences.timer_records import MINUTE_MS, TimerRecord, cohort_key, shard_of, timer_item, timer_key
from chalicelib.events.clock import rfc3339
from chalicelib.events.writing import Typed, write_all
from chalicelib.settings import settings

DELAY_MS: Final = 900_000  # the longest delay of a message in SQS
SLEEP_MS: Final = 30 * 86_400_000  # the longest sleep: 173,000 executions if every minute of it is somebody's
EARLY_MS: Final = 60_000  # how long before its minute a cohort wakes: time to send some 40,000 of each shard
KEPT_MS: Final = 7 * 86_400_000  # how long an item outlives its minute: time to mend what kept a cohort from being sent
PAGE: Final = 500  # items of one read
_ENTRIES: Final = 10  # of one SendMessageBatch
_MAX_STARTED: Final = 50_000  # cohorts that a process remembers to have started

_started: set[str] = set()


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """A person to look at again, at an instant in ms."""

    person: str
    at: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """All timers of one minute (ms of its beginning) in one shard."""

    minute: int
    shard: int

    @classmethod
    def of(cls, one: Recheck, now: int) -> "Cohort":
        """The cohort that brings a recheck to its instant, or as far as a cohort may sleep."""
        wanted = min(one.at, now + SLEEP_MS)
        return cls(wanted - wanted % MINUTE_MS, shard_of(one.person))

    @property
    def wake(self) -> int:
        """When it is time to send them (ms)."""
        return self.minute - EARLY_MS

    @property
    def execution(self) -> str:
        """The name of its one execution."""
        return f"{settings().prefix}-recheck-{self.minute}-{self.shard}"


def arm(rechecks: Iterable[Recheck], now: int) -> None:
    """Has people looked at again at their instants, or at once where that has passed. May be done twice.

    What comes too early, because neither a message nor a cohort may wait for so long, has to be armed again by whoever receives it.
    """
    near: list[Recheck] = []
    cohorts: dict[Cohort, list[Recheck]] = {}
    for one in rechecks:
        if one.at - now <= DELAY_MS:
            near.append(one)
        else:
            cohorts.setdefault(Cohort.of(one, now), []).append(one)
    _keep(cohorts)
    for cohort, waiting in cohorts.items():
        if not _start(cohort):
            near.extend(waiting)
    send(near, now)


def send(rechecks: Sequence[Recheck], now: int) -> None:
    """Puts messages into the queue that show up at their instants, or after the longest delay.

    Raises NotSent when SQS refuses some: all are to be sent again.
    """
    for start in range(0, len(rechecks), _ENTRIES):
        entries = [_entry(place, one, now) for place, one in enumerate(rechecks[start : start + _ENTRIES])]
        answer = _queue_client().send_message_batch(QueueUrl=settings().rechecks_queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotSent(f"{len(failed)} rechecks were not taken: {failed[0].get('Message', '')}")


def recheck_of(body: str) -> Recheck:
    """The recheck of a message. Raises ValueError, KeyError or TypeError for anything else."""
    message = json.loads(body)
    return Recheck(str(message["person"]), int(message["at"]))


def page(cohort: Cohort, after: str | None) -> tuple[list[Recheck], str | None]:
    """The next timers of a cohort in order of time, and the place to go on at: None after the last one."""
    pk = cohort_key(cohort.minute, cohort.shard)
    start = {"pk": {"S": pk}, "sk": {"S": after}} if after else None
    found = TimerRecord.query(pk, limit=PAGE, last_evaluated_key=start, consistent_read=True)
    rechecks = [Recheck(record.person, int(record.at)) for record in found]
    return rechecks, found.last_evaluated_key["sk"]["S"] if found.last_evaluated_key else None


def forget() -> None:
    """Start cohorts anew at the next use: starting one twice does nothing."""
    _started.clear()


def _keep(cohorts: Mapping[Cohort, Iterable[Recheck]]) -> None:
    items: dict[tuple[str, str], Typed] = {}
    for cohort, waiting in cohorts.items():
        for one in waiting:
            key = timer_key(cohort.minute, cohort.shard, one.at, one.person)
            items[key] = timer_item(key, one.at, one.person, expires=(cohort.minute + KEPT_MS) // 1000)
    write_all(TimerRecord, list(items.values()))


def _start(cohort: Cohort) -> bool:
    """Makes sure that an execution waits for the cohort; False when its execution has ended before its time."""
    if cohort.execution in _started:
        return True
    body = {"minute": cohort.minute, "shard": cohort.shard, "wake": rfc3339(cohort.wake), "cursor": None, "done": False}
    machine = _machine_client()
    try:
        machine.start_execution(stateMachineArn=settings().recheck_timer_arn, name=cohort.execution, input=json.dumps(body))
    except machine.exceptions.ExecutionAlreadyExists:
        if not _waits(cohort):
            return False
    if len(_started) >= _MAX_STARTED:
        _started.clear()
    _started.add(cohort.execution)
    return True


def _waits(cohort: Cohort) -> bool:
    """Whether the execution that has the cohort's name still runs."""
    arn = settings().recheck_timer_arn.replace(":stateMachine:", ":execution:")
    status = _machine_client().describe_execution(executionArn=f"{arn}:{cohort.execution}")["status"]
    return bool(status == "RUNNING")


def _entry(place: int, one: Recheck, now: int) -> dict[str, Any]:
    seconds = -(-max(one.at - now, 0) // 1000)  # rounded up: a message that comes too early would come twice
    body = json.dumps({"person": one.person, "at": one.at})
    return {"Id": str(place), "MessageBody": body, "DelaySeconds": min(seconds, DELAY_MS // 1000)}


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what few people need

    return boto3.client("sqs")


@cache
def _machine_client() -> Any:
    import boto3  # as above

    return boto3.client("stepfunctions")
