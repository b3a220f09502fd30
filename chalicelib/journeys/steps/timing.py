"""The timers of journeys; they ring in the queue `journey-dues`. One execution sleeps for all journeys' stays that end in one minute.

TIMERS.arm([look_at("p_1a2b", "coupon", at)], now)
about("p#coupon#p_1a2b")                            # About(Kind.PERSON, "coupon", "p_1a2b")
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.settings import settings
from chalicelib.timers.model import Due
from chalicelib.timers.timers import Timers

TIMERS: Final = Timers("journey", queue=lambda: settings().journey_dues_queue_url, machine=lambda: settings().journey_timer_arn)
_BETWEEN: Final = "#"


class Kind(StrEnum):
    """What a timer is about. The values are stored: they never change their meaning."""

    PERSON = "p"  # an enrolment is to be looked at
    CRON = "c"  # a journey's schedule lets people in
    DATE = "d"  # a person's date lets them in


@dataclass(frozen=True, slots=True)
class About:
    """What a timer is about; `person` is "" for schedules."""

    kind: Kind
    journey: str
    person: str = ""

    @property
    def subject(self) -> str:
        """What the timer is called by."""
        return _BETWEEN.join((self.kind.value, self.journey, *((self.person,) if self.person else ())))


def look_at(person: str, journey: str, at: int) -> Due:
    """The runs of a person in a journey are looked at again at `at` (ms): whatever is due in them then."""
    return Due(About(Kind.PERSON, journey, person).subject, at)


def cron_of(journey: str, at: int) -> Due:
    """A journey lets in whom its schedule names at `at` (ms)."""
    return Due(About(Kind.CRON, journey).subject, at)


def date_of(person: str, journey: str, at: int) -> Due:
    """A journey lets a person in at `at` (ms), if their date still says so."""
    return Due(About(Kind.DATE, journey, person).subject, at)


def about(subject: str) -> About:
    """What a subject is. Raises ValueError for none of ours."""
    kind, journey, person = (*subject.split(_BETWEEN, 2), "", "")[:3]
    found = About(Kind(kind), journey, person)
    if not journey or bool(person) is (found.kind is Kind.CRON):
        raise ValueError(f"nobody knows what {subject} is")
    return found


def forget() -> None:
    """Start cohorts anew at the next use."""
    TIMERS.forget()
