"""The mapping document: which column of a file becomes which part of an event. Pydantic, so that a wrong one is refused with paths."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from chalicelib.imports.fields import (
    Column,
    Columns,
    ContextValue,
    Document,
    IdentifierColumn,
    Mark,
    Name,
    Namespace,
    Texts,
    TimeColumn,
    Value,
)
from chalicelib.imports.lines import Encoding

MAX_ENTRIES: Final = 200  # properties, or attributes of one operation
MAX_SKIPS: Final = 20  # rules that leave rows out
MAX_IDENTIFIERS: Final = 16  # what one event may carry
MAX_ID_COLUMNS: Final = 5

Values = Annotated[dict[Name, Value], Field(max_length=MAX_ENTRIES)]


class Campaign(Document):
    """The campaign of an event, as the UTM fields name it."""

    source: ContextValue | None = None
    medium: ContextValue | None = None
    name: ContextValue | None = None
    content: ContextValue | None = None
    term: ContextValue | None = None


class Context(Document):
    """The circumstances of the rows: constants (`"channel": "tmall"`) or columns (`{"column": "来源"}`)."""

    channel: ContextValue | None = None
    url: ContextValue | None = None
    referrer: ContextValue | None = None
    scene: ContextValue | None = None
    campaign: Campaign | None = None


class Attributes(Document):
    """What the rows say of the person. `append` adds texts to a list, each once; `unset` names attributes to forget."""

    set: Values = Field(default={})
    set_once: Values = Field(default={})
    increment: Values = Field(default={})
    append: Values = Field(default={})
    unset: tuple[Name, ...] = Field(default=(), max_length=MAX_ENTRIES)


class Skip(Document):
    """Rows to leave out: those whose cell is one of `equals`, or is none of `not_equals`. An empty cell equals ""."""

    column: Column
    equals: Texts | None = None
    not_equals: Texts | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if (self.equals is None) == (self.not_equals is None):
            raise ValueError("give either equals or not_equals")
        return self


class CsvOptions(Document):
    """How the CSV is written. `quote` null: quotation marks mean nothing."""

    delimiter: Mark = ","
    quote: Mark | None = '"'

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote must differ")
        return self


class Mapping(Document):
    """How the rows of a file become events. Every row needs at least one identifier that is not empty."""

    event: Name | None = Field(
        default=None,
        description="The events' name. Left out: OrderPaid for orders, FormSubmitted for forms; members then change attributes only.",
    )
    time: TimeColumn | None = Field(
        default=None,
        description="Left out: members count as of the upload, an order or form gets the time at which it was first imported.",
    )
    id: Columns = Field(
        default=(),
        max_length=MAX_ID_COLUMNS,
        description="Columns that tell one event from another, e.g. the order number: importing it again changes nothing. "
        "Left out: the whole row does.",
    )
    identifiers: dict[Namespace, IdentifierColumn] = Field(min_length=1, max_length=MAX_IDENTIFIERS)
    properties: Values = Field(default={})
    attributes: Attributes | None = None
    context: Context | None = None
    skip: tuple[Skip, ...] = Field(default=(), max_length=MAX_SKIPS)
    encoding: Encoding = Field(default=Encoding.UTF8, description="Of a file without byte order mark.")
    csv: CsvOptions | None = Field(default=None, description="Comma and double quote when left out.")

    @model_validator(mode="after")
    def _counts_once(self) -> Self:
        # Without a time of its own a row imported again is a new change; set, set_once and append bear that, increment does not.
        if self.attributes and self.attributes.increment and self.time is None:
            raise ValueError("attributes.increment needs time: without it, importing a file twice would count twice")
        return self

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column that the mapping reads, with the path of the place that names it."""
        yield from ((f"id/{place}", column) for place, column in enumerate(self.id))
        yield from _columns("", self.model_dump())


def _columns(path: str, part: Any) -> Iterator[tuple[str, str]]:
    match part:
        case {"column": str() as column}:
            yield path, column
        case dict():
            for name, inner in part.items():
                yield from _columns(f"{path}/{name}".lstrip("/"), inner)
        case tuple():
            for place, inner in enumerate(part):
                yield from _columns(f"{path}/{place}", inner)
