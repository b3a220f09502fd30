"""Passes over all people: after a publication everybody is brought up to the new plan and judged. How they start, and how far they are.

    ensure_started(stored(), now)          # whoever has published, and whoever reads a plan that nobody has passed yet

A pass is eight segments of the people table, each carried on by messages of the queue `passes` (see `pass_work.py`). Starting twice is
starting once. A segment whose message or worker was lost gets a new message from whoever looks next.

A pass begins START_MS after the publication. Until then a lambda may work by the plan that it has in memory; afterwards every invocation
that begins knows the new one, so what was done by the old one is there when the pass comes by.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.audiences import pass_records
from chalicelib.audiences.pass_progress import SEGMENTS, Progress, Segment, is_complete, progress_of
from chalicelib.audiences.pass_records import LOST_MS
from chalicelib.audiences.planbook import KEPT_SECONDS, StoredPlan, mark_passed
from chalicelib.settings import settings

MARGIN_MS: Final = 5_000  # for clocks that differ, and for reads that are not consistent
START_MS: Final = int(KEPT_SECONDS * 1000) + MARGIN_MS  # after a publication
DELAY_MAX: Final = 900  # seconds, SQS's limit
_RETRY: Final = 15  # seconds until somebody who was held is tried again, doubled each time; a lease of a settle takes ten


@dataclass(frozen=True, slots=True)
class Part:
    """A message: a segment of a plan's pass is to be carried on."""

    plan: int
    segment: int


@dataclass(frozen=True, slots=True)
class Straggler:
    """A message: one person is to be brought up to a plan, and judged. `tries` counts those that came to nothing."""

    person: str
    plan: int
    tries: int = 0


class MessageUnreadable(ValueError):
    """A message on the passes queue that is not ours."""


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages."""


def ensure_started(stored: StoredPlan, now: int) -> None:
    """Sees to it that the pass of the plan is under way; nothing if it is, or is over. `now` in epoch ms. Safe to call at any time."""
    plan = stored.plan.version
    if stored.passed >= plan:
        return
    segments = pass_records.segments_of(plan)
    if segments:
        _revive(segments, now)
        return
    delay = _seconds_to_start(stored, now)
    # Messages first: whoever dies in between leaves either nothing, or messages whose workers make what is missing.
    send([Part(plan, number) for number in range(SEGMENTS)], delay)
    pass_records.begin(plan, now, now + delay * 1000 + LOST_MS)


def catch_up(person_id: str, stored: StoredPlan, now: int) -> None:
    """Has one person brought up and judged: somebody who turned up at an older plan after the pass had gone by."""
    send([Straggler(person_id, stored.plan.version)], _seconds_to_start(stored, now))


def try_again(straggler: Straggler) -> None:
    """Has a person tried once more, a little later each time."""
    again = Straggler(straggler.person, straggler.plan, straggler.tries + 1)
    send([again], min(_RETRY * 2**straggler.tries, DELAY_MAX))


def progress(stored: StoredPlan) -> Progress:
    """How the pass of the plan stands."""
    return progress_of(stored.plan.version, pass_records.segments_of(stored.plan.version), stored.passed)


def end(plan: int) -> bool:
    """Says that everybody has been brought up if all segments are finished; whether they are. May be done twice."""
    over = is_complete(pass_records.segments_of(plan))
    if over:
        mark_passed(plan)
    return over


def send(messages: Sequence[Part | Straggler], delay: int = 0) -> None:
    """Puts up to ten messages into the queue; they show up after `delay` seconds. Raises NotSent when SQS refuses some."""
    entries = [{"Id": str(place), "MessageBody": _text(one), "DelaySeconds": delay} for place, one in enumerate(messages)]
    answer = _queue_client().send_message_batch(QueueUrl=settings().passes_queue_url, Entries=entries)
    if failed := answer.get("Failed"):
        raise NotSent(f"{len(failed)} messages of passes were not taken: {failed[0].get('Message', '')}")


def message_of(body: str) -> Part | Straggler:
    """What a message asks for. Raises MessageUnreadable."""
    try:
        message = json.loads(body)
        if "person" in message:
            return Straggler(str(message["person"]), int(message.get("plan", 0)), int(message.get("tries", 0)))
        part = Part(int(message["pass"]), int(message["segment"]))
        if part.plan < 1 or part.segment not in range(SEGMENTS):
            raise ValueError("there is no such segment")
    except (ValueError, KeyError, TypeError) as error:
        raise MessageUnreadable(f"neither a segment of a pass nor a person: {body[:500]}") from error
    return part


def _revive(segments: Sequence[Segment], now: int) -> None:
    if is_complete(segments):
        mark_passed(segments[0].plan)  # the last worker died before it could
    for one in segments:
        if one.is_lost(now) and pass_records.wake(one, now + LOST_MS):
            send([Part(one.plan, one.number)])


def _seconds_to_start(stored: StoredPlan, now: int) -> int:
    """Rounded up."""
    return min(-(-max(stored.at + START_MS - now, 0) // 1000), DELAY_MAX)


def _text(message: Part | Straggler) -> str:
    if isinstance(message, Part):
        return json.dumps({"pass": message.plan, "segment": message.segment})
    return json.dumps({"person": message.person, "plan": message.plan, "tries": message.tries})


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what is hardly ever needed

    return boto3.client("sqs")
