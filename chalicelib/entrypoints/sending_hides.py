"""Messages that stay in their queue, out of sight until they are due.

The queue counts how often it hands a message over, waiting or not, and gives those up that it has handed over a thousand times. So a
message that has come very often is put in anew, which counts from one again, and the old one is let go. Whoever dies in between leaves two
of them: each asks the ledger first, and one finds nothing to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.messages.templates.model import ChannelName
from chalicelib.settings import settings
from chalicelib.telemetry import logger

LONGEST_SECONDS: Final = 15 * 60  # SQS could for 12 hours; but broadcasts are cancelled, messages expire, accounts are opened by hand
SHORTEST_SECONDS: Final = 1
ANEW_AFTER: Final = 500  # receives; half of those after which the queue gives up
_ENTRIES: Final = 10  # of one call of SQS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """A message of the queue is due again at `until` (epoch ms). `body` is another text for it, "" to leave it as it is; `counted`: it is a
    fault that it waits for, and the queue is to give up some day.
    """

    until: int
    body: str = ""
    counted: bool = False


def seconds_of(until: int, now: int) -> int:
    """For how long a message is hidden that is due at `until` (both epoch ms). One that is due much later is looked at in between."""
    return min(max(-((now - until) // 1000), SHORTEST_SECONDS), LONGEST_SECONDS)


def receives(record: Mapping[str, Any]) -> int:
    """How often the queue has handed a message over; one that was handed in by hand says nothing, and comes for the first time."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def put_off(channel: ChannelName, waits: Sequence[tuple[Json, Wait]], now: int) -> list[Json]:
    """Lets each come again at its time. Returns those that stay in the queue; the others were put in anew and are to be taken off."""
    url = settings().send_queue(channel.value)
    anew = [(record, wait) for record, wait in waits if wait.body or (receives(record) >= ANEW_AFTER and not wait.counted)]
    gone = _put_anew(url, anew, now)
    stay = [(record, wait) for record, wait in waits if record["messageId"] not in gone]
    _hide(url, stay, now)
    return [record for record, _ in stay]


def _put_anew(url: str, waits: Sequence[tuple[Json, Wait]], now: int) -> set[str]:
    """The ids of those of which the queue has another one now. One that it does not take stays as it is."""
    gone: set[str] = set()
    for chunk in _chunks(waits):
        entries = [
            {"Id": str(place), "MessageBody": wait.body or record["body"], "DelaySeconds": seconds_of(wait.until, now)}
            for place, (record, wait) in enumerate(chunk)
        ]
        answer = _queue_client().send_message_batch(QueueUrl=url, Entries=entries)
        gone |= {chunk[int(one["Id"])][0]["messageId"] for one in answer.get("Successful", ())}
        _tell(url, "messages could not be put in anew", answer)
    return gone


def _hide(url: str, waits: Sequence[tuple[Json, Wait]], now: int) -> None:
    """Hides each for its seconds. One that cannot be hidden comes again as SQS sees fit; so does one that was handed in by hand."""
    for chunk in _chunks([(record, wait) for record, wait in waits if record.get("receiptHandle")]):
        entries = [
            {"Id": str(place), "ReceiptHandle": record["receiptHandle"], "VisibilityTimeout": seconds_of(wait.until, now)}
            for place, (record, wait) in enumerate(chunk)
        ]
        _tell(url, "messages could not be hidden", _queue_client().change_message_visibility_batch(QueueUrl=url, Entries=entries))


def _chunks(waits: Sequence[tuple[Json, Wait]]) -> list[Sequence[tuple[Json, Wait]]]:
    return [waits[start : start + _ENTRIES] for start in range(0, len(waits), _ENTRIES)]


def _tell(url: str, what: str, answer: Mapping[str, Any]) -> None:
    if failed := answer.get("Failed"):
        logger.warning(what, queue=url.rpartition("/")[2], count=len(failed), reason=failed[0].get("Message", ""))


@cache
def _queue_client() -> Any:
    import boto3

    return boto3.client("sqs")
