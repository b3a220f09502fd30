"""The dead letters: input that a stream lambda can never use, kept with the reason until somebody has mended the cause and replays it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from chalicelib.settings import settings

MAX_ENTRIES: Final = 10  # of one SendMessageBatch
MAX_REASON: Final = 1000  # characters


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be done: the lambda, the key of the item that it was to work on, and why not."""

    function: str
    pk: str
    sk: str
    reason: str


def bury(letters: Sequence[DeadLetter]) -> None:
    """Sends the letters to the dead-letters queue. Raises RuntimeError when SQS keeps refusing one: the input must not be dropped."""
    for start in range(0, len(letters), MAX_ENTRIES):
        chunk = letters[start : start + MAX_ENTRIES]
        entries = [{"Id": str(place), "MessageBody": _body(letter)} for place, letter in enumerate(chunk)]
        answer = _queue().send_message_batch(QueueUrl=settings().dead_letters_url, Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"{len(answer['Failed'])} dead letters were not taken: {answer['Failed'][0].get('Message', '')}")


def _body(letter: DeadLetter) -> str:
    return json.dumps({**asdict(letter), "reason": letter.reason[:MAX_REASON]}, ensure_ascii=False)


@cache
def _queue() -> Any:
    import boto3  # 20 ms of a cold start, for what is hardly ever needed

    return boto3.client("sqs")
