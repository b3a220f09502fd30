"""The fans queue: fans are read from the platform, and syncs of all fans carried on.

What the platform does not answer now is put off: by a little more each time, or until its limit ends. What it refuses for good is counted
and let go, since the next sync asks again for everybody who was not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import time
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import again
from chalicelib.errors import Busy
from chalicelib.fans import reading, run_tallies, syncing
from chalicelib.fans.connected import has_fans
from chalicelib.fans.queue import MAX_DELAY_MS, Message, MessageUnreadable, Read, Sync, message_of, postpone, send
from chalicelib.tagging import hearing
from chalicelib.telemetry import count_refusals, logger, metrics, observed
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import LimitReached, TryAgain, WechatError

FUNCTION: Final = "read_fans"
POISON_CODE: Final = "fans_message_invalid"
NO_ACCOUNT: Final = "account_without_fans"  # not in force any more, or a mini program
REFUSED: Final = "fans_refused"  # the platform refuses for good, by what is set up wrongly
GIVEN_UP: Final = "fans_given_up"  # the platform has not answered for an hour
MAX_TRIES: Final = 9
RETRY_MS: Final = 15_000  # until the second try, doubled each time
READ_MS: Final = 30_000  # that a read of a hundred takes at most
SYNC_MS: Final = syncing.WORK_MS + 30_000  # a worker and the slice that it is at


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A message with the name under which the queue has it."""

    name: str
    message: Message


@observed(FUNCTION)
def read_fans(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the fans queue; those that there is no time for are sent anew, since a failed one would wait for minutes."""
    deliveries = [one for record in event["Records"] if (one := _understood(record)) and _is_due(one.message)]
    failed: list[str] = []
    for place, group in enumerate(_groups(deliveries)):
        if place and context.get_remaining_time_in_millis() < _needed(group[0].message):
            send([one.message for one in group])
        elif not _taken(group):
            failed += [one.name for one in group]
    return again(failed)


def _understood(record: dict[str, Any]) -> _Delivery | None:
    try:
        return _Delivery(record["messageId"], message_of(record["body"]))
    except MessageUnreadable as wrong:
        bury([DeadLetter(FUNCTION, record["messageId"], "", str(wrong))])
        count_refusals([POISON_CODE])
        return None


def _is_due(message: Message) -> bool:
    """Whether there is anything to do now; what comes too early is put off again."""
    now = _now()
    if now < message.not_before:
        postpone(message, message.not_before, now)
        return False
    if not has_fans(message.appid):
        count_refusals([NO_ACCOUNT])
        return False
    return True


def _groups(deliveries: Sequence[_Delivery]) -> list[list[_Delivery]]:
    """What is done together: new fans of an account, read with one call; all else by itself, syncs last."""
    new: dict[str, list[_Delivery]] = {}
    alone: list[_Delivery] = []
    for one in deliveries:
        if isinstance(one.message, Read) and not one.message.run and len(one.message.openids) == 1:
            new.setdefault(one.message.appid, []).append(one)
        else:
            alone.append(one)
    return [*new.values(), *([one] for one in sorted(alone, key=lambda one: isinstance(one.message, Sync)))]


def _needed(message: Message) -> int:
    """Milliseconds that a message may take."""
    return READ_MS if isinstance(message, Read) else SYNC_MS


def _taken(group: Sequence[_Delivery]) -> bool:
    """Whether the messages are done with."""
    now, messages = _now(), [one.message for one in group]
    try:
        _work(group)
    except LimitReached as reached:
        for message in messages:
            postpone(message, reached.until or now + MAX_DELAY_MS, now)
    except TryAgain:
        _try_again(messages)
    except WechatError as refused:
        logger.warning("fans cannot be read", appid=messages[0].appid, number=refused.number, api=refused.api)
        count_refusals([REFUSED] * len(messages))
    except Busy:
        return False
    return True


def _work(group: Sequence[_Delivery]) -> None:
    first = group[0].message
    client = Client(first.appid)
    if isinstance(first, Sync):
        end = syncing.work(first, group[0].name, client, _now)
        logger.info("sync", appid=first.appid, run=first.run, end=end.value)
    else:
        _read(reading.wanted_by([one.message for one in group if isinstance(one.message, Read)]), client)


def _read(wanted: reading.Wanted, client: Client) -> None:
    tally = reading.read(wanted, client, _now())
    if wanted.run:
        run_tallies.count(wanted.appid, wanted.run, reading.key_of(wanted), tally, _now())
    else:
        hearing.followed(wanted.appid, wanted.since, _now())
    counts: Sequence[tuple[str, int]] = (("FansRead", tally.read), ("FansFoundFollowing", tally.followed), ("FansFoundGone", tally.left))
    for name, count in counts:
        metrics.add_metric(name, MetricUnit.Count, count)


def _try_again(messages: Sequence[Message]) -> None:
    for message in messages:
        if message.tries >= MAX_TRIES:
            count_refusals([GIVEN_UP])
        else:
            send([replace(message, tries=message.tries + 1)], RETRY_MS * 2**message.tries)


def _now() -> int:
    return int(time() * 1000)
