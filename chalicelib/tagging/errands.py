"""Messages of this room: whose tags are to be looked at, which walks to be carried on, and which accounts may have to change.

Queue `tagging`:
    {"person": ID, "sources": [KEY, ...], "appid": APPID}     what changed for a person: everything where nothing is named, in all accounts
    {"appid": APPID, "fan": OPENID}                           somebody follows, and has no tags yet
    {"appid": APPID, "walk": NAME, "round": MS, "step": N}    a walk over many
Queue `menus`: {"appid": APPID}, or {} for all accounts. All may come twice, late, and in any order.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.settings import settings

DELAY_MAX: Final = 900  # seconds, SQS's limit
LISTED_SECONDS: Final = 3  # until lists of definitions, which are read eventually consistent, show what was published
_ENTRIES: Final = 10  # of one SendMessageBatch


@dataclass(frozen=True, slots=True)
class Look:
    """A person's tags are to be brought to what it stands for now. `sources` are keys of what changed, `appid` names the only account."""

    person: str
    sources: tuple[str, ...] = ()
    appid: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A fan follows: the platform has forgotten the tags it may have had."""

    appid: str
    openid: str


@dataclass(frozen=True, slots=True)
class Step:
    """A walk is to be carried on: the step `number` of the walk that began at `round` (ms)."""

    appid: str
    walk: str
    round: int
    number: int


Errand = Look | Arrival | Step


class ErrandUnreadable(ValueError):
    """A message that is not ours."""


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages."""


def send(errands: Iterable[Errand], delay: int = 0) -> None:
    """Puts messages into the queue `tagging`; they show up after `delay` seconds, 900 at most. Raises NotSent when SQS refuses some."""
    bodies = [json.dumps(_body(one)) for one in dict.fromkeys(errands)]
    for start in range(0, len(bodies), _ENTRIES):
        _send(settings().tagging_queue_url, bodies[start : start + _ENTRIES], delay)


def ask_for(appid: str = "", delay: int = 0) -> None:
    """Has tags and menus of an account, or of all, made what the definitions in force say. Raises NotSent."""
    _send(settings().menus_queue_url, [json.dumps({"appid": appid} if appid else {})], delay)


def seconds_until(moment: int | None, now: int) -> int:
    """How long a message may wait for a moment (ms), as far as SQS lets it; the longest where nobody knows the moment."""
    return DELAY_MAX if moment is None else min(max(-(-(moment - now) // 1000), 1), DELAY_MAX)


def errand_of(body: str) -> Errand:
    """What a message of the queue `tagging` asks for. Raises ErrandUnreadable."""
    try:
        message = json.loads(body)
        if "person" in message:
            return Look(str(message["person"]), tuple(map(str, message.get("sources", ()))), str(message.get("appid", "")))
        if "fan" in message:
            return Arrival(str(message["appid"]), str(message["fan"]))
        return Step(str(message["appid"]), str(message["walk"]), int(message["round"]), int(message["step"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ErrandUnreadable(f"neither a person nor a fan nor a walk: {body[:500]}") from error


def account_of(body: str) -> str:
    """The appid that a message of the queue `menus` names, "" for all accounts. Raises ErrandUnreadable."""
    try:
        return str(json.loads(body).get("appid", ""))
    except (ValueError, AttributeError) as error:
        raise ErrandUnreadable(f"names no account: {body[:500]}") from error


def _body(errand: Errand) -> dict[str, Any]:
    if isinstance(errand, Look):
        only = {"appid": errand.appid} if errand.appid else {}
        return {"person": errand.person, "sources": list(errand.sources), **only}
    if isinstance(errand, Arrival):
        return {"appid": errand.appid, "fan": errand.openid}
    return {"appid": errand.appid, "walk": errand.walk, "round": errand.round, "step": errand.number}


def _send(url: str, bodies: Sequence[str], delay: int) -> None:
    entries = [{"Id": str(place), "MessageBody": body, "DelaySeconds": delay} for place, body in enumerate(bodies)]
    if not entries:
        return
    answer = _queue_client().send_message_batch(QueueUrl=url, Entries=entries)
    if failed := answer.get("Failed"):
        raise NotSent(f"{len(failed)} messages were not taken: {failed[0].get('Message', '')}")


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what is hardly ever needed

    return boto3.client("sqs")
