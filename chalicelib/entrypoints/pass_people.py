"""The passes queue: after a publication everybody is brought up to the new rules and judged, segment by segment of the people table."""

from time import time
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.audiences import pass_work
from chalicelib.audiences.pass_progress import Tally
from chalicelib.audiences.passes import MessageUnreadable, Part, message_of
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.telemetry import count_refusals, logger, metrics, observed

POISON_CODE: Final = "pass_message_invalid"
PERSON_CODE: Final = "pass_poison"
STOP_MS: Final = 90_000  # with less time than this left no further message is begun; a worker takes a minute


@observed(pass_work.FUNCTION)
def pass_people(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the passes queue: segments to carry on, and single people to bring up.

    What interrupts a worker is raised: the message comes again, and the segment is carried on from its cursor.
    """
    return one_by_one(event, context, lambda record: _count(_take(record)), STOP_MS)


def _take(record: dict[str, Any]) -> Tally:
    try:
        message = message_of(record["body"])
    except MessageUnreadable as wrong:
        bury([DeadLetter(pass_work.FUNCTION, record["messageId"], "", str(wrong))])
        count_refusals([POISON_CODE])
        return Tally()
    if not isinstance(message, Part):
        return pass_work.fetch(message, _now())
    end, tally = pass_work.work(message, record["messageId"], _now)
    logger.info("pass", plan=message.plan, segment=message.segment, end=end.value)
    return tally


def _count(tally: Tally) -> None:
    counts = {"PeopleSeen": tally.seen, "PeopleRecounted": tally.recounted, "PeopleFailed": tally.failed}
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    count_refusals([PERSON_CODE] * tally.failed)


def _now() -> int:
    return int(time() * 1000)
