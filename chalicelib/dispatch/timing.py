"""The timers of messages; they ring in the queue `dues`."""

from typing import Final

from chalicelib.settings import settings
from chalicelib.timers.model import Due
from chalicelib.timers.timers import Timers

_MESSAGE: Final = "m#"

TIMERS: Final = Timers("message", queue=lambda: settings().dues_queue_url, machine=lambda: settings().message_timer_arn)


def message_due(message_id: str, at: int) -> Due:
    """A message is looked at again at `at` (ms): whatever is due about it then."""
    return Due(f"{_MESSAGE}{message_id}", at)


def message_of(subject: str) -> str | None:
    """The id of the message that a subject is; None for others."""
    return subject.removeprefix(_MESSAGE) if subject.startswith(_MESSAGE) else None


def forget() -> None:
    """Start cohorts anew at the next use."""
    TIMERS.forget()
