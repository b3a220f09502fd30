"""What hits do to the state of a signal, and how the states of two people become one. Pure, and the same in any order."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from chalicelib.pace import STEADY, Pace
from chalicelib.signals.model import MAX_DAYS, MAX_SUMMAND, MAX_TEXT, MILLION, Demand, Hit, State, Value
from chalicelib.zones import zone

EPOCH_DAY: Final = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - a day number has no zone
MAX_NUMBER_TEXT: Final = 32  # characters of a text that may be a number


def value_of(raw: Any) -> Value:
    """What is kept of a property: numbers in millionths, texts up to MAX_TEXT characters, nothing of anything else."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return raw[:MAX_TEXT]
    if isinstance(raw, int | float) and abs(raw) <= MAX_SUMMAND:
        return _millionths(Decimal(str(raw)))
    return None


def summand(value: Value) -> int:
    """What a value adds to a sum, in millionths: files bring numbers as text, and what is no number adds nothing."""
    if isinstance(value, int):
        return value
    if value is None or len(value) > MAX_NUMBER_TEXT:
        return 0
    try:
        number = Decimal(value)
    except InvalidOperation:
        return 0
    return _millionths(number) if number.is_finite() and abs(number) <= MAX_SUMMAND else 0


def day_of(time: int, name: str, pace: Pace = STEADY) -> int:
    """The number of the day (since 1970-01-01) that a time in ms falls on in a time zone, by the stage's clock on the wall."""
    return datetime.fromtimestamp(pace.told(time) / 1000, zone(name)).toordinal() - EPOCH_DAY


def added(demand: Demand, state: State, hits: Iterable[Hit], pace: Pace = STEADY) -> State:
    """The state with more hits."""
    for hit in hits:
        state = union(demand, state, _one(demand, hit, pace))
    return state


def union(demand: Demand, one: State, two: State) -> State:
    """Both as if all hits had come to one person."""
    return State(
        total=one.total + two.total,
        first=min(filter(None, (one.first, two.first)), default=0),
        last=max(one.last, two.last),
        sum=one.sum + two.sum,
        hits=_newest(demand.keep, one.hits, two.hits),
        days=_full_days(demand.per_day, one.days, two.days) if demand.per_day else (),
    )


def _one(demand: Demand, hit: Hit, pace: Pace) -> State:
    time, value = hit
    return State(
        total=1,
        first=time,
        last=time,
        sum=summand(value),
        hits=(hit,) if demand.keep else (),
        days=((day_of(time, demand.zone, pace), 1),) if demand.per_day else (),
    )


def _millionths(number: Decimal) -> int:
    return int((number * MILLION).to_integral_value())


def _newest(keep: int, one: tuple[Hit, ...], two: tuple[Hit, ...]) -> tuple[Hit, ...]:
    if not (one and two):
        return (one or two)[:keep]
    return tuple(sorted((*one, *two), key=_newness, reverse=True)[:keep])


def _newness(hit: Hit) -> tuple[int, int, int, str]:
    time, value = hit
    if isinstance(value, str):
        return time, 2, 0, value
    return (time, 0, 0, "") if value is None else (time, 1, value, "")


def _full_days(full: int, one: tuple[tuple[int, int], ...], two: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    counts = dict(one)
    for day, count in two:
        counts[day] = min(counts.get(day, 0) + count, full)
    return tuple(sorted(counts.items(), reverse=True)[:MAX_DAYS])
