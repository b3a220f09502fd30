"""What documents of rules are made of: points, bands, values, stages, measures. Pydantic, so that a wrong one is refused with the place."""

from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, WrapValidator, model_validator
from pydantic import ValidatorFunctionWrapHandler as Handler

from chalicelib.audiences.conditions import Condition, Word
from chalicelib.audiences.matchers import Matcher, Path
from chalicelib.audiences.operands import Amount, Clause, Number, Optional, refuse
from chalicelib.durations import Duration
from chalicelib.zones import DEFAULT_TIMEZONE, zone

MAX_POINTS: Final = 1_000_000
POINT_DIGITS: Final = 6  # after the point, for points are counted in millionths


def _bounded(number: Number) -> Number:
    if abs(number) > MAX_POINTS:
        refuse((), "points_too_many", f"points are at most {MAX_POINTS}, plus or minus")
    exponent = Decimal(str(number)).normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -POINT_DIGITS:
        refuse((), "points_too_fine", f"points have at most {POINT_DIGITS} digits after the point")
    return number


def _some(number: Number) -> Number:
    if not number:
        refuse((), "points_missing", "a rule that adds 0 points changes nothing")
    return number


def _positive(number: Number) -> Number:
    if number <= 0:
        refuse((), "cap_invalid", "a day brings more than 0 points, or no cap")
    return number


def _fading(number: Number) -> Number:
    if not 0 <= number < 1:
        refuse((), "decay_invalid", "what is kept of points is 0 or more, and less than 1")
    return number


def _filled(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        refuse((), "list_expected", "must be a list that is not empty")
    return value


def _known_zone(value: str) -> str:
    try:
        zone(value)
    except ValueError as error:
        refuse((), "timezone_unknown", str(error))
    return value


Points = Annotated[Amount, AfterValidator(_bounded), Field(json_schema_extra={"minimum": -MAX_POINTS, "maximum": MAX_POINTS})]
Added = Annotated[Points, AfterValidator(_some)]
DayCap = Annotated[Points, AfterValidator(_positive)]
Kept = Annotated[Amount, AfterValidator(_fading), Field(json_schema_extra={"minimum": 0, "exclusiveMaximum": 1})]
TimeZone = Annotated[StrictStr, Field(max_length=64, description="IANA name, for where a day begins."), AfterValidator(_known_zone)]
FILLED: Final = BeforeValidator(_filled)


class Decay(Clause):
    """Points that fade: after every full `every` since the event they are multiplied by `keep`."""

    every: Duration
    keep: Kept


class EventRule(Matcher):
    """Points for each event of a name, or with `per` for each unit of a property's sum.

    With `within` or `decay` the newest 101 events count.
    """

    add: Added
    max_per_day: Optional[DayCap] = Field(default=None, description="The most points, plus or minus, that one day brings.")
    timezone: TimeZone = DEFAULT_TIMEZONE
    within: Optional[Duration] = Field(default=None, description="Only events of so long before now count.")
    decay: Optional[Decay] = None
    per: Optional[Path] = Field(default=None, description="Points are `add` times what this property sums up to.")

    @model_validator(mode="after")
    def _cap_counts_events(self) -> Self:
        if self.per is not None and self.max_per_day is not None:
            refuse(("max_per_day",), "cap_with_per", "a day's points can be capped only where each event brings the same; leave out per")
        return self


class ConditionRule(Clause):
    """Points for whoever a condition holds for, as long as it does."""

    condition: Condition = Field(alias="if")
    add: Added


def _rule(value: Any, _: Handler) -> Any:
    """One look tells which of the two it is, so that faults name the place and nothing else."""
    by_condition = isinstance(value, dict) and "if" in value
    return (ConditionRule if by_condition else EventRule).model_validate(value)


ScoreRule = Annotated[EventRule | ConditionRule, WrapValidator(_rule)]


class Band(Clause):
    """A band of a score: up to and including `upto`, above the band before. The last one has no end."""

    name: Word
    upto: Optional[Points] = None


class TagValue(Clause):
    """A value of a tag and who has it."""

    value: Word
    where: Condition


class Stage(Clause):
    """A stage of the life cycle and who is in it."""

    name: Word
    where: Condition


class Measure(Matcher):
    """A property of the newest 101 events of a name, or of those `within` a window before now. A sum without a window is of all events."""

    property: Path
    within: Optional[Duration] = None


class Tally(Matcher):
    """Events of a name, all of them or, `within` a window before now, at most 101."""

    within: Optional[Duration] = None


class Preceding(Matcher):
    """A property of the newest event before the newest event that `then` names."""

    property: Path
    then: Matcher
