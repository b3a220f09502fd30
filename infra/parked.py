"""Messages that a queue's lambda failed at as often as it may: counted, and put back into their queue once the cause is mended.

That is five times, in the queues of channels a thousand. They lie in the queue's own `…-dlq` for 14 days. `infra.dead_letters` shows and
replays them together with the letters of stream lambdas.
"""

from collections.abc import Iterator
from typing import Any, Final

from infra.mappings import QUEUES
from infra.stage import Stage

_HELD: Final = 60  # seconds that a message stays out of sight while it is put back
_PAGES: Final = 1000  # of ten messages


def parked(stage: Stage) -> dict[str, int]:
    """How many messages lie in each queue's dead letters, about, by the queue's short name; only where there are some."""
    queues = stage.client("sqs")
    counts = {one.queue: _count(queues, _url(stage, f"{one.queue}-dlq")) for one in QUEUES}
    return {queue: count for queue, count in counts.items() if count}


def put_back(stage: Stage) -> dict[str, int]:
    """Moves every message that lies there now back to its queue; returns how many, by the queue's short name.

    A message is in its queue before it leaves the dead letters: dying in between leaves it in both, and its lambda may be given it twice.
    """
    moved = {one.queue: _move(stage.client("sqs"), _url(stage, f"{one.queue}-dlq"), _url(stage, one.queue)) for one in QUEUES}
    return {queue: count for queue, count in moved.items() if count}


def _move(queues: Any, source: str, target: str) -> int:
    count = 0
    for message in _messages(queues, source):
        queues.send_message(QueueUrl=target, MessageBody=message["Body"])
        queues.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        count += 1
    return count


def _messages(queues: Any, url: str) -> Iterator[dict[str, Any]]:
    for _ in range(_PAGES):
        found = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_HELD).get("Messages", [])
        if not found:
            return
        yield from found


def _count(queues: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(queues.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def _url(stage: Stage, name: str) -> str:
    url: str = stage.client("sqs").get_queue_url(QueueName=f"{stage.place.prefix}-{name}")["QueueUrl"]
    return url
