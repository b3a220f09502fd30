"""The ID-merge lambda: events from the stream are linked to people and folded into them."""

from collections.abc import Iterator
from time import time
from typing import Any, Final

from chalicelib.audiences.planbook import current_plan
from chalicelib.contacts import consents
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import again
from chalicelib.events.model import Event
from chalicelib.events.store import from_image
from chalicelib.identity.published import current_rules, current_version
from chalicelib.journeys.events import hearing as journeys
from chalicelib.journeys.walks import date_entries
from chalicelib.notices import hearing as notices
from chalicelib.people.absorb import POISON, Delivery, Outcome, absorb
from chalicelib.people.rulebook import OutdatedPlan, Rulebook
from chalicelib.telemetry import count_refusals, observed

FUNCTION: Final = "merge"
POISON_CODE: Final = "merge_poison"


@observed(FUNCTION)
def merge(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes a batch of the events table's stream; answers with the records to deliver again (`batchItemFailures`).

    Input that can never be used goes to the dead letters with the reason; faults of the platform are raised and the batch comes again.
    """
    deliveries: list[Delivery] = []
    letters: list[DeadLetter] = []
    for record in event["Records"]:
        if record["eventName"] == "INSERT":  # a resend changes nothing and inserts nothing
            _unpack(record["dynamodb"], deliveries, letters)
    now = int(time() * 1000)
    outcome = _absorbed(deliveries, now)
    consents.heard(delivery.event for delivery in deliveries)  # first: what follows from other events minds a no among them
    taken = list(_taken(deliveries, outcome))
    notices.hear(taken, now)
    letters.extend(_letter(delivery.event, reason) for delivery, reason in outcome.poison)
    letters.extend(_letter(event, reason) for event, reason in (*date_entries.hear(taken, now), *journeys.hear(taken, now)))
    if letters:
        bury(letters)
        count_refusals([POISON_CODE] * len(letters))
    return again(outcome.again)


def _absorbed(deliveries: list[Delivery], now: int) -> Outcome:
    needed = 0
    while True:
        book = Rulebook(current_rules(), current_version(), current_plan(needed).signals)
        try:
            return absorb(deliveries, book, now)
        except OutdatedPlan as error:
            if needed >= error.needed:  # then there is no such plan
                raise
            needed = error.needed


def _taken(deliveries: list[Delivery], outcome: Outcome) -> Iterator[Event]:
    """The events whose people are known now; the rest comes again or never."""
    left = {*outcome.again, *(delivery.token for delivery, _ in outcome.poison)}
    return (delivery.event for delivery in deliveries if delivery.token not in left)


def _unpack(change: dict[str, Any], deliveries: list[Delivery], letters: list[DeadLetter]) -> None:
    keys = change["Keys"]
    try:
        unpacked = from_image(change["NewImage"])
    except POISON as error:
        letters.append(DeadLetter(FUNCTION, keys["pk"]["S"], keys["sk"]["S"], f"{type(error).__name__}: {error}"))
        return
    written_at = int(float(change.get("ApproximateCreationDateTime", 0)) * 1000)
    deliveries.append(Delivery(unpacked, written_at, str(change["SequenceNumber"])))


def _letter(event: Event, reason: str) -> DeadLetter:
    return DeadLetter(FUNCTION, event.primary.key, f"{event.time:013d}#{event.id}", reason)
