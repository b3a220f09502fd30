"""What conditions are made of: operators with their operands, property filters, thresholds. Pure.

Errors name the place that is wrong and nothing else: what may be written in several ways is looked at once, not tried way by way.
"""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NoReturn, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from chalicelib.events.wire import MAX_NUMBER
from chalicelib.signals.comparing import Operator
from chalicelib.signals.patterns import MAX_PATTERN, fault_of_pattern

MAX_CHOICES: Final = 100  # values of `in` and `not_in`, elements of a list
MAX_OPERAND: Final = 1000  # characters of a text
MAX_THRESHOLD: Final = 1_000_000_000  # of a count without a window

Number = int | float
Scalar = bool | int | float | str
T = TypeVar("T")
_OPERATORS: Final = frozenset(one.value for one in Operator)


def refuse(place: tuple[int | str, ...], code: str, detail: str) -> NoReturn:
    """Raises what makes pydantic refuse the document for a place below the one that is being validated."""
    # The detail goes in as a value and not as a template, for it may hold braces.
    problem = PydanticCustomError(code, "{detail}", {"detail": detail})
    raise ValidationError.from_exception_data("condition", [InitErrorDetails(type=problem, loc=place, input=None)])


def _given(value: Any) -> Any:
    if value is None:
        refuse((), "null_forbidden", "leave it out instead of giving null")
    return value


Optional = Annotated[T | None, BeforeValidator(_given)]


def _without_null(schema: dict[str, Any]) -> None:
    """The schema of what may be left out and is never null."""
    for one in schema.get("properties", {}).values():
        choices = [choice for choice in one.get("anyOf", ()) if choice != {"type": "null"}]
        if len(choices) == 1:
            del one["anyOf"]
            one.update(choices[0])
        elif choices:
            one["anyOf"] = choices
        if one.get("default", ...) is None:
            del one["default"]


def exactly_one(schema: dict[str, Any]) -> None:
    """The schema of an object of which exactly one field is given."""
    _without_null(schema)
    schema["minProperties"] = schema["maxProperties"] = 1


def with_example(document: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """The schema of an object that is shown with an example."""

    def extra(schema: dict[str, Any]) -> None:
        _without_null(schema)
        schema["examples"] = [document]

    return extra


class Clause(BaseModel):
    """A part of a condition: nothing beyond what it declares, never changed, no null."""

    # Built at the first use: most lambdas that import the models never check a document.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, json_schema_extra=_without_null)

    def operations(self) -> tuple[tuple[Operator, Any], ...]:
        """The operators that the document gives here, with their operands."""
        names = {name: field.alias or name for name, field in type(self).model_fields.items() if name in self.model_fields_set}
        return tuple((Operator(alias), getattr(self, name)) for name, alias in names.items() if alias in _OPERATORS)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number of at most 38 digits; truth is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_NUMBER and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_OPERAND


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool) or is_number(value) or _is_text(value)


def _is_scalars(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_CHOICES and all(map(_is_scalar, value))


def _taken(holds: Callable[[Any], bool], detail: str) -> WrapValidator:
    """Takes an operand as it is, or refuses it with what it should have been."""

    def checked(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
        if not holds(value):
            refuse((), "operand_invalid", detail)
        return value

    return WrapValidator(checked)


def _safe(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    fault = fault_of_pattern(value) if isinstance(value, str) else "a pattern is a text"
    if fault:
        refuse((), "pattern_unsafe", fault)
    return value


_TEXT: Final = {"type": "string", "maxLength": MAX_OPERAND}
_SCALAR: Final = {"anyOf": [_TEXT, {"type": "number"}, {"type": "boolean"}]}
_SCALARS: Final = {"type": "array", "items": _SCALAR, "maxItems": MAX_CHOICES}
_ANY: Final = {"anyOf": [*_SCALAR["anyOf"], _SCALARS]}

Value = Annotated[
    Any,
    _taken(
        lambda value: _is_scalar(value) or _is_scalars(value),
        "must be a text, a number, true, false or a list of these; for nothing, exists: false",
    ),
    WithJsonSchema(_ANY),
]
Limit = Annotated[
    Any,
    _taken(lambda value: is_number(value) or _is_text(value), "must be a number or a text"),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "number"}]}),
]
Choices = Annotated[
    Any,
    _taken(lambda value: _is_scalars(value) and len(value) > 0, f"must be a list of 1 to {MAX_CHOICES} texts, numbers or truth values"),
    WithJsonSchema(_SCALARS | {"minItems": 1}),
]
Truth = Annotated[bool, _taken(lambda value: isinstance(value, bool), "must be true or false")]
Amount = Annotated[Number, _taken(is_number, "must be a number"), WithJsonSchema({"type": "number"})]
Pattern = Annotated[str, WrapValidator(_safe), WithJsonSchema({"type": "string", "maxLength": MAX_PATTERN})]


class Operands(Clause):
    """What is asked of a value, by operator. All must hold. docs/conditions.md tells how values of different types compare."""

    eq: Value = None
    ne: Value = None
    gt: Limit = None
    gte: Limit = None
    lt: Limit = None
    lte: Limit = None
    in_: Choices = Field(default=None, alias="in")
    not_in: Choices = None
    contains: Limit = Field(default=None, description="An element of a list, or a part of a text, by characters.")
    starts_with: Limit = None
    exists: Optional[Truth] = None
    matches: Optional[Pattern] = Field(
        default=None,
        description="A regular expression found in the first 1,000 characters. Without look-around, back-references and nested repeats.",
    )

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.operations():
            refuse((), "operator_missing", f"ask for something: {', '.join(Operator)}")
        return self


class Comparisons(Clause):
    """What is asked of a number. All must hold."""

    eq: Optional[Amount] = None
    ne: Optional[Amount] = None
    gt: Optional[Amount] = None
    gte: Optional[Amount] = None
    lt: Optional[Amount] = None
    lte: Optional[Amount] = None


Threshold = Annotated[StrictInt, Field(ge=0, le=MAX_THRESHOLD)]


class CountTest(Clause):
    """What is asked of a number of events. All must hold."""

    eq: Optional[Threshold] = None
    ne: Optional[Threshold] = None
    gt: Optional[Threshold] = None
    gte: Optional[Threshold] = None
    lt: Optional[Threshold] = None
    lte: Optional[Threshold] = None

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.operations():
            refuse((), "operator_missing", "ask for something: eq, ne, gt, gte, lt or lte")
        return self


def _operands(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, dict):
        return Operands.model_validate(value)
    if not (isinstance(value, Operands) or _is_scalar(value)):
        refuse((), "operand_invalid", "must be a text, a number, true or false (which it must equal), or an object of operators")
    return value


Asked = Annotated[
    Operands | Scalar,
    WrapValidator(_operands),
    Field(description="Operators with their operands, or the value that it must equal."),
]


def plain(where: Mapping[str, Operands | Scalar]) -> dict[str, dict[str, Any]]:
    """A filter as objects of operators and operands."""
    asked = {path: one.operations() if isinstance(one, Operands) else ((Operator.EQ, one),) for path, one in where.items()}
    return {path: {operator.value: operand for operator, operand in operations} for path, operations in asked.items()}
