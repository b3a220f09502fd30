"""What the API side tells the pusher: something took place that the platform reports, shows to a fan, or that time has passed."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Took(StrEnum):
    """The kind of a happening; `fields` of each are named here."""

    SENT = "sent"
    """A message for one person was taken on: `sent` (a Sent). Of templates, notices and mass messages too."""
    MASS = "mass"
    """A mass message was taken on: `job` (a MassJob)."""
    URL_SET = "url_set"
    """An account's callback address, token, key or mode was set and wants to be verified."""
    CLOCK_MOVED = "clock_moved"
    """The world's clock was advanced: `milliseconds`."""
    RESET = "reset"
    """Everything was forgotten."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Told after the transaction it happened in, outside of the lock, in the order of happening. `appid` is "" where there is none."""

    took: Took
    appid: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
