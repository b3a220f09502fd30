"""The documents of rules: scores, tags, segments, the life cycle, derived attributes. Pydantic: a wrong one is refused with the places."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import ConfigDict, Field, StrictStr, model_validator

from chalicelib.audiences.conditions import MAX_CONDITIONS, Condition, conditions_in
from chalicelib.audiences.demands import Reference, references_of, references_of_events
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.matchers import Matcher
from chalicelib.audiences.operands import Clause, Optional, refuse, with_example
from chalicelib.audiences.parts import FILLED, Band, ConditionRule, EventRule, Measure, Preceding, ScoreRule, Stage, TagValue, Tally

MAX_RULES: Final = 100  # of one score
MAX_STEPS: Final = 50  # bands, values or stages of one document
MAX_QUESTIONS: Final = 500  # conditions of one journey

Placed = tuple[str, Condition]  # (path within the document, condition)
Title = Annotated[StrictStr, Field(max_length=200)]


class RuleDocument(Clause):
    """What all documents of rules have in common."""

    kind: ClassVar[RuleKind]
    most_conditions: ClassVar[int] = MAX_CONDITIONS

    title: Title = ""

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        met = 0
        for path, condition in self.conditions():
            met += sum(1 for _ in conditions_in(condition))
            if met > self.most_conditions:
                places = tuple(int(place) if place.isdecimal() else place for place in path.split("/"))
                refuse(places, "conditions_too_many", f"at most {self.most_conditions} conditions in a document; put some into a segment")
        return self

    def conditions(self) -> Iterator[Placed]:
        """Every condition in the document that is not part of another one, with its path."""
        yield from ()

    def matchers(self) -> Iterator[tuple[str, Matcher]]:
        """Every matcher of events outside of conditions, with its path."""
        yield from ()


class ScoreDocument(RuleDocument):
    """Points for what people do and are, and bands by points."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "活跃度",
                "rules": [
                    {"event": "MenuClicked", "add": 2, "max_per_day": 10},
                    {"event": "Unfollowed", "add": -40},
                    {"if": {"tag": "vip"}, "add": 50},
                ],
                "bands": [{"name": "low", "upto": 100}, {"name": "middle", "upto": 400}, {"name": "high"}],
            }
        )
    )
    kind = RuleKind.SCORES

    rules: Annotated[tuple[ScoreRule, ...], Field(max_length=MAX_RULES), FILLED]
    bands: Annotated[tuple[Band, ...], Field(max_length=MAX_STEPS)] = ()

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        _distinct("bands", "name", (band.name for band in self.bands))
        for place, band in enumerate(self.bands):
            last = place == len(self.bands) - 1
            if last != (band.upto is None):
                refuse(("bands", place, "upto"), "bands_incomplete", "every band but the last one needs upto, and the last has no end")
        ends = [band.upto for band in self.bands if band.upto is not None]
        for place, (one, two) in enumerate(pairwise(ends), start=1):
            if two <= one:
                refuse(("bands", place, "upto"), "bands_unordered", "bands go from low to high: upto must be above that of the band before")
        return self

    def conditions(self) -> Iterator[Placed]:
        """Those under `if`."""
        yield from ((f"rules/{place}/if", rule.condition) for place, rule in enumerate(self.rules) if isinstance(rule, ConditionRule))

    def matchers(self) -> Iterator[tuple[str, Matcher]]:
        """The rules that count events."""
        yield from ((f"rules/{place}", rule) for place, rule in enumerate(self.rules) if isinstance(rule, EventRule))


class TagDocument(RuleDocument):
    """A tag for whoever `where` holds for, or one with `values` from high to low: a person has the first that holds."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "会员等级",
                "values": [
                    {"value": "黄金", "where": {"attribute": "points", "gte": 5000}},
                    {"value": "普通", "where": {"attribute": "points", "exists": True}},
                ],
            }
        )
    )
    kind = RuleKind.TAGS

    where: Optional[Condition] = None
    values: Optional[Annotated[tuple[TagValue, ...], Field(max_length=MAX_STEPS), FILLED]] = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.where is None) == (self.values is None):
            refuse((), "where_or_values", "give either where or values")
        _distinct("values", "value", (one.value for one in self.values or ()))
        return self

    def conditions(self) -> Iterator[Placed]:
        """That of the tag, or those of its values."""
        if self.where is not None:
            yield "where", self.where
        yield from ((f"values/{place}/where", one.where) for place, one in enumerate(self.values or ()))


class SegmentDocument(RuleDocument):
    """Everybody for whom a condition holds."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "裙装爱好者",
                "where": {"event": "MenuClicked", "where": {"key": {"eq": "dress"}}, "count": {"gt": 5}, "within": "7d"},
            }
        )
    )
    kind = RuleKind.SEGMENTS

    where: Condition

    def conditions(self) -> Iterator[Placed]:
        """The only one."""
        yield "where", self.where


