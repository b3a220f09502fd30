"""How each stream and queue lambda is fed: one list, applied after every deployment and obeyed by the tests' pump.

Chalice's decorators can say only the batch size and the window; `infra/converge.py` sets the rest by API.
"""

import json
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """A table's stream feeding a lambda. Times in seconds; `retries` counts the tries after the first."""

    function: str
    table: str
    batch_size: int
    window: int
    parallel: int
    retries: int
    max_age: int
    event_names: tuple[str, ...] = ("INSERT",)

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
            "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"eventName": list(self.event_names)})}]},
            "DestinationConfig": {"OnFailure": {"Destination": dead_letters_arn}},
        }


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """A queue feeding a lambda; the queue's own redrive policy counts the tries. `concurrency` is how many run at once (2 or more)."""

    function: str
    queue: str
    batch_size: int
    concurrency: int

    def options(self) -> dict[str, Any]:
        """The arguments of Lambda's UpdateEventSourceMapping."""
        return {
            "BatchSize": self.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": self.concurrency},
        }


# Faults of the data are buried by the lambda itself; what is tried again is the platform's fault, or a person that another worker
# holds for up to its lease of ten seconds. So tries are many, and age is what ends them: streams keep records for 24 hours.
MERGE: Final = StreamMapping("merge", "events", batch_size=100, window=0, parallel=4, retries=200, max_age=6 * 3600)
# Firehose takes at most 500 records a call; a window of 10 s makes few, full calls.
ARCHIVE: Final = StreamMapping("archive", "events", batch_size=500, window=10, parallel=1, retries=10, max_age=12 * 3600)
IMPORT_FILES: Final = QueueMapping("import_files", "imports", batch_size=1, concurrency=5)

STREAMS: Final = (MERGE, ARCHIVE)
QUEUES: Final = (IMPORT_FILES,)
