"""Figures that a test may hold against what it expects of a product: how much it called, wrote, and did wrong."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from infra.local_wechat.clock import SECOND_MS
from infra.local_wechat.routes import Route
from infra.local_wechat.state import Sent
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import World

_CHINA: Final = timedelta(hours=8)
_KEYS: Final = ("client_msg_id", "clientmsgid")


def report(world: World, _request: Request) -> Answer:
    """All figures at once; hours are China's."""
    calls = [one for one in world.log if one.known]
    people = Counter(sent.openid for sent in world.outbox)
    contents = Counter(_content(sent) for sent in world.outbox)
    return answer_json(
        {
            "calls": Counter(one.path for one in calls),
            "refusals": Counter(str(one.errcode) for one in calls if one.errcode),
            "unknown_paths": sorted({one.path for one in world.log if not one.known}),
            "escaped_bodies": sum(one.escaped for one in calls),
            "messages": len(world.outbox),
            "messages_by_hour": Counter(_hour(sent.at) for sent in world.outbox),
            "most_messages_to_one": max(people.values(), default=0),
            "sent_again": sum(count - 1 for count in contents.values()),
            "keyed_sends": sum(any(sent.body.get(key) for key in _KEYS) for sent in world.outbox),
        }
    )


def _content(sent: Sent) -> tuple[str, str]:
    """Whom a message went to and what it said: the same twice may be one message sent again."""
    return sent.openid, json.dumps({name: value for name, value in sent.body.items() if name not in _KEYS}, sort_keys=True)


def _hour(at: int) -> str:
    return (datetime.fromtimestamp(at / SECOND_MS, UTC) + _CHINA).strftime("%H")


ROUTES: Final = (Route("GET", "/_sim/report", report),)
