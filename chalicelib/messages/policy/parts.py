"""What a contact policy's document is made of, and what each part comes to for decisions. Pure."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StrictInt, StrictStr, model_validator

from chalicelib.audiences.operands import Clause, Optional, refuse
from chalicelib.durations import Duration, duration_ms
from chalicelib.messages.policy.caps import MAX_LIMIT, Cap
from chalicelib.messages.policy.hours import EVERY_DAY, MINUTES_OF_DAY, Hours
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import Holdout, Interaction, MassQuota, QuietHours
from chalicelib.messages.policy.sends import DAY_MS, MAX_WITHIN_MS
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.pace import Pace
from chalicelib.zones import DEFAULT_TIMEZONE, zone

MASS_LIMIT: Final = 4  # of the platform, for each fan and month
MAX_SHARE: Final = 0.5  # of people who are told nothing
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00)", re.ASCII)
_MINUTES_OF_HOUR: Final = 60
_PERIODS: Final = frozenset(one.value for one in Period)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _minutes(text: str) -> int:
    """Minutes since midnight. Raises ValueError."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError("a time of the day is written 09:00; the end of the day is 24:00")
    hour, minute = (int(part) for part in found.groups() if part is not None)
    return hour * _MINUTES_OF_HOUR + minute


def _time_of_day(text: str) -> str:
    try:
        _minutes(text)
    except ValueError as error:
        refuse((), "time_invalid", str(error))
    return text


def _known_zone(name: str) -> str:
    try:
        zone(name)
    except ValueError as error:
        refuse((), "timezone_unknown", str(error))
    return name


def _within(text: str) -> str:
    if text in _PERIODS:
        return text
    try:
        length = duration_ms(text)
    except ValueError:
        refuse((), "within_invalid", "must be day, week, month, or a duration such as 24h or 7d")
    if length > MAX_WITHIN_MS:
        refuse((), "within_too_long", f"a cap looks back {MAX_WITHIN_MS // DAY_MS}d at most")
    return text


TimeOfDay = Annotated[StrictStr, Field(examples=["22:00"]), AfterValidator(_time_of_day)]
Zone = Annotated[StrictStr, Field(description="An IANA name.", examples=[DEFAULT_TIMEZONE]), AfterValidator(_known_zone)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Categories = Annotated[tuple[Category, ...], Field(min_length=1)]
SplitName = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class SpanClause(Clause):
    """Hours of the day, over midnight when `to` is before `from`."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay

    @model_validator(mode="after")
    def _some(self) -> Self:
        if _minutes(self.from_) in (_minutes(self.to), MINUTES_OF_DAY):
            refuse(("from",), "hours_empty", "hours that end when they begin are none; a whole day is from 00:00 to 24:00")
        return self

    def span(self, days: frozenset[int] = EVERY_DAY) -> Hours:
        """As decisions use it."""
        return Hours(_minutes(self.from_), _minutes(self.to), days)


class Exceptions(Clause):
    """What quiet hours are not for."""

    categories: Annotated[tuple[Category, ...], Field(description="Only transactional where it is left out.")] = (Category.TRANSACTIONAL,)
    channels: Annotated[tuple[ChannelName, ...], Field(description="popup and webhook where it is left out.")] = (
        ChannelName.POPUP,
        ChannelName.WEBHOOK,
    )


class QuietHoursClause(SpanClause):
    """Hours in which nobody is told anything."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, description="On which they begin; every day where it is left out.")] = _DAYS
    action: Literal["wait", "drop"] = "wait"
    except_: Optional[Exceptions] = Field(default=None, alias="except")

    def quiet(self) -> QuietHours:
        """As decisions use it."""
        span = self.span(frozenset(map(_DAYS.index, self.days)))
        free = self.except_ or Exceptions()
        return QuietHours(span, self.action == "drop", frozenset(free.categories), frozenset(free.channels))


class SmsHoursClause(SpanClause):
    """The only hours in which advertising goes out by SMS."""

    timezone: Zone = DEFAULT_TIMEZONE


class CapClause(Clause):
    """At most so many messages to one person, whatever sends them."""

    category: Optional[Category] = Field(default=None, description="Marketing and service together where it is left out.")
    channel: Optional[ChannelName] = None
    limit: Annotated[StrictInt, Field(ge=1, le=MAX_LIMIT)]
    within: Annotated[
        StrictStr,
        Field(description="day, week or month of the calendar, or a time before now such as 24h; 90d at most.", examples=["7d"]),
        AfterValidator(_within),
    ]
    action: Literal["drop", "wait"] = "drop"

    def cap(self, name: str, pace: Pace) -> Cap:
        """As decisions use it; what a period of the calendar comes to, they work out themselves."""
        within = Period(self.within) if self.within in _PERIODS else pace.span(duration_ms(self.within))
        return Cap(name, self.limit, within, self.category, self.channel, self.action == "wait")


class HoldoutClause(Clause):
    """A share of all people who are told nothing of the categories. Another salt chooses other people."""

    share: Annotated[float, Field(strict=True, gt=0, le=MAX_SHARE)]
    salt: Annotated[StrictStr, Field(min_length=1, max_length=64)]
    categories: Categories = (Category.MARKETING,)

    def holdout(self) -> Holdout:
        """As decisions use it."""
        return Holdout(self.share, self.salt, frozenset(self.categories))


class InteractionClause(Clause):
    """Template messages only to who did something in the account lately."""

    within: Duration
    categories: Categories = tuple(Category)

    def interaction(self, pace: Pace) -> Interaction:
        """As decisions use it."""
        return Interaction(pace.span(duration_ms(self.within)), frozenset(self.categories))


class MassQuotaClause(Clause):
    """How many mass messages an account sends a fan in a month, and how many of them are kept for which kind."""

    limit: Annotated[StrictInt, Field(ge=1, le=MASS_LIMIT)] = MASS_LIMIT
    split: Annotated[dict[SplitName, Annotated[StrictInt, Field(ge=0)]], Field(max_length=MASS_LIMIT)] = Field(
        default={}, description="Places a month for each kind of message; what is left is for messages of no kind, or of another."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(self.split.values()) > self.limit:
            refuse(("split",), "split_too_large", f"all kinds together have {self.limit} places a month")
        return self

    def quota(self) -> MassQuota:
        """As decisions use it."""
        return MassQuota(self.limit, self.split)
