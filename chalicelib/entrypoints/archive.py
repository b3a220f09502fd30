"""The archive lambda: events from the stream go to the lake."""

from collections.abc import Mapping, Sequence
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import again
from chalicelib.events.archive import Line, deliver, line
from chalicelib.events.store import from_image
from chalicelib.telemetry import count_refusals, observed

FUNCTION: Final = "archive"
UNREADABLE_CODE: Final = "archive_unreadable"
_UNREADABLE: Final = (KeyError, TypeError, ValueError)  # what unpacking raises on an item that no version of the code has written


@observed(FUNCTION)
def archive(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda passes it
    """Takes a batch of the events table's stream; answers with the records to deliver again (`batchItemFailures`).

    Lambda starts again at the first of them, so that what follows it may reach the lake twice. What can never be read goes to the
    dead letters.
    """
    lines: list[Line] = []
    letters: list[DeadLetter] = []
    for record in event["Records"]:
        if record["eventName"] == "INSERT":  # a resend inserts nothing; an expiry says nothing new
            change = record["dynamodb"]
            try:
                lines.append(_line(change))
            except _UNREADABLE as error:
                letters.append(_letter(change, error))
    failed = deliver(lines)
    _report(letters)
    return again(failed)


def _line(change: Mapping[str, Any]) -> Line:
    received_at = int((float(change["ApproximateCreationDateTime"]) or time()) * 1000)  # 0: replayed, and no longer known
    return Line(str(change["SequenceNumber"]), line(from_image(change["NewImage"]), received_at))


def _letter(change: Mapping[str, Any], error: Exception) -> DeadLetter:
    keys = change["Keys"]
    return DeadLetter(FUNCTION, keys["pk"]["S"], keys["sk"]["S"], f"{type(error).__name__}: {error}")


def _report(letters: Sequence[DeadLetter]) -> None:
    if letters:
        bury(letters)
        count_refusals([UNREADABLE_CODE] * len(letters))
