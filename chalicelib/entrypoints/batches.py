"""Batches that a lambda takes: what of them has to come again is told by name (`batchItemFailures`)."""

from collections.abc import Callable, Iterable
from typing import Any

Json = dict[str, Any]


def one_by_one(event: Json, context: Any, take: Callable[[Json], object], needed_ms: int = 0) -> Json:
    """Takes the messages of a queue one after the other; the lambda's answer. Reported as failed, so that they come again, are those for
    which `take` answers False, and after the first one those for which less than `needed_ms` are left.
    """
    failed = []
    for place, record in enumerate(event["Records"]):
        in_time = not place or context.get_remaining_time_in_millis() >= needed_ms
        if not in_time or take(record) is False:
            failed.append(record["messageId"])
    return again(failed)


def again(names: Iterable[str]) -> Json:
    """The answer of a lambda some of whose records have to come again: messages by their id, records of a stream by their number."""
    return {"batchItemFailures": [{"itemIdentifier": one} for one in names]}
