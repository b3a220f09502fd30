"""The queue `replies`: what is sent outside of the answer to a push. Messages name what was decided or happened, and nothing else."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from chalicelib.settings import settings

AFTER_THE_ANSWER_S: Final = 1  # for what follows the answer to a push: it should be read after it


@dataclass(frozen=True, slots=True)
class ReplyDue:
    """A reply that was decided has messages to send. `tries` counts those that the platform was too busy for."""

    reply: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Entered:
    """A person has joined a segment that an account answers to. `transition` tells it from all other transitions, `at` is ms."""

    person: str
    segment: str
    appid: str
    transition: str
    at: int


Due = ReplyDue | Entered


def put(due: Due, delay: int = 0) -> None:
    """Puts a message into the queue; it shows up after `delay` seconds."""
    _queue().send_message(QueueUrl=settings().replies_queue_url, MessageBody=body_of(due), DelaySeconds=delay)


def body_of(due: Due) -> str:
    """The message as it is sent."""
    return json.dumps(asdict(due))


def due_of(body: str) -> Due:
    """The message of a body. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(body)
    if "reply" in found:
        return ReplyDue(str(found["reply"]), int(found.get("tries", 0)))
    names = ("person", "segment", "appid", "transition")
    person, segment, appid, transition = (str(found[name]) for name in names)
    return Entered(person, segment, appid, transition, int(found["at"]))


@cache
def _queue() -> Any:
    import boto3  # 20 ms of a cold start, for what most pushes do not need

    return boto3.client("sqs")
