"""Admin API: what is to go wrong with calls."""

from collections.abc import Collection
from typing import Any, Final

from infra.local_wechat.clock import MINUTE_MS, next_china_day
from infra.local_wechat.faults import MATCHES, WHENS, Effect, Fault
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.setting import body_of, one_of
from infra.local_wechat.state import Json
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import World


def _next_minute(now: int) -> int:
    return (now // MINUTE_MS + 1) * MINUTE_MS


_ENDS: Final = {"day": next_china_day, "minute": _next_minute}


def put_fault(world: World, request: Request) -> Answer:
    """One more: `{"match": {"path"}, "when": {"nth"}, "effect": {"errcode": 42001}}`, or `{"clear": true}`: none any more."""
    given = body_of(request)
    if given.get("clear"):
        world.faults.clear()
    else:
        world.faults.append(fault_of(given, world.clock.world()))
    return faults(world, request)


def faults(world: World, _request: Request) -> Answer:
    """All of them, with how many calls each has seen and hit."""
    return answer_json({"faults": [_told(fault) for fault in world.faults]})


def fault_of(given: Json, now: int) -> Fault:
    """A fault as it was written. `until` may be `day` or `minute`, the end of the present one. Raises Nonsense."""
    effect = given.get("effect")
    if isinstance(effect, str):
        effect = {effect: None}
    if not isinstance(effect, dict) or len(effect) != 1:
        raise Nonsense('effect must be one, as in {"errcode": 42001}')
    name, value = next(iter(effect.items()))
    when = _part(given, "when", WHENS)
    if when.get("until") in _ENDS:
        when["until"] = _ENDS[when["until"]](now)
    if not all(isinstance(number, int | float) for number in when.values()):
        raise Nonsense("what stands in when must be numbers")
    kind = one_of("effect", Effect, name)
    if kind is Effect.ERRCODE and not isinstance(value, int):
        raise Nonsense("errcode must be a number")
    return Fault(kind, value, _part(given, "match", MATCHES), when)


def _part(given: Json, name: str, allowed: Collection[str]) -> dict[str, Any]:
    part = given.get(name, {})
    if not isinstance(part, dict) or not part.keys() <= set(allowed):
        raise Nonsense(f"{name} may hold {', '.join(sorted(allowed))}")
    return dict(part)


def _told(fault: Fault) -> Json:
    return {
        "match": fault.match,
        "when": fault.when,
        "effect": {str(fault.effect): fault.value},
        "seen": fault.seen,
        "hit": fault.hit,
    }


ROUTES: Final = (Route("POST", "/_sim/faults", put_fault), Route("GET", "/_sim/faults", faults))