class LifecycleDocument(RuleDocument):
    """The life cycle: a person is in the first stage that holds."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "生命周期",
                "stages": [
                    {"name": "沉睡", "where": {"last_seen": {"before": "30d"}}},
                    {"name": "成交", "where": {"event": "OrderPaid"}},
                    {"name": "新客", "where": {"first_seen": {"within": "30d"}}},
                ],
            }
        )
    )
    kind = RuleKind.LIFECYCLE

    stages: Annotated[tuple[Stage, ...], Field(max_length=MAX_STEPS), FILLED]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        _distinct("stages", "name", (stage.name for stage in self.stages))
        return self

    def conditions(self) -> Iterator[Placed]:
        """Those of the stages."""
        yield from ((f"stages/{place}/where", stage.where) for place, stage in enumerate(self.stages))


class DerivedDocument(RuleDocument):
    """An attribute that is worked out of events: exactly one of the ways."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "偏好渠道",
                "most": {"event": "*", "property": "context.channel", "within": "90d"},
            }
        )
    )
    kind = RuleKind.DERIVED

    most: Optional[Measure] = Field(default=None, description="The value that is there most often; of several the one that was there last.")
    latest: Optional[Measure] = None
    first: Optional[Measure] = None
    count: Optional[Tally] = None
    sum: Optional[Measure] = None
    average: Optional[Measure] = None
    latest_before: Optional[Preceding] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(list(self.ways())) != 1:
            refuse((), "one_way_expected", f"give exactly one of {', '.join(WAYS)}")
        return self

    def ways(self) -> Iterator[tuple[str, Matcher]]:
        """The ways that are given; one, once the document has been checked."""
        yield from ((way, found) for way in WAYS if (found := getattr(self, way)) is not None)

    def matchers(self) -> Iterator[tuple[str, Matcher]]:
        """The way's own, and what `latest_before` looks back from."""
        yield from self.ways()
        if self.latest_before is not None:
            yield "latest_before/then", self.latest_before.then


class QuestionsDocument(RuleDocument):
    """Conditions that somebody asks of a person now and then, by where they stand in the document of whoever asks. They place nobody.

    `events` are those of rules that the same document looks out for: what they are about has to stay in force.
    """

    kind = RuleKind.QUESTIONS
    most_conditions = MAX_QUESTIONS

    questions: dict[str, Condition] = Field(default={})
    events: dict[str, Matcher] = Field(default={})

    def conditions(self) -> Iterator[Placed]:
        """All of them."""
        yield from self.questions.items()

    def matchers(self) -> Iterator[tuple[str, Matcher]]:
        """The events."""
        yield from self.events.items()


WAYS: Final = ("most", "latest", "first", "count", "sum", "average", "latest_before")
MODELS: Final[dict[RuleKind, type[RuleDocument]]] = {
    model.kind: model for model in (ScoreDocument, TagDocument, SegmentDocument, LifecycleDocument, DerivedDocument, QuestionsDocument)
}


def document_of(kind: str, document: Any) -> RuleDocument:
    """The document of a kind as its model. Raises pydantic's ValidationError."""
    return MODELS[RuleKind(kind)].model_validate(document)


def references_in(document: RuleDocument) -> list[Reference]:
    """Which definitions a document asks for, in its conditions and by the events that rules write."""
    asked = [one for path, condition in document.conditions() for one in references_of(condition, path)]
    return asked + [one for path, matcher in document.matchers() for one in references_of_events(matcher, path)]


def _distinct(places: str, field: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            refuse((places, place, field), "name_repeated", f"{name} is there twice; the first match would always win")
        seen.add(name)
