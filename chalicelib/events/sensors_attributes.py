"""Profile records of the Sensors Analytics SDKs as changes to attributes. Pure."""

from typing import Any, Final

from chalicelib.events.model import AttributeChange, Json, Operation
from chalicelib.events.sensors_values import BOOKKEEPING, TIMEZONE, stored
from chalicelib.events.wire import RecordInvalid

OPERATIONS: Final = {
    "profile_set": ("$ProfileSet", Operation.SET),
    "profile_set_once": ("$ProfileSetOnce", Operation.SET_ONCE),
    "profile_increment": ("$ProfileIncrement", Operation.INCREMENT),
    "profile_append": ("$ProfileAppend", Operation.APPEND),
    "profile_unset": ("$ProfileUnset", Operation.UNSET),
    "profile_delete": ("$ProfileDelete", Operation.CLEAR),
}
_NEVER_STORED: Final = BOOKKEEPING | {TIMEZONE}  # the zone is there to convert `$first_visit_time`; it is not the person's


def changes(operation: Operation, properties: Json) -> tuple[AttributeChange, ...]:
    """What a profile record does, one change for each property. Raises RecordInvalid (`attribute_invalid`)."""
    if operation is Operation.CLEAR:
        return (AttributeChange(operation, "*"),)
    values = stored(properties, _NEVER_STORED)
    return tuple(AttributeChange(operation, name, _operand(operation, name, value)) for name, value in values.items())


def _operand(operation: Operation, name: str, value: Any) -> Any:
    """The value of a change. Raises RecordInvalid (`attribute_invalid`) when the operation cannot use it."""
    if operation is Operation.UNSET:
        return None
    if operation is Operation.INCREMENT and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise RecordInvalid("attribute_invalid", f"{name[:64]} can only be incremented by a number")
    if operation is Operation.APPEND:
        return _texts(name, value if isinstance(value, list) else [value])
    return value


def _texts(name: str, values: list[Any]) -> list[str]:
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
        raise RecordInvalid("attribute_invalid", f"only texts can be appended to {name[:64]}")
    return [str(value) for value in values]
