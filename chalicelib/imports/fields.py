"""The parts that a mapping document is made of: columns, identifiers, times, values.

Short forms: where an object names a column, its name alone will do (`"mobile": "买家手机"`); in `context` a text alone is a constant.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.identifiers import NAMESPACE_PATTERN
from chalicelib.zones import DEFAULT_TIMEZONE, zone

MAX_VALUES: Final = 100  # cell values that one skip rule names

NAMED_FORMATS: Final = ("auto", "iso", "ms", "s")
_A_MOMENT: Final = datetime(2026, 11, 21, 10, 23, 5, tzinfo=UTC)


def _known_format(value: str) -> str:
    if value not in NAMED_FORMATS and "%" not in value:
        raise ValueError("must be auto, iso, ms, s or a strptime pattern such as %Y-%m-%d %H:%M:%S")
    if "%" in value:
        datetime.strptime(_A_MOMENT.strftime(value), value)  # noqa: DTZ007 - only to raise ValueError for a directive that there is not
    return value


def _known_zone(value: str) -> str:
    zone(value)
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _namespace(value: str) -> str:
    if not NAMESPACE_PATTERN.fullmatch(value):
        raise ValueError("a namespace is lower case letters, digits or _, optionally followed by :ACCOUNT")
    return value


def _separator(value: str) -> str:
    if not (value.isascii() and (value.isprintable() or value == "\t") and not value.isalnum() and value != " "):
        raise ValueError("must be a tab or one ASCII punctuation mark")
    return value


Column = Annotated[
    str, Field(min_length=1, max_length=200, description="A column's name in the header; in JSONL a key, or a path such as `buyer.phone`.")
]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_listed, json_schema_input_type=Column | list[Column])]
Texts = Annotated[tuple[str, ...], Field(max_length=MAX_VALUES), BeforeValidator(_listed, json_schema_input_type=str | list[str])]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Namespace = Annotated[str, AfterValidator(_namespace)]
Mark = Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_separator)]
Scalar = str | int | float | bool
TimeFormat = Annotated[
    str,
    Field(
        max_length=100,
        description="`auto` (2026-11-21 10:23:00, 2026/11/21, 20261121102300, RFC 3339, 10 digits of seconds or 13 of milliseconds), "
        "`iso`, `ms`, `s`, or a strptime pattern such as `%d.%m.%Y %H:%M`.",
    ),
    AfterValidator(_known_format),
]
TimeZone = Annotated[str, Field(max_length=64, description="IANA name, for times without offset."), AfterValidator(_known_zone)]


class Document(BaseModel):
    """A part of a mapping: nothing beyond what it declares, and never changed."""

    # Built at the first use: most lambdas that import the models never check a mapping.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class _Short(Document):
    """An object that may be written as the text of one of its fields, `short`."""

    short: ClassVar[str] = "column"

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return {cls.short: value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema with the short form beside the long one."""
        full = handler.resolve_ref_schema(handler(schema))
        alone = {"type": "string", "minLength": 1, "description": f"Short for {{{cls.short!r}: ...}}."}
        return {"anyOf": [alone, full], "title": cls.__name__}


class TimeColumn(_Short):
    """When it happened. A cell without offset is local time in `timezone`."""

    column: Column
    format: TimeFormat = "auto"
    timezone: TimeZone = DEFAULT_TIMEZONE


class IdentifierColumn(_Short):
    """Where an identifier comes from. An empty cell gives none."""

    column: Column
    verified: bool | None = Field(default=None, description="Whether the file vouches for a phone or mail address; null: as its source")


class ValueType(StrEnum):
    """What a cell is turned into. `raw` takes it as the file has it: text in CSV, any JSON value in JSONL."""

    RAW = "raw"
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIME = "time"  # RFC 3339 in UTC with milliseconds


class Value(_Short):
    """A value from a column, or the constant `value`. An empty cell gives `default`, or no value at all."""

    column: Column | None = None
    value: Scalar | None = None
    type: ValueType = ValueType.RAW
    scale: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="Numbers are multiplied by it, in decimal: 0.01 makes yuan of fen."
    )
    default: Scalar | None = None
    separator: str | None = Field(default=None, min_length=1, max_length=10, description="Splits the cell into a list of texts.")
    format: TimeFormat = "auto"
    timezone: TimeZone = DEFAULT_TIMEZONE

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either column or value")
        if self.scale is not None and self.type not in {ValueType.NUMBER, ValueType.INTEGER}:
            raise ValueError("scale needs type number or integer")
        if self.separator is not None and self.type not in {ValueType.RAW, ValueType.TEXT}:
            raise ValueError("separator makes a list of texts; leave type out")
        return self


class ContextValue(Value):
    """Like a value, but a text alone is a constant: `"channel": "tmall"`."""

    short: ClassVar[str] = "value"
