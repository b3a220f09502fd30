"""The tagging queue: fans get and lose tags as their persons enter and leave segments; lists of both sides are compared."""

from time import time
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import again
from chalicelib.tagging import errands, mending, platform
from chalicelib.tagging.batching import Act
from chalicelib.tagging.carrying_out import Report, Worker
from chalicelib.tagging.errands import Arrival, Errand, ErrandUnreadable, Look, Step
from chalicelib.telemetry import count_refusals, logger, metrics, observed

FUNCTION: Final = "tag_fans"
POISON_CODE: Final = "tagging_message_invalid"
HOPELESS_CODE: Final = "tagging_refused"
SETTINGS_CODE: Final = "tagging_misconfigured"


@observed(FUNCTION)
def tag_fans(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes messages of the queue `tagging`. Persons and fans are done together, fifty to a call; of walks one, which takes a minute.

    What a fault of the moment keeps from being done comes again. What a limit of the platform does is sent once more, for later.
    """
    asked = _read(event)
    worker = Worker(platform.real, _now, Report())
    worker.look([one for one in asked.values() if isinstance(one, Look)])
    worker.arrive([one for one in asked.values() if isinstance(one, Arrival)])
    steps = [(message, one) for message, one in asked.items() if isinstance(one, Step)]
    for message, one in steps[:1]:
        worker.step(one, message)
    errands.send(one for _, one in steps[1:])
    _tell(worker.report)
    return again(message for message, one in asked.items() if one in worker.report.again)


def _read(event: dict[str, Any]) -> dict[str, Errand]:
    """The messages by id. What nobody understands goes to the dead letters."""
    asked: dict[str, Errand] = {}
    for record in event["Records"]:
        try:
            asked[record["messageId"]] = errands.errand_of(record["body"])
        except ErrandUnreadable as wrong:
            bury([DeadLetter(FUNCTION, record["messageId"], "", str(wrong))])
            count_refusals([POISON_CODE])
    return asked


def _tell(report: Report) -> None:
    if report.hopeless:
        bury([DeadLetter(FUNCTION, _subject(one), "", reason) for one, reason in report.hopeless.items()])
        logger.error("tags were refused", reasons=sorted(set(report.hopeless.values())))
    count_refusals([HOPELESS_CODE] * len(report.hopeless) + [SETTINGS_CODE] * report.misconfigured)
    drift = report.counts[mending.EXTRA] + report.counts[mending.MISSING]
    for name, count in (("TagsGiven", report.deeds[Act.TAG]), ("TagsTaken", report.deeds[Act.UNTAG]), ("TagDrift", drift)):
        metrics.add_metric(name, MetricUnit.Count, count)


def _subject(one: Errand) -> str:
    return one.person if isinstance(one, Look) else one.appid


def _now() -> int:
    return int(time() * 1000)
