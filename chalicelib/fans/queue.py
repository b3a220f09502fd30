"""The queue `fans`: fans to be read from the platform, and syncs to be carried on.

    send([Read("wx77aa00bb11cc22dd", ("oFan1",), at)])

Messages may come twice, late, and in any order.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, Final

from chalicelib.settings import settings

MAX_DELAY_MS: Final = 900_000  # of a message in SQS
MAX_OPENIDS: Final = 100  # of one message, as of one call
_ENTRIES: Final = 10  # of one SendMessageBatch
_EXCERPT: Final = 500  # characters of a message that nobody understands
_NAMES: Final = {"Read": "read", "Sync": "sync"}


@dataclass(frozen=True, slots=True)
class Read:
    """Fans of an account are to be read. `at`: when the reason arose (ms); it dates what is told of them.

    `run` is the sync that asks, 0 for a push. `not_before` (ms): until then the platform would refuse; `tries` counts what failed.
    """

    appid: str
    openids: tuple[str, ...]
    at: int
    run: int = 0
    tries: int = 0
    not_before: int = 0


@dataclass(frozen=True, slots=True)
class Sync:
    """The sync `run` of an account is to be carried on. The rest as in `Read`."""

    appid: str
    run: int
    tries: int = 0
    not_before: int = 0


Message = Read | Sync


class MessageUnreadable(ValueError):
    """A message on the queue that is not ours."""


class NotSent(RuntimeError):
    """SQS has taken only a part of the messages: all are to be sent again."""


def send(messages: Sequence[Message], delay_ms: int = 0) -> None:
    """Puts messages into the queue; they show up after `delay_ms`, 15 minutes at most. Raises NotSent."""
    seconds = min(-(-max(delay_ms, 0) // 1000), MAX_DELAY_MS // 1000)
    for start in range(0, len(messages), _ENTRIES):
        chunk = messages[start : start + _ENTRIES]
        entries = [{"Id": str(place), "MessageBody": _text(one), "DelaySeconds": seconds} for place, one in enumerate(chunk)]
        answer = _queue_client().send_message_batch(QueueUrl=settings().fans_queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotSent(f"{len(failed)} messages about fans were not taken: {failed[0].get('Message', '')}")


def postpone(message: Message, until: int, now: int) -> None:
    """Sends a message that is worth nothing before `until` (ms). It may come earlier, and is to be postponed again then."""
    send([replace(message, not_before=until)], until - now)


def message_of(body: str) -> Message:
    """What a message asks for. Raises MessageUnreadable."""
    try:
        content = json.loads(body)
        if "sync" in content:
            one = content["sync"]
            return Sync(_appid(one), int(one["run"]), int(one.get("tries", 0)), int(one.get("not_before", 0)))
        one = content["read"]
        openids = tuple(str(openid) for openid in one["openids"])
        if not 0 < len(openids) <= MAX_OPENIDS or not all(openids):
            raise ValueError(f"a message names 1 to {MAX_OPENIDS} fans")
        rest = (int(one.get(name, 0)) for name in ("run", "tries", "not_before"))
        return Read(_appid(one), openids, int(one["at"]), *rest)
    except (ValueError, KeyError, TypeError) as error:
        raise MessageUnreadable(f"neither fans to read nor a sync: {body[:_EXCERPT]}") from error


def _appid(one: Any) -> str:
    appid = one["appid"]
    if not isinstance(appid, str) or not appid:
        raise ValueError("there is no appid")
    return appid


def _text(message: Message) -> str:
    return json.dumps({_NAMES[type(message).__name__]: asdict(message)}, ensure_ascii=False, separators=(",", ":"))


@cache
def _queue_client() -> Any:
    import boto3  # 20 ms of a cold start, for what few pushes need

    return boto3.client("sqs")
