"""Which events a rule means: a name, and what their properties must be. Pure."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StrictStr, model_validator

from chalicelib.audiences.operands import Asked, Clause, plain, refuse
from chalicelib.events.limits import MAX_NAME_LENGTH, storable
from chalicelib.events.reserved import Derived
from chalicelib.signals.comparing import Operator
from chalicelib.signals.filters import Filter, filter_of
from chalicelib.signals.model import ANY_EVENT

MAX_PATH: Final = 200  # characters
MAX_PATHS: Final = 20  # of one filter

# What a rule must name when it listens to what rules found out: it depends on that definition, and may not make a circle with it.
NAMED_BY: Final[Mapping[str, str]] = {
    Derived.SEGMENT_ENTERED: "segment",
    Derived.SEGMENT_LEFT: "segment",
    Derived.SCORE_BAND_CHANGED: "score",
    Derived.TAG_GAINED: "tag",
    Derived.TAG_LOST: "tag",
}


def _event_name(name: str) -> str:
    if name != ANY_EVENT and (name[0] in " *" or not storable(name)):
        refuse((), "event_name_invalid", "no event can have that name; * alone means any event")
    return name


def _path(path: str) -> str:
    if path.startswith(("properties.", "context.")) and not path.partition(".")[2]:
        refuse((), "path_invalid", "a path goes on after its first part: properties.order.sku, context.channel")
    return path


EventName = Annotated[
    StrictStr,
    Field(
        min_length=1,
        max_length=MAX_NAME_LENGTH,
        description="An event's name; `*` is any but those that rules write.",
        examples=["OrderPaid"],
    ),
    AfterValidator(_event_name),
]
Path = Annotated[
    StrictStr,
    Field(min_length=1, max_length=MAX_PATH, description="A property's name, `properties.a.b` or `context.a.b`.", examples=["amount"]),
    AfterValidator(_path),
]
Where = Annotated[dict[Path, Asked], Field(max_length=MAX_PATHS, description="What the event's properties must be. All must hold.")]


class Matcher(Clause):
    """Events of a name with certain properties."""

    event: EventName
    where: Where = Field(default={})

    @cached_property
    def filter(self) -> Filter:
        """The filter that `where` describes."""
        return filter_of(plain(self.where))

    @property
    def named(self) -> tuple[str, ...]:
        """Which definitions the event, one that rules write, is about: those that `where` names; () for other events."""
        asked = plain(self.where).get(NAMED_BY.get(self.event, ""), {})
        names = [asked.get(Operator.EQ), *asked.get(Operator.IN, ())]
        return tuple(name for name in names if isinstance(name, str))

    @model_validator(mode="after")
    def _depends_by_name(self) -> Self:
        about = NAMED_BY.get(self.event)
        if about and not self.named:
            refuse(("where",), "derived_event_unnamed", f"say which one is meant: {{{about!r}: {{'eq': NAME}}}} or {{'in': [...]}}")
        return self
