"""Admin API: time, what the platform's pages disagree about, everything that is known, and a new beginning."""

import dataclasses
from typing import Any, Final

from infra.local_wechat.clock import SECOND_MS, next_china_day, next_china_month
from infra.local_wechat.happenings import Happening, Took
from infra.local_wechat.outbox import page
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.setting import body_of, number_asked, set_fields
from infra.local_wechat.state import Json, Logged
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import Choices, World

_CHOICES: Final = tuple(choice.name for choice in dataclasses.fields(Choices))
_STATE: Final = ("accounts", "persons", "relations", "codes", "grants", "user_tokens", "faults", "counters")


def time(world: World, _request: Request) -> Answer:
    """Both readings of the clock, epoch ms."""
    return answer_json({"world": world.clock.world(), "wire": world.clock.wire()})


def advance(world: World, request: Request) -> Answer:
    """Moves the world on: `{"advance_seconds": 3600}`, or `{"advance_to": "day" | "month"}`, which is China's next one."""
    given = body_of(request)
    milliseconds = _as_far_as(world.clock.world(), given.get("advance_to")) or _as_long_as(given.get("advance_seconds"))
    world.clock.advance(milliseconds)
    world.happened(Happening(Took.CLOCK_MOVED, fields={"milliseconds": milliseconds}))
    return time(world, request)


def _as_far_as(now: int, target: object) -> int:
    if target is None:
        return 0
    if target not in {"day", "month"}:
        raise Nonsense("advance_to must be day or month")
    return (next_china_day(now) if target == "day" else next_china_month(now)) - now


def _as_long_as(seconds: object) -> int:
    if not isinstance(seconds, int | float) or seconds < 0:
        raise Nonsense("advance_seconds must be a number, not below 0")
    return round(seconds * SECOND_MS)


def choices(world: World, _request: Request) -> Answer:
    """What is chosen where the platform's pages disagree."""
    return answer_json(dataclasses.asdict(world.choices))


def choose(world: World, request: Request) -> Answer:
    """Chooses otherwise: `{"unionid_when_gone": false}`."""
    set_fields(world.choices, body_of(request), _CHOICES)
    return choices(world, request)


def reset(world: World, request: Request) -> Answer:
    """Forgets everything; `{"seed": 2}` begins anew with another seed. Time goes on."""
    seed = body_of(request).get("seed", world.seed)
    if not isinstance(seed, int):
        raise Nonsense("seed must be a whole number")
    world.seed = seed
    world.forget()
    world.happened(Happening(Took.RESET))
    return answer_json({"seed": seed})


def log(world: World, request: Request) -> Answer:
    """All calls in their order; `?path` (its end), `?appid` and `?after` (an order) choose."""
    asked = request.query
    after = number_asked(asked, "after")
    found = [
        one
        for one in world.log
        if one.order > after and one.path.endswith(asked.get("path", "")) and one.appid == asked.get("appid", one.appid)
    ]
    return answer_json({"requests": [told(one) for one in found]})


def told(one: Logged) -> Json:
    """A request of the log; bytes that are no text are replaced."""
    return {**dataclasses.asdict(one), "body": one.body.decode("utf-8", "replace")}


def state(world: World, _request: Request) -> Answer:
    """Everything there is, as JSON."""
    return answer_json({name: plain(getattr(world, name)) for name in _STATE})


def plain(value: Any) -> Any:
    """The same as JSON would have it: keys of several parts joined, sets as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {"/".join(key) if isinstance(key, tuple) else str(key): plain(one) for key, one in value.items()}
    if isinstance(value, set):
        return sorted(value)
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


ROUTES: Final = (
    Route("GET", "/_sim/clock", time),
    Route("POST", "/_sim/clock", advance),
    Route("GET", "/_sim/choices", choices),
    Route("POST", "/_sim/choices", choose),
    Route("POST", "/_sim/reset", reset),
    Route("GET", "/_sim/log", log),
    Route("GET", "/_sim/state", state),
    Route("GET", "/outbox", page),
)
