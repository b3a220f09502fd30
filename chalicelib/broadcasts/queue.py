"""The queue `broadcasts`: a broadcast is to begin, or a part of one to be carried on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.broadcasts.parts import COUNTS, NUMBERS
from chalicelib.settings import settings

DELAY_MAX: Final = 900  # seconds, SQS's limit
_ENTRIES: Final = 10  # of one SendMessageBatch
_EXCERPT: Final = 500  # characters of a message that nobody understands


@dataclass(frozen=True, slots=True)
class Begin:
    """A message: a broadcast begins, or waits on for its time."""

    broadcast: str


@dataclass(frozen=True, slots=True)
class CarryOn:
    """A message: a part is to be carried on."""

    broadcast: str
    part: int

    @property
    def counts(self) -> bool:
        """Whether it is a part that counts; else people are told."""
        return self.part >= COUNTS


class MessageUnreadable(ValueError):
    """A message on the queue that is not ours."""


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages."""


def send(messages: Sequence[Begin | CarryOn], delay: int = 0) -> None:
    """Puts messages into the queue; they show up after `delay` seconds, or after the longest delay. Raises NotSent."""
    for start in range(0, len(messages), _ENTRIES):
        bodies = [_text(one) for one in messages[start : start + _ENTRIES]]
        seconds = min(delay, DELAY_MAX)
        entries = [{"Id": str(place), "MessageBody": body, "DelaySeconds": seconds} for place, body in enumerate(bodies)]
        answer = _queue_client().send_message_batch(QueueUrl=settings().broadcasts_queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotSent(f"{len(failed)} messages of broadcasts were not taken: {failed[0].get('Message', '')}")


def message_of(body: str) -> Begin | CarryOn:
    """What a message asks for. Raises MessageUnreadable."""
    try:
        found = json.loads(body)
        broadcast = str(found["broadcast"])
        if "part" not in found:
            return Begin(broadcast)
        part = int(found["part"])
        if part not in range(NUMBERS):
            raise ValueError("there is no such part")
    except (ValueError, KeyError, TypeError) as error:
        raise MessageUnreadable(f"neither a broadcast nor a part of one: {body[:_EXCERPT]}") from error
    return CarryOn(broadcast, part)


def _text(message: Begin | CarryOn) -> str:
    if isinstance(message, Begin):
        return json.dumps({"broadcast": message.broadcast})
    return json.dumps({"broadcast": message.broadcast, "part": message.part})


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what is hardly ever needed

    return boto3.client("sqs")
