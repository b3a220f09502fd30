"""What every wire adapter needs to turn raw values into records, one record at a time. Pure."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.events.model import Json, Record, Refusal

MAX_DEPTH: Final = 20  # nested objects and lists in one record
MAX_NUMBER: Final = 10**38  # the largest magnitude that DynamoDB's 38 digits hold
MAX_TIME_MS: Final = 9_999_999_999_999  # 13 digits, the year 2286: what a sort key has room for
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_CONTAINERS: Final = (dict, list)  # tuples: a union would be made anew for every value
_NUMBERS: Final = (int, float)

Pair = tuple[str, str]  # namespace and raw value of an identifier


class RecordInvalid(ValueError):
    """One record cannot be kept as an event. `code` is stable; `detail` says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read_each(raws: Iterable[tuple[int, Any]], read: Callable[[int, Json], Record]) -> list[Record]:
    """Every (index, raw record) read on its own: one that is invalid becomes a Refusal and leaves the others alone."""
    return [_read_one(index, raw, read) for index, raw in raws]


def id_text(value: Any, name: str) -> str:
    """An id as text; "" when absent. Numbers become their digits. Raises RecordInvalid (`identifier_invalid`)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    raise RecordInvalid("identifier_invalid", f"{name} must be a text or a whole number")


def name_text(value: Any, name: str) -> str:
    """A name that must be there. Raises RecordInvalid (`name_missing`)."""
    if not isinstance(value, str) or not value.strip():
        raise RecordInvalid("name_missing", f"{name} must be a text that is not empty")
    return value.strip()


def mapping(value: Any, name: str) -> Json:
    """An object; {} when absent. Raises RecordInvalid (`object_expected`)."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RecordInvalid("object_expected", f"{name} must be an object")
    return value


def time_ms(value: Any, name: str, naive_is_utc: bool = False) -> int | None:
    """Epoch milliseconds of an integer or an RFC 3339 text; None when absent. Raises RecordInvalid (`time_invalid`).

    A text needs an offset unless `naive_is_utc`.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _in_range(_parsed_ms(value, name, naive_is_utc), name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _in_range(value, name)
    raise RecordInvalid("time_invalid", f"{name} must be RFC 3339 with an offset, or integer milliseconds since 1970")


def clock_ms(value: Any) -> int | None:
    """The client's clock when it sent the record, as `time_ms`; None for what cannot be a time: then the skew stays unknown, no more."""
    try:
        return time_ms(value, "sent at", naive_is_utc=True)
    except RecordInvalid:
        return None


def distinct(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs without empty values and repetitions, in order."""
    return tuple(dict.fromkeys(pair for pair in pairs if pair[1]))


def _read_one(index: int, raw: Any, read: Callable[[int, Json], Record]) -> Record:
    try:
        if not isinstance(raw, dict):
            raise RecordInvalid("record_invalid", "a record must be a JSON object")
        _check(raw, 1)
        return read(index, raw)
    except RecordInvalid as invalid:
        return Refusal(index, invalid.code, invalid.detail, raw)


def _check(container: Any, depth: int) -> None:
    """Refuse what no store can hold: too deep, not a number, or more digits than a number may have."""
    if depth > MAX_DEPTH:
        raise RecordInvalid("nested_too_deep", f"objects and lists may be nested {MAX_DEPTH} deep at most")
    for value in container.values() if isinstance(container, dict) else container:
        if isinstance(value, str):
            continue  # most values
        if isinstance(value, _CONTAINERS):
            _check(value, depth + 1)
        elif isinstance(value, _NUMBERS) and not -MAX_NUMBER < value < MAX_NUMBER:  # false for NaN as well
            raise RecordInvalid("number_invalid", "a number is not finite or has more than 38 digits")


def _parsed_ms(text: str, name: str, naive_is_utc: bool) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as invalid:
        raise RecordInvalid("time_invalid", f"{name} is not an RFC 3339 time: {text[:64]!r}") from invalid
    if moment.tzinfo is None:
        if not naive_is_utc:
            raise RecordInvalid("time_invalid", f"{name} needs an offset, e.g. 2026-11-21T10:23:00+08:00")
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def _in_range(time: float, name: str) -> int:
    if not 0 <= time <= MAX_TIME_MS:  # NaN is in no range
        raise RecordInvalid("time_invalid", f"{name} must be between 1970 and 2286, in milliseconds")
    return int(time)
