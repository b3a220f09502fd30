"""How each stream and queue lambda is fed: one list, applied after every deployment and obeyed by the tests' pump.

Chalice's decorators can say only the batch size and the window; `infra/converge.py` sets the rest by API.
"""

import json
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """A table's stream feeding a lambda. Times in seconds; `retries` counts the tries after the first.

    `sort_keys`: only records of items with one of these sort keys are delivered, all where it is empty.
    """

    function: str
    table: str
    batch_size: int
    window: int
    parallel: int
    retries: int
    max_age: int
    event_names: tuple[str, ...] = ("INSERT",)
    sort_keys: tuple[str, ...] = ()

    def delivers(self, event_name: str, sort_key: str) -> bool:
        """Whether a record passes the filter."""
        return event_name in self.event_names and (not self.sort_keys or sort_key in self.sort_keys)

    def options(self, dead_letters_arn: str) -> dict[str, Any]:
        """The arguments of Lambda's UpdateEventSourceMapping."""
        return {
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.window,
            "ParallelizationFactor": self.parallel,
            "MaximumRetryAttempts": self.retries,
            "MaximumRecordAgeInSeconds": self.max_age,
            "BisectBatchOnFunctionError": True,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "FilterCriteria": {"Filters": [{"Pattern": json.dumps(self._pattern())}]},
            "DestinationConfig": {"OnFailure": {"Destination": dead_letters_arn}},
        }

    def _pattern(self) -> dict[str, Any]:
        keys = {"dynamodb": {"Keys": {"sk": {"S": list(self.sort_keys)}}}} if self.sort_keys else {}
        return {"eventName": list(self.event_names), **keys}


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """A queue feeding a lambda; the queue's own redrive policy counts the tries. `concurrency` is how many run at once (2 or more),
    `window` how many seconds a batch is waited for; over ten messages it takes one.
    """

    function: str
    queue: str
    batch_size: int
    concurrency: int
    window: int = 0

    def options(self) -> dict[str, Any]:
        """The arguments of Lambda's UpdateEventSourceMapping."""
        return {
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.window,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": self.concurrency},
        }


# Faults of the data are buried by the lambda itself; what is tried again is the platform's fault, or a person that another worker
# holds for up to its lease of ten seconds. So tries are many, and age is what ends them: streams keep records for 24 hours.
MERGE: Final = StreamMapping("merge", "events", batch_size=100, window=0, parallel=4, retries=200, max_age=6 * 3600)
# Firehose takes at most 500 records a call; a window of 10 s makes few, full calls.
ARCHIVE: Final = StreamMapping("archive", "events", batch_size=500, window=10, parallel=1, retries=10, max_age=12 * 3600)
# Of the people table only persons and standings matter; identifiers, evidence and ledgers are most of its writes.
SCORE: Final = StreamMapping(
    *("score", "people"), batch_size=100, window=0, parallel=4, retries=200, max_age=6 * 3600,
    event_names=("INSERT", "MODIFY", "REMOVE"), sort_keys=("person", "standing"),
)  # fmt: skip
IMPORT_FILES: Final = QueueMapping("import_files", "imports", batch_size=1, concurrency=5)
RECHECK: Final = QueueMapping("recheck", "rechecks", batch_size=10, concurrency=10)
# Eight segments side by side, and whoever came late.
PASS_PEOPLE: Final = QueueMapping("pass_people", "passes", batch_size=1, concurrency=10)
READ_FANS: Final = QueueMapping("read_fans", "fans", batch_size=10, concurrency=4)
# Few at a time: the platform counts calls by the minute, and fuller batches make fewer of them.
TAG_FANS: Final = QueueMapping("tag_fans", "tagging", batch_size=100, concurrency=2, window=2)
APPLY_MENUS: Final = QueueMapping("apply_menus", "menus", batch_size=1, concurrency=2)
SEND_REPLIES: Final = QueueMapping("send_replies", "replies", batch_size=1, concurrency=10)
# Only the item of a message itself: what replies keep in the same table drives nothing.
DISPATCH: Final = StreamMapping(
    *("dispatch", "messages"), batch_size=100, window=0, parallel=4, retries=200, max_age=6 * 3600,
    event_names=("INSERT", "MODIFY"), sort_keys=("send",),
)  # fmt: skip
FOLLOW_UP: Final = QueueMapping("follow_up", "followups", batch_size=10, concurrency=10)
# Fuller batches are decided with fewer reads.
TAKE_UP: Final = QueueMapping("take_up", "dues", batch_size=50, concurrency=10, window=1)
FAN_OUT: Final = QueueMapping("fan_out", "broadcasts", batch_size=1, concurrency=8)
# Whatever was written of a person on a journey; each record costs a lookup of what has to follow, and most have to.
PERFORM: Final = StreamMapping(
    *("perform", "runs"), batch_size=100, window=0, parallel=4, retries=200, max_age=6 * 3600, event_names=("INSERT", "MODIFY"),
)  # fmt: skip
MOVE_ON: Final = QueueMapping("move_on", "journey-dues", batch_size=50, concurrency=10, window=1)
JOURNEY_WORK: Final = QueueMapping("journey_work", "journey-work", batch_size=1, concurrency=8)
SEND_TEMPLATE: Final = QueueMapping("send_template", "send-template", batch_size=10, concurrency=20)
SEND_SUBSCRIBE: Final = QueueMapping("send_subscribe", "send-subscribe", batch_size=10, concurrency=20)
SEND_CUSTOMER_SERVICE: Final = QueueMapping("send_customer_service", "send-customer-service", batch_size=10, concurrency=20)
# A hundred calls a day reach as many people as possible when each carries as many as possible.
SEND_MASS: Final = QueueMapping("send_mass", "send-mass", batch_size=1000, concurrency=2, window=20)
SEND_SMS: Final = QueueMapping("send_sms", "send-sms", batch_size=10, concurrency=20)
SEND_PUSH: Final = QueueMapping("send_push", "send-push", batch_size=10, concurrency=20)
SEND_WEBHOOK: Final = QueueMapping("send_webhook", "send-webhook", batch_size=10, concurrency=20)
SEND_POPUP: Final = QueueMapping("send_popup", "send-popup", batch_size=10, concurrency=5)
SENDERS: Final = (SEND_TEMPLATE, SEND_SUBSCRIBE, SEND_CUSTOMER_SERVICE, SEND_MASS, SEND_SMS, SEND_PUSH, SEND_WEBHOOK, SEND_POPUP)

STREAMS: Final = (MERGE, ARCHIVE, SCORE, DISPATCH, PERFORM)
QUEUES: Final = (
    *(IMPORT_FILES, RECHECK, PASS_PEOPLE, READ_FANS, TAG_FANS, APPLY_MENUS, SEND_REPLIES),
    *(FOLLOW_UP, TAKE_UP, FAN_OUT, MOVE_ON, JOURNEY_WORK, *SENDERS),
)
