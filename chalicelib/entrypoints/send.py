"""The queues of the channels: messages are sent, each by itself, side by side.

Every message of a batch has its own thread and its own fate: one that hangs, or that raises, holds up no other. One that has to wait (for
its account, its time, another worker) is hidden in the queue until then and reported as failed, so that it stays there. What can never be
sent goes to the dead letters with the reason, and its trip ends.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import time
from typing import Any, Final

from chalicelib.channels import rates
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.dispatch import queue, sending
from chalicelib.dispatch.queue import SendDue
from chalicelib.dispatch.sending import Done, Later
from chalicelib.entrypoints.batches import again
from chalicelib.entrypoints.sending_hides import Wait, put_off, receives
from chalicelib.entrypoints.sending_means import MEANS
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from chalicelib.telemetry import count_refusals, logger, observed

SIDE_BY_SIDE: Final = 10  # threads; as many as a batch has messages
LONGEST_MS: Final = 15_000  # a message takes no longer: connecting, answering, and three writes
LONGEST_GROUP_MS: Final = 25_000  # nor do a thousand in one call
SOON_MS: Final = 1_000  # when a message comes again that somebody else is at, or for which no time was left
POISON_CODE: Final = "send_message_invalid"
SPOILT_CODE: Final = "send_spoilt"
FAULT_CODE: Final = "send_fault"
SPOILT_AFTER: Final = 5  # stumbles over its data, before a message is given up; to wait is none
LONGEST_FAULT_MS: Final = 15 * 60_000
_DOUBLINGS: Final = 10
_SPOILT: Final = (ValueError, KeyError, TypeError, AttributeError)
_EXCERPT: Final = 500  # characters of a message that nobody understands

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Round:
    """One invocation: whose, and what it can still do. `left_ms` is how long the lambda lives."""

    channel: ChannelName
    left_ms: Callable[[], int]

    @property
    def function(self) -> str:
        """The lambda's name."""
        return f"send_{self.channel.value}"


def send(channel_value: str, event: Json, context: Any) -> Json:
    """Takes a batch of a channel's queue."""
    channel = ChannelName(channel_value)
    return observed(f"send_{channel.value}")(partial(_sent, channel))(event, context)


def _sent(channel: ChannelName, event: Json, context: Any) -> Json:
    records: Sequence[Json] = event["Records"]
    now_on = Round(channel, context.get_remaining_time_in_millis)
    waits = _all_together(records, now_on) if channel is ChannelName.MASS else _one_by_one(records, now_on)
    later = [(record, wait) for record, wait in zip(records, waits, strict=True) if wait is not None]
    stay = put_off(channel, later, _now())
    return again(record["messageId"] for record in stay)


def _one_by_one(records: Sequence[Json], now_on: Round) -> list[Wait | None]:
    """For each record None when it is done with, else when it is to come again."""
    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        return list(pool.map(lambda record: _taken(record, now_on), records))


def _taken(record: Json, now_on: Round) -> Wait | None:
    due = _due_of(record, now_on)
    if due is None:
        return None
    if now_on.left_ms() < LONGEST_MS:
        return Wait(_now() + SOON_MS)
    try:
        if due.account and (until := rates.known_shut(now_on.channel, due.account, _now())) is not None:
            return Wait(until)
        return _again(sending.carry_out(due.id, due.attempt, _now(), MEANS))
    except _SPOILT as error:
        return _spoilt(record, due, now_on, error)
    except Exception as error:  # noqa: BLE001 - whatever happens to one message, the others of the batch are none the worse
        return _after_fault(record, now_on, error)


def _all_together(records: Sequence[Json], now_on: Round) -> list[Wait | None]:
    """The same for a channel whose platform takes many in one call."""
    asked = [(record, _due_of(record, now_on)) for record in records]
    again = _grouped([(record, due) for record, due in asked if due is not None], now_on)
    return [None if due is None else again[due.id] for _, due in asked]


def _grouped(asked: Sequence[tuple[Json, SendDue]], now_on: Round) -> dict[str, Wait | None]:
    """By message. Who stumbles over one of them goes on with either half, until it is alone."""
    if not asked or now_on.left_ms() < LONGEST_GROUP_MS:
        return dict.fromkeys((due.id for _, due in asked), Wait(_now() + SOON_MS))
    # What the other channels do without: a fifth of what their lambdas would take to start.
    from chalicelib.channels.mass_by_tag import ByTag
    from chalicelib.dispatch import grouping

    try:
        answers = grouping.carry_out_group([(due.id, due.attempt) for _, due in asked], _now(), MEANS, ByTag())
    except _SPOILT as error:
        half = len(asked) // 2
        if half:
            return _grouped(asked[:half], now_on) | _grouped(asked[half:], now_on)
        return {due.id: _spoilt(record, due, now_on, error) for record, due in asked}
    except Exception as error:  # noqa: BLE001 - as above
        return {due.id: _after_fault(record, now_on, error) for record, due in asked}
    return {message: _again(answer) for message, answer in answers.items()}


def _again(answer: Done | Later) -> Wait | None:
    return Wait(answer.until) if isinstance(answer, Later) else None


def _due_of(record: Json, now_on: Round) -> SendDue | None:
    """What a record asks for; None for one that nobody understands, which is buried."""
    try:
        return queue.due_of(record["body"])
    except (ValueError, KeyError, TypeError) as error:
        bury([DeadLetter(now_on.function, record["messageId"], "", f"{type(error).__name__}: {record['body'][:_EXCERPT]}")])
        count_refusals([POISON_CODE])
        return None


def _spoilt(record: Json, due: SendDue, now_on: Round, error: Exception) -> Wait | None:
    """A fault of the data, most likely. It gets a few tries first; how many it had, the message in the queue says itself, since receives
    count those that waited, too. Then its trip is ended, so that it may go another way.
    """
    stumbles = due.stumbles + 1
    if stumbles < SPOILT_AFTER:
        return replace(_after_fault(record, now_on, error), body=queue.body_of_due(replace(due, stumbles=stumbles)))
    try:
        sending.give_up(due.id, due.attempt, _now())
    except _SPOILT as unreadable:
        logger.error("a message cannot be read", function=now_on.function, message_id=due.id, exc_info=unreadable)
    except Exception as fault:  # noqa: BLE001 - the stores are away: it stays until they are back
        return _after_fault(record, now_on, fault)
    bury([DeadLetter(now_on.function, due.id, str(due.attempt), f"{type(error).__name__}: {error}")])
    count_refusals([SPOILT_CODE])
    return None


def _after_fault(record: Json, now_on: Round, error: Exception) -> Wait:
    """When a message comes again at which something was raised: later each time, and not for ever."""
    if isinstance(error, Busy):
        logger.info("another worker has the message", function=now_on.function, record=record["messageId"])
        return Wait(_now() + SOON_MS)
    logger.error("a message could not be sent", function=now_on.function, record=record["messageId"], exc_info=error)
    count_refusals([FAULT_CODE])
    return Wait(_now() + min(SOON_MS << min(receives(record), _DOUBLINGS), LONGEST_FAULT_MS), counted=True)


def _now() -> int:
    return int(time() * 1000)
