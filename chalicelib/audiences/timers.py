"""The timers of people: one is judged again at the next instant at which something about it can change by itself. The subject is the
person's id.
"""

from typing import Final

from chalicelib.settings import settings
from chalicelib.timers.timers import Timers

RECHECKS: Final = Timers("recheck", queue=lambda: settings().rechecks_queue_url, machine=lambda: settings().recheck_timer_arn)


def forget() -> None:
    """Start cohorts anew at the next use."""
    RECHECKS.forget()
