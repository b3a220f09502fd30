"""What a journey looks out for, as documents write it: events, and segments entered or left. Pydantic, so faults come with their places.

{"event": "OrderPaid", "where": {"amount": {"gt": 0}}, "match": {"properties.order_id": "entry.properties.order_id"}}
{"segment": "vip", "on": "enter"}
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StrictStr, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.matchers import MAX_PATH, Matcher, Path
from chalicelib.audiences.operands import Clause, plain, refuse
from chalicelib.events.reserved import Journeyed
from chalicelib.journeys.engine.scope import ENTRY_TIME
from chalicelib.signals.comparing import Operator
from chalicelib.signals.model import ANY_EVENT

MAX_MATCHES: Final = 5  # of one event
PROPERTIES: Final = "entry.properties."
SENDS: Final = "sends."
ENTRY_KEY: Final = "entry.key"
ABOUT: Final = "journey"  # the property that names the journey in events of journeys
_OF_ENTRY: Final = frozenset({ENTRY_KEY, ENTRY_TIME, "entry.name"})
_OF_JOURNEYS: Final = frozenset(Journeyed) - {Journeyed.POINTS_GIVEN}


class Turn(StrEnum):
    """Which way somebody went through a segment's border."""

    ENTER = "enter"
    LEAVE = "leave"


def journeys_named(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Which journeys an event that journeys write is to be about; () for other events."""
    if document.get("event") not in _OF_JOURNEYS:
        return ()
    asked = document.get("where", {}).get(ABOUT, {})
    operands = asked if isinstance(asked, Mapping) else {Operator.EQ: asked}
    return tuple(one for one in (operands.get(Operator.EQ), *operands.get(Operator.IN, ())) if isinstance(one, str))


def named_or_refused(one: Matcher) -> None:
    """Refuses events of journeys that do not say of which: a journey would hear of itself."""
    if one.event in _OF_JOURNEYS and not journeys_named({"event": one.event, "where": plain(one.where)}):
        refuse(("where",), "derived_event_unnamed", f"say which one is meant: {{{ABOUT!r}: {{'eq': NAME}}}} or {{'in': [...]}}")


def known(path: str) -> str:
    """Takes what a run can know: of its entry, and of the messages that it sent."""
    if path not in _OF_ENTRY and not _named(path, PROPERTIES) and not _named(path, SENDS):
        refuse((), "match_unknown", "a run knows entry.key, entry.time, entry.name, entry.properties.NAME and sends.NODE")
    return path


def _named(path: str, root: str) -> bool:
    return path.startswith(root) and len(path) > len(root)


Known = Annotated[
    StrictStr,
    Field(
        min_length=1,
        max_length=MAX_PATH,
        description="What the run knows: `entry.key`, `entry.time`, `entry.name`, `entry.properties.NAME`, or `sends.NODE`, the id of the "
        "newest message of that node.",
        examples=["entry.properties.order_id"],
    ),
    AfterValidator(known),
]
Matches = Annotated[
    dict[Path, Known],
    Field(
        max_length=MAX_MATCHES, description="What the event must have in common with the run: a path in the event, and what the run knows."
    ),
]


class Happening(Matcher):
    """Events of a name with certain properties, and in common with the run what `match` says."""

    match: Matches = Field(default={})

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if self.event == ANY_EVENT:
            refuse(("event",), "event_forbidden", "name the event: a journey does not turn on just anything")
        named_or_refused(self)
        return self


class SegmentTurn(Clause):
    """The person enters the segment, or leaves it."""

    segment: Name
    on: Turn = Turn.ENTER


def by_shape(models: Mapping[str, type[Clause]], what: str) -> WrapValidator:
    """Takes an object as the model of the first key that it has, so that faults name the place and nothing else."""

    def shaped(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, tuple(models.values())):
            return value
        model = next((model for key, model in models.items() if key in value), None) if isinstance(value, dict) else None
        if model is None:
            refuse((), "shape_unknown", f"{what} is an object with one of {', '.join(models)}")
        return model.model_validate(value)

    return WrapValidator(shaped)


Awaited = Annotated[Happening | SegmentTurn, by_shape({"event": Happening, "segment": SegmentTurn}, "what is looked out for")]
