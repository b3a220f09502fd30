"""The queue `journey-dues`: people on journeys whose time has come, and times at which journeys let people in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import Json, again
from chalicelib.errors import Busy
from chalicelib.journeys.steps import moving_on, timing
from chalicelib.journeys.steps.timing import About, Kind
from chalicelib.journeys.walks import cron_entries, date_entries
from chalicelib.people.absorb import POISON
from chalicelib.telemetry import count_refusals, logger, observed
from chalicelib.timers.model import Due, due_of

FUNCTION: Final = "move_on"
POISON_CODE: Final = "journey_due_invalid"
FAULT_CODE: Final = "journey_due_fault"
WORKERS: Final = 8  # people side by side: each is some ten calls of DynamoDB, and hardly any work of its own
STOP_MS: Final = 10_000  # with less time than this left nobody more is looked at
_EXCERPT: Final = 200  # characters of a message that nobody understands


@observed(FUNCTION)
def move_on(event: Json, context: Any) -> Json:
    """Takes messages of the queue, many at once. One that cannot be done, or for which no time was left, is reported as failed: it comes
    again, and in the end lies in the queue's dead letters as it is. One that cannot be understood goes to the dead letters at once.
    """
    now = int(time() * 1000)
    asked = [(record, due) for record in event["Records"] if (due := _due_of(record)) is not None]
    timing.TIMERS.arm([due for _, due in asked if now < due.at], now)  # they lay further ahead than anything waits
    ready = [(record, due) for record, due in asked if due.at <= now]
    wrong = _all(dict.fromkeys(due for _, due in ready), now, lambda: context.get_remaining_time_in_millis() > STOP_MS)
    _tell(wrong)
    return again(record["messageId"] for record, due in ready if due in wrong)


def _all(dues: Collection[Due], now: int, goes_on: Callable[[], bool]) -> dict[Due, Exception]:
    """What was raised, by whom or what was due. Whatever is wrong with one of them is its own trouble."""

    def tried(due: Due) -> tuple[Due, Exception] | None:
        try:
            if not goes_on():
                raise Busy("no time is left; they are looked at in a moment")
            _one(timing.about(due.subject), due.at, now)
        except Exception as error:  # noqa: BLE001 - told to the caller: the other people of the batch are none the worse
            return due, error
        return None

    if not dues:
        return {}
    with ThreadPoolExecutor(min(WORKERS, len(dues))) as pool:
        return dict(found for found in pool.map(tried, dues) if found is not None)


def _one(about: About, at: int, now: int) -> None:
    match about.kind:
        case Kind.PERSON:
            moving_on.look_at(about.person, about.journey, now)
        case Kind.CRON:
            cron_entries.fire(about.journey, at, now)
        case Kind.DATE:
            date_entries.fire(about.person, about.journey, at, now)


def _due_of(record: Mapping[str, Any]) -> Due | None:
    """What a record is about; None for one that nobody understands, which is buried."""
    try:
        due = due_of(record["body"])
        timing.about(due.subject)
    except (ValueError, KeyError, TypeError) as error:
        bury([DeadLetter(FUNCTION, record["messageId"], "", f"{type(error).__name__}: {record['body'][:_EXCERPT]}")])
        count_refusals([POISON_CODE])
        return None
    return due


def _tell(wrong: Mapping[Due, Exception]) -> None:
    for due, error in wrong.items():
        if not isinstance(error, Busy):
            logger.error("somebody on a journey whose time has come could not be moved on", subject=due.subject, exc_info=error)
    faults: Sequence[str] = [FAULT_CODE for error in wrong.values() if isinstance(error, POISON)]
    count_refusals(list(faults))
