"""The queue `journey-work`: parts of walks to be carried on."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from chalicelib.journeys.walks.walks import GoOn
from chalicelib.settings import settings

_ENTRIES: Final = 10  # of one SendMessageBatch


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages."""


def send(messages: Sequence[GoOn], delay: int = 0) -> None:
    """Puts messages into the queue; they show up after `delay` seconds, 900 at most. Raises NotSent: all are to be sent again."""
    for start in range(0, len(messages), _ENTRIES):
        some = messages[start : start + _ENTRIES]
        entries = [{"Id": str(place), "MessageBody": one.text, "DelaySeconds": delay} for place, one in enumerate(some)]
        answer = _client().send_message_batch(QueueUrl=settings().journey_work_queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotSent(f"{len(failed)} parts of walks were not taken: {failed[0].get('Message', '')}")


@cache
def _client() -> Any:
    import boto3  # 20 ms of a cold start, for what is hardly ever needed

    return boto3.client("sqs")
