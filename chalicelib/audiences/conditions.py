"""The language of conditions: what may be asked of one person. Pydantic, so that a wrong document is refused with the place of each fault.

    {"all": [{"event": "MenuClicked", "where": {"key": "dress"}, "count": {"gt": 5}, "within": "7d"}, {"not": {"tag": "vip"}}]}

Each shape is one model, and the key that only it has tells it. Nothing is filled in: what comes out is what the author wrote.
docs/conditions.md says what each of them means.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from typing_extensions import TypeAliasType

from chalicelib.audiences.matchers import MAX_PATH, Matcher, Path
from chalicelib.audiences.operands import (
    MAX_THRESHOLD,
    Clause,
    Comparisons,
    CountTest,
    Operands,
    Optional,
    Truth,
    exactly_one,
    refuse,
)
from chalicelib.definitions.model import NAME_PATTERN
from chalicelib.durations import Duration
from chalicelib.identifiers import NAMESPACE_PATTERN
from chalicelib.signals.comparing import Operator
from chalicelib.signals.model import MAX_COUNT

MAX_DEPTH: Final = 8  # of nested conditions
MAX_CONDITIONS: Final = 100  # of one condition with all those in it
MIN_STEPS: Final = 2  # of a sequence
MAX_STEPS: Final = 8


def _namespace(value: str) -> str:
    if not NAMESPACE_PATTERN.fullmatch(value):
        refuse((), "namespace_invalid", "a namespace is lower case letters, digits or _, optionally followed by :ACCOUNT")
    return value


def _several(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not MIN_STEPS <= len(value) <= MAX_STEPS:
        refuse((), "sequence_invalid", f"must be a list of {MIN_STEPS} to {MAX_STEPS} steps")
    return value


def _filled(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        refuse((), "list_expected", "must be a list that is not empty")
    return value


Name = Annotated[StrictStr, Field(pattern=f"^{NAME_PATTERN.pattern}$", description="The name of a definition.")]
Word = Annotated[StrictStr, Field(min_length=1, max_length=64)]
StepCount = Annotated[StrictInt, Field(ge=1, le=MAX_COUNT)]


class All(Clause):
    """Every condition holds."""

    all_: "Conditions" = Field(alias="all")


class AnyOf(Clause):
    """At least one condition holds."""

    any_: "Conditions" = Field(alias="any")


class Not(Clause):
    """The condition does not hold."""

    not_: "Condition" = Field(alias="not")


def _count(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, dict):
        return CountTest.model_validate(value)
    if not (isinstance(value, CountTest) or (isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_THRESHOLD)):
        refuse((), "count_invalid", "must be a whole number (at least so many), or an object of eq, ne, gt, gte, lt, lte")
    return value


class EventCount(Matcher):
    """The event happened so many times: at least once if there is no `count`."""

    within: Optional[Duration] = None
    count: Optional[Annotated[CountTest | Annotated[int, Field(ge=1)], WrapValidator(_count)]] = Field(
        default=None, description=f"At least so many, or a test. Within a window up to {MAX_COUNT}."
    )

    @property
    def thresholds(self) -> tuple[tuple[Operator, int], ...]:
        """What the count must be, by operator."""
        if isinstance(self.count, CountTest):
            return self.count.operations()
        return ((Operator.GTE, 1 if self.count is None else self.count),)

    @model_validator(mode="after")
    def _countable(self) -> Self:
        for operator, number in self.thresholds if self.within else ():
            if number > MAX_COUNT + (operator is Operator.LT):
                place = ("count", operator.value) if isinstance(self.count, CountTest) else ("count",)
                refuse(
                    place, "count_too_large", f"within a window at most {MAX_COUNT} events are counted; without a window there is no limit"
                )
        return self


class EventSum(Matcher, Comparisons):
    """The numbers that a property had in the events add up to so much; within a window, those of the newest 101 events."""

    sum: Path
    within: Optional[Duration] = None

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.operations():
            refuse((), "operator_missing", "say what the sum must be: eq, ne, gt, gte, lt or lte")
        return self


class Step(Matcher):
    """A step of a sequence: the event, or its n-th time after the step before."""

    count: Optional[StepCount] = None


class Sequence(Clause):
    """The events happened one after the other, each later than the one before, among the newest 101 of each."""

    # Checked before its steps are: else a faulty step would be told as a step too few as well.
    sequence: Annotated[
        tuple[Step, ...], BeforeValidator(_several), Field(json_schema_extra={"minItems": MIN_STEPS, "maxItems": MAX_STEPS})
    ]
    within: Optional[Duration] = Field(default=None, description="The longest time from the first step to the last.")
    last: Optional[Duration] = Field(default=None, description="Only events of this window before now count.")


class AttributeTest(Operands):
    """An attribute of the person, or a derived one, is as asked. Paths lead into objects: `$first_touch.campaign.source`."""

    attribute: Annotated[StrictStr, Field(min_length=1, max_length=MAX_PATH)]


class By(StrEnum):
    """Who gave a tag."""

    RULE = "rule"
    MANUAL = "manual"


class TagTest(Clause):
    """The person has the tag; with `eq`, in that value."""

    tag: Word
    eq: Optional[Word] = None
    by: Optional[By] = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.eq is not None and self.by is By.MANUAL:
            refuse(("eq",), "tag_value_manual", "a tag given by hand has no value")
        return self


class ScoreTest(Comparisons):
    """A score is as asked, or in a band."""

    score: Name
    band: Optional[Word] = None

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if bool(self.operations()) is (self.band is not None):
            refuse((), "operator_missing", "say either what the score must be (eq, ne, gt, gte, lt, lte) or its band")
        return self


class SegmentTest(Clause):
    """The person is in the segment."""

    segment: Name


class LifecycleTest(Clause):
    """The person is at the stage."""

    lifecycle: Word


class Seen(Clause):
    """A time lies within the window before now, or before that window."""

    model_config = ConfigDict(json_schema_extra=exactly_one)

    before: Optional[Duration] = None
    within: Optional[Duration] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.before is None) is (self.within is None):
            refuse((), "operator_missing", "say either before or within")
        return self


class SeenTest(Clause):
    """The person was seen last, or first, before or within a window."""

    model_config = ConfigDict(json_schema_extra=exactly_one)

    last_seen: Optional[Seen] = None
    first_seen: Optional[Seen] = None

    @property
    def which(self) -> Literal["last_seen", "first_seen"]:
        """Which of the two times is asked for."""
        return "last_seen" if self.first_seen is None else "first_seen"

    @property
    def seen(self) -> Seen:
        """What is asked of it."""
        return self.last_seen or self.first_seen or Seen()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.last_seen and self.first_seen:
            refuse(("first_seen",), "condition_unclear", "last_seen and first_seen are two conditions; join them with all or any")
        return self


class IdentifierTest(Clause):
    """The person has an identifier of the namespace, or has none. `openid` is any account's, `openid:wx0a1b` that account's."""

    identifier: Annotated[StrictStr, AfterValidator(_namespace)]
    exists: Truth


class Channel(StrEnum):
    """Ways to reach a person."""

    SMS = "sms"
    PUSH = "push"
    EMAIL = "email"
    TEMPLATE = "template"
    CUSTOMER_SERVICE = "customer_service"
    SUBSCRIBE = "subscribe"
    MASS = "mass"


class ReachableTest(Clause):
    """The person can be reached that way."""

    reachable: Channel


Node = (
    All | AnyOf | Not | EventCount | EventSum | Sequence | AttributeTest | TagTest | ScoreTest | SegmentTest | LifecycleTest
    | SeenTest | IdentifierTest | ReachableTest
)  # fmt: skip
_SHAPES: Final[dict[str, type[Node]]] = {
    "all": All,
    "any": AnyOf,
    "not": Not,
    "sum": EventSum,  # before event, which it has too
    "event": EventCount,
    "sequence": Sequence,
    "attribute": AttributeTest,
    "tag": TagTest,
    "score": ScoreTest,
    "segment": SegmentTest,
    "lifecycle": LifecycleTest,
    "last_seen": SeenTest,
    "first_seen": SeenTest,
    "identifier": IdentifierTest,
    "reachable": ReachableTest,
}
_NOT_A_SHAPE: Final = f"a condition is an object with one of {', '.join(key for key in _SHAPES if key != 'sum')}"


@dataclass(slots=True)
class _Walk:
    """How deep the condition at hand lies, and how many there have been in the outermost one."""

    depth: int = 1
    met: list[None] = field(default_factory=list)


def _by_shape(value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    if isinstance(value, Node):
        return value
    model = next((model for key, model in _SHAPES.items() if key in value), None) if isinstance(value, dict) else None
    if model is None:
        refuse((), "condition_unknown", _NOT_A_SHAPE)
    walk = info.context if isinstance(info.context, _Walk) else _Walk()
    walk.met.append(None)
    if len(walk.met) > MAX_CONDITIONS:
        refuse((), "conditions_too_many", f"at most {MAX_CONDITIONS} conditions; put some into a segment or tag of their own")
    if walk.depth > MAX_DEPTH:
        refuse((), "condition_too_deep", f"conditions are nested {MAX_DEPTH} deep at most; put some into a segment of their own")
    return model.model_validate(value, context=_Walk(walk.depth + 1, walk.met))


Condition = TypeAliasType("Condition", Annotated[Node, WrapValidator(_by_shape)])
Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_filled), Field(json_schema_extra={"minItems": 1})]


def inner(condition: Node) -> tuple[tuple[str, Node], ...]:
    """The conditions that one is made of, with their paths in it."""
    match condition:
        case All():
            return tuple((f"all/{place}", one) for place, one in enumerate(condition.all_))
        case AnyOf():
            return tuple((f"any/{place}", one) for place, one in enumerate(condition.any_))
        case Not():
            return (("not", condition.not_),)
    return ()


def placed(condition: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """A condition and all those in it, with their paths in the document, outer ones first."""
    yield path, condition
    for place, one in inner(condition):
        yield from placed(one, f"{path}/{place}" if path else place)


def conditions_in(condition: Node) -> Iterator[Node]:
    """A condition and all those in it."""
    return (one for _, one in placed(condition))
