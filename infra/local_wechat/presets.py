"""Scenarios by name: each is a few requests of the admin API, as one could send them oneself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.state import Json
from infra.local_wechat.wire import OK, Answer, Request, answer_json
from infra.local_wechat.world import World

Ask = Callable[[Request], Answer]

_CUSTOM: Final = "/custom/send"
_TEMPLATE: Final = "/template/send"
_NOTICE: Final = "/subscribe/send"
_ANY_SEND: Final = "send"
_RECEIPT: Final = "TEMPLATESENDJOBFINISH"


@dataclass(frozen=True, slots=True)
class Preset:
    """What to expect of a product that meets it, and the requests: the end of their path below /_sim/, and their body."""

    expect: str
    requests: tuple[tuple[str, Json], ...]


def _refusing(errcode: int, expect: str, path: str = "", **when: Any) -> Preset:
    match = {"path": path} if path else {"auth": "token"}
    return Preset(expect, (("faults", {"match": match, "when": when, "effect": {"errcode": errcode}}),))


def _pushes(*faults: Json) -> tuple[tuple[str, Json], ...]:
    return tuple(("push_faults", fault) for fault in faults)


_MERGE_SERVICE: Final = {"appid": "wxmergeservice", "kind": "service", "open_platform": "merge"}
_MERGE_MINI: Final = {"appid": "wxmergemini", "kind": "mini_program", "open_platform": "merge"}

PRESETS: Final[Mapping[str, Preset]] = {
    "token_expired_mid_campaign": _refusing(42001, "one refresh over all workers, no message lost", _ANY_SEND, nth=5),
    "token_fight": Preset("stable tokens are not touched, refreshes of classic ones stay few", (("choices", {"rival_seconds": 60}),)),
    "token_always_bad": _refusing(40001, "two calls for a token at most, then it stops and tells somebody"),
    "ip_not_allowed": Preset("it pauses, without trying again", (("faults", {"effect": {"errcode": 40164}}),)),
    "burst": _refusing(-1, "it slows down, all are delivered, none twice", _ANY_SEND, above_per_second=20),
    "day_quota": _refusing(45009, "the rest waits for China's midnight, or is given up", _ANY_SEND, until="day"),
    "minute_quota": _refusing(45011, "it waits for the next minute", _ANY_SEND, until="minute"),
    "user_refused": _refusing(43101, "the permission is forgotten, another channel tried", _NOTICE),
    "unfollowed": _refusing(43004, "the fan counts as gone", _ANY_SEND),
    "window_closed": _refusing(45015, "the channel is closed until the next contact", _CUSTOM),
    "count_used": _refusing(45047, "it waits for the next contact", _CUSTOM),
    "too_often": _refusing(43117, "it leaves this person alone for hours", _TEMPLATE),
    "duplicate": _refusing(40241, "the message counts as sent", _TEMPLATE),
    "template_banned": _refusing(43116, "all messages of the template stop", _TEMPLATE),
    "template_unknown": _refusing(40037, "all messages of the template stop", _TEMPLATE),
    "content_risky": _refusing(87014, "the message is given up, with a reason", _ANY_SEND),
    "content_too_long": _refusing(45002, "the message is given up, with a reason", _CUSTOM),
    "content_invalid": _refusing(47003, "the message is given up, with a reason", _TEMPLATE),
    "capability_revoked": _refusing(48001, "somebody is told to repair the account"),
    "blocked_by_person": _refusing(48002, "the person is left alone until they write", _CUSTOM),
    "capability_banned": _refusing(48004, "somebody is told to repair the account"),
    "lost_answer": Preset(
        "no second message where no key protects it",
        (("faults", {"match": {"path": _ANY_SEND}, "when": {"nth": 1}, "effect": {"timeout_after": 1}}),),
    ),
    "late_and_duplicated_receipts": Preset(
        "the state of a message never goes back",
        _pushes(
            {"effect": "delayed", "event": _RECEIPT, "seconds": 600, "count": 1},
            {"effect": "duplicate", "event": _RECEIPT, "count": None},
        ),
    ),
    "markfail": Preset("the list of fans brings what was lost to light", _pushes({"effect": "wrong_signature", "count": None})),
    "month_end": Preset("the month's counts begin anew", (("clock", {"advance_to": "month"}),)),
    "person_merge": Preset(
        "one person by unionid in both accounts, the one from a snapshot page apart",
        (
            ("accounts", _MERGE_SERVICE),
            ("accounts", _MERGE_MINI),
            ("persons", {"name": "花木兰"}),
            ("persons", {"name": "快照", "snapshot": True}),
        ),
    ),
}


def routes(ask: Ask) -> tuple[Route, ...]:
    """The addresses of presets; `ask` carries out what they consist of."""

    def carry_out(_world: World, request: Request) -> Answer:
        preset = PRESETS.get(request.path.rpartition("/")[2])
        if preset is None:
            raise Nonsense(f"there are {', '.join(PRESETS)}")
        for path, body in preset.requests:
            said = ask(Request("POST", f"/_sim/{path}", body=json.dumps(body).encode()))
            if said.status != OK:
                raise Nonsense(said.body.decode())
        return answer_json({"expect": preset.expect, "did": [{"path": f"/_sim/{path}", "body": body} for path, body in preset.requests]})

    return (Route("GET", "/_sim/presets", listed), Route("POST", "/_sim/presets/", carry_out, locked=False))


def listed(_world: World, _request: Request) -> Answer:
    """All of them, and what to expect."""
    return answer_json({name: preset.expect for name, preset in PRESETS.items()})
