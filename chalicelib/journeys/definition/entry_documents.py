"""The `entry` of a journey: who comes in, when, and how often. Pydantic: a wrong one is refused with the place.

{"event": "OrderSubmitted", "key": "properties.order_id", "segment": "followers", "re_entry": {"limit": 1, "within": "7d"}}
"""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, model_validator

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.matchers import MAX_PATH, Matcher, Path
from chalicelib.audiences.operands import Clause, Optional, refuse
from chalicelib.audiences.parts import TimeZone
from chalicelib.durations import Duration
from chalicelib.events.reserved import Told
from chalicelib.journeys.definition.event_documents import Happening, Turn, by_shape, named_or_refused
from chalicelib.journeys.definition.rank_documents import RankClause
from chalicelib.journeys.definition.time_documents import ATTRIBUTES, Offset, TimeOfDay
from chalicelib.journeys.engine import crons
from chalicelib.journeys.engine.chart import Policy
from chalicelib.signals.model import ANY_EVENT
from chalicelib.zones import DEFAULT_TIMEZONE

MAX_ENTRIES: Final = 100  # of one person within a window
MAX_CAP: Final = 100_000_000
_ENDLESS: Final = frozenset(Told) - {Told.MESSAGE_CLICKED}


def _cron(text: str) -> str:
    try:
        crons.checked(text)
    except ValueError as error:
        refuse((), "cron_invalid", str(error))
    return text


def _attribute(path: str) -> str:
    if path.startswith(ATTRIBUTES):
        refuse((), "attribute_invalid", f"the date is an attribute of the person, as it is called: {path.removeprefix(ATTRIBUTES)}")
    return path


Cron = Annotated[
    StrictStr,
    Field(
        max_length=100,
        description="Minute, hour, day of the month, month, day of the week, year, as AWS writes schedules; the year may be left out. "
        "Five fields without a `?` are cron's own.",
        examples=["0 9 ? * MON *"],
    ),
    AfterValidator(_cron),
]


class ReEntryClause(Clause):
    """Whether somebody may come in again, and how often at most."""

    policy: Policy = Field(
        default=Policy.AFTER_EXIT,
        description="`never`: once for each key, of the newest 200. `always`: also while inside. "
        "`after_exit`: once the run of the same key is over.",
    )
    limit: Optional[Annotated[StrictInt, Field(ge=1, le=MAX_ENTRIES)]] = Field(
        default=None, description="At most so many entries of a person, of all keys together, `within` a window that slides."
    )
    within: Optional[Duration] = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.limit is None) is not (self.within is None):
            missing = "limit" if self.limit is None else "within"
            refuse((missing,), "limit_incomplete", "a limit is so many entries within so long: give limit and within")
        return self


class CapClause(Clause):
    """At most so many entries of everybody together, in windows that follow one another; days begin at midnight in China. Without `within`,
    ever. With `then_not`, whoever comes in then takes a place, not who waits.
    """

    entries: Annotated[StrictInt, Field(ge=1, le=MAX_CAP)]
    within: Optional[Duration] = None


class NotThenClause(Happening):
    """What must not happen within so long after the event: who does it does not come in."""

    within: Duration


class EntryClause(Clause):
    """What all entries have."""

    segment: Optional[Name] = Field(default=None, description="Only who is in it at that moment.")
    re_entry: Optional[ReEntryClause] = None
    cap: Optional[CapClause] = None


class EventEntry(Matcher, EntryClause):
    """Whoever an event happens to."""

    key: Optional[Path] = Field(
        default=None, description="What tells runs of a person apart, as the number of an order. Else there is one."
    )
    then_not: Optional[NotThenClause] = Field(default=None, description="Come in so long after the event, unless this happens first.")

    @model_validator(mode="after")
    def _may_begin(self) -> Self:
        if self.event == ANY_EVENT:
            refuse(("event",), "event_forbidden", "name the event: nobody wants to begin with everything")
        if self.event in _ENDLESS:
            refuse(("event",), "event_forbidden", "a journey that begins with what became of a message would have no end")
        named_or_refused(self)
        return self


class SegmentEntry(EntryClause):
    """Whoever enters a segment, or leaves it."""

    segment: Name
    on: Turn = Turn.ENTER


class CronEntry(EntryClause):
    """Everybody in a segment, whenever the calendar says so."""

    cron: Cron
    timezone: TimeZone = DEFAULT_TIMEZONE
    segment: Name
    rank: Optional[RankClause] = Field(
        default=None, description="Everybody is counted before the first one comes in, and knows their rank."
    )


class DateEntry(EntryClause):
    """Everybody on a date that they have, as a birthday, or so long before or after it."""

    attribute_date: Annotated[StrictStr, Field(min_length=1, max_length=MAX_PATH, examples=["birthday"]), AfterValidator(_attribute)]
    offset: Optional[Offset] = None
    at: TimeOfDay
    timezone: TimeZone = DEFAULT_TIMEZONE
    yearly: StrictBool = Field(default=True, description="Every year on that day, or once on that very date.")


class ApiEntry(EntryClause):
    """Whoever is named to `POST /v1/journeys/{name}/entries`, or sent on by another journey."""

    api: Literal[True]
    key: Optional[Literal["key"]] = Field(default=None, description="Runs of a person are told apart by the key that the caller gives.")


Entry = Annotated[
    EventEntry | SegmentEntry | CronEntry | DateEntry | ApiEntry,
    by_shape(
        {"event": EventEntry, "cron": CronEntry, "attribute_date": DateEntry, "api": ApiEntry, "segment": SegmentEntry},
        "an entry",
    ),
]
