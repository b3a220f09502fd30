"""Which front a request is for, what goes wrong with it, and what is kept of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Final

from infra.local_providers import aliyun, jpush, receiver, tencent
from infra.local_providers.callbacks import Callbacks
from infra.local_providers.fronts import Call
from infra.local_providers.state import Logged, Provider
from infra.local_providers.world import World
from infra.local_wechat.faults import BEFORE, Effect, Fault, striking
from infra.local_wechat.wire import HTML_TYPE, NOT_FOUND, Answer, Request, answer_json

_JPUSH_PATH: Final = "/v3/"
_HOOKS_PATH: Final = "/hooks/"
_UNAVAILABLE: Final = 503
_HTML: Final = b"<html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True)
class Front:
    """How a provider answers, and refuses with a code of its own."""

    answer: Callable[[Call], Answer]
    refused: Callable[..., Answer]


def _front(module: ModuleType) -> Front:
    return Front(module.answer, module.refused)


FRONTS: Final[Mapping[Provider, Front]] = {
    Provider.ALIYUN: _front(aliyun),
    Provider.TENCENT: _front(tencent),
    Provider.JPUSH: _front(jpush),
    Provider.WEBHOOK: _front(receiver),
}


def meant(request: Request) -> tuple[Provider, str] | None:
    """The front that a request is for, and what it is asked to do; None for what is none's."""
    if action := request.headers.get("x-acs-action"):
        return Provider.ALIYUN, action
    if action := request.headers.get("x-tc-action"):
        return Provider.TENCENT, action
    if request.path.startswith(_JPUSH_PATH):
        return Provider.JPUSH, request.path.removeprefix(_JPUSH_PATH)
    if request.path.startswith(_HOOKS_PATH):
        return Provider.WEBHOOK, request.path.removeprefix(_HOOKS_PATH)
    return None


def respond(world: World, callbacks: Callbacks, request: Request) -> Answer:
    """Answers a call."""
    found = meant(request)
    if found is None:
        return answer_json({"error": f"no front has {request.method} {request.path}"}, NOT_FOUND)
    provider, action = found
    with world.transaction():
        facts = {"provider": str(provider), "action": action, "path": request.path}
        fault = striking(world.faults, facts, world.clock.world(), world.chance.random)
        said = _answered(Call(world, callbacks, request, action), FRONTS[provider], fault)
        world.log.append(Logged(world.order(), world.clock.world(), provider, action, said.status, str(fault.value) if fault else ""))
    return said


def _answered(call: Call, front: Front, fault: Fault | None) -> Answer:
    """What a fault leaves of the answer. Those before the call keep it from having an effect, the others only spoil the answer."""
    if fault is None:
        return front.answer(call)
    match fault.effect:
        case Effect.ERRCODE:
            return front.refused(str(fault.value))
        case Effect.HTTP:
            return Answer(_HTML, int(fault.value or _UNAVAILABLE), HTML_TYPE)
        case Effect.HTML:
            return Answer(_HTML, content_type=HTML_TYPE)
        case effect if effect in BEFORE:
            return Answer(mishap=fault)
        case _:
            return replace(front.answer(call), mishap=fault)
