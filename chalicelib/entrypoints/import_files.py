"""The imports queue: an uploaded file, or a file to go on with, is read until it ends or the lambda's time does."""

import json
from collections.abc import Iterable, Iterator, Sequence
from time import time
from typing import Any, Final
from urllib.parse import unquote_plus

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.events.keep import keep
from chalicelib.events.model import Record, Refusal, Source
from chalicelib.events.rejection_records import WireFormat
from chalicelib.identity.published import current_rules
from chalicelib.imports.files import UploadedFiles, hand_on
from chalicelib.imports.job import STOP_MS, run
from chalicelib.imports.model import job_of_key
from chalicelib.imports.ports import Ports
from chalicelib.imports.store import StoredJobs
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "import_files"
POISON_CODE: Final = "import_message_invalid"
UNKNOWN_CODE: Final = "import_object_unknown"
_EXCERPT: Final = 500  # characters of a message that nobody understands


class MessageUnreadable(ValueError):
    """A message on the imports queue that is neither S3's nor ours."""


@observed(FUNCTION)
def import_files(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the imports queue: S3 notifications, S3's test message, and our own that an import goes on.

    What interrupts an import is raised: the message comes again, and the import goes on from its checkpoint.
    """
    ports = _ports(context)
    return one_by_one(event, context, lambda record: _take(record, ports), STOP_MS)


def imports_of(body: str) -> list[str]:
    """The ids of the imports that a message is about; none for S3's test message. Raises MessageUnreadable."""
    try:
        message = json.loads(body)
        if isinstance(goes_on := message.get("import"), str):
            return [goes_on]
        records = [] if message.get("Event") == "s3:TestEvent" else message["Records"]
        keys = [unquote_plus(one["s3"]["object"]["key"]) for one in records]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MessageUnreadable(f"neither a message of S3 nor ours: {body[:_EXCERPT]}") from error
    return list(_imports_of_keys(keys))


def _imports_of_keys(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        job_id = job_of_key(key)
        if job_id is not None:
            yield job_id
        else:
            logger.warning("an uploaded object belongs to no import", key=key)
            count_refusals([UNKNOWN_CODE])


def _take(record: dict[str, Any], ports: Ports) -> None:
    try:
        job_ids = imports_of(record["body"])
    except MessageUnreadable as wrong:
        bury([DeadLetter(FUNCTION, record["messageId"], "", str(wrong))])
        count_refusals([POISON_CODE])
        return
    for job_id in job_ids:
        end = run(job_id, record["messageId"], ports)
        logger.info("import", job=job_id, end=end.value)


def _ports(context: Any) -> Ports:
    return Ports(
        jobs=StoredJobs(),
        files=UploadedFiles(),
        keep=_keep,
        hand_on=hand_on,
        now=lambda: int(time() * 1000),
        remaining=context.get_remaining_time_in_millis,
    )


def _keep(records: Sequence[Record], source: Source, received_at: int) -> Sequence[Refusal]:
    return keep(records, source, current_rules(), received_at, protocol=WireFormat.IMPORT).refusals
