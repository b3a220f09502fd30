"""The queues of messages: one for each channel, whose messages name what is to be sent and nothing else, and one for what comes back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.dispatch.model import Message
from chalicelib.dispatch.news import Followup, body_of
from chalicelib.events.model import Json
from chalicelib.settings import settings

_ENTRIES: Final = 10  # of one SendMessageBatch


class NotQueued(RuntimeError):
    """SQS has taken only a part of the messages."""


@dataclass(frozen=True, slots=True)
class SendDue:
    """A message that is queued has to be sent: its id, which attempt of it, and by which account ("": nobody said). `stumbles`: how often
    its data made a worker stumble.
    """

    id: str
    attempt: int = 0
    account: str = ""
    stumbles: int = 0


def send_due(messages: Iterable[Message]) -> None:
    """Puts messages that are queued into the queues of their channels. Doing it twice sends nothing twice: each is claimed first."""
    bodies: dict[str, list[str]] = {}
    for one in messages:
        if one.trip is not None:
            url = settings().send_queue(one.trip.channel.value)
            bodies.setdefault(url, []).append(body_of_due(SendDue(one.id, one.trip.attempt, one.trip.account)))
    for url, texts in bodies.items():
        _put(url, texts)


def body_of_due(due: SendDue) -> str:
    """The message of a channel's queue."""
    body: Json = {"id": due.id, "attempt": due.attempt, "account": due.account}
    return json.dumps(body | {"stumbles": due.stumbles} if due.stumbles else body)


def due_of(body: str) -> SendDue:
    """What a message of a channel's queue is about. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(body)
    return SendDue(str(found["id"]), int(found["attempt"]), str(found.get("account", "")), int(found.get("stumbles", 0)))


def follow_up(followups: Sequence[Followup], delay: int = 0, tries: int = 0) -> None:
    """Puts what came back into the queue `followups`; it shows up after `delay` seconds."""
    _put(settings().followups_queue_url, [body_of(one, tries) for one in followups], delay)


def _put(url: str, bodies: Sequence[str], delay: int = 0) -> None:
    """Raises NotQueued when SQS refuses some: all are to be put again."""
    for start in range(0, len(bodies), _ENTRIES):
        chunk = bodies[start : start + _ENTRIES]
        entries = [{"Id": str(place), "MessageBody": body, "DelaySeconds": delay} for place, body in enumerate(chunk)]
        answer = _queue_client().send_message_batch(QueueUrl=url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotQueued(f"{len(failed)} messages were not taken: {failed[0].get('Message', '')}")


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what most pushes and links do not need

    return boto3.client("sqs")
