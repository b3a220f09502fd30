"""Which hand a request goes to: a call of the platform, an address of the admin API or of a fan's phone; anything else is not there."""

from collections.abc import Sequence
from typing import Final

from infra.local_wechat import admin_accounts, admin_faults, admin_people, admin_state, api_codes, api_oauth, report
from infra.local_wechat.catalogue import APIS
from infra.local_wechat.pipeline import answer
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.state import Logged
from infra.local_wechat.steps import has_escapes
from infra.local_wechat.wire import BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, Answer, Request, answer_json
from infra.local_wechat.world import World

ADMIN: Final[Sequence[Route]] = (
    *admin_accounts.ROUTES,
    *admin_people.ROUTES,
    *admin_state.ROUTES,
    *admin_faults.ROUTES,
    *report.ROUTES,
    *api_codes.ROUTES,
    *api_oauth.ROUTES,
)


_LOGGED_BYTES: Final = 64 << 10  # of a body; uploads may be far longer


def respond(world: World, request: Request, routes: Sequence[Route] = ADMIN) -> Answer:
    """Answers a request, and keeps it in the log unless it is one of the admin API's."""
    api = APIS.get(request.path)
    if api is not None:
        with world.transaction():
            return _logged(world, request, answer(world, request, api))
    for route in routes:
        if route.takes(request.method, request.path):
            return _routed(world, request, route)
    if any(route.path == request.path for route in routes):
        return answer_json({"error": f"not with {request.method}"}, METHOD_NOT_ALLOWED)
    with world.transaction():
        return _logged(world, request, answer_json({"error": f"no such path: {request.path}"}, NOT_FOUND), known=False)


def _routed(world: World, request: Request, route: Route) -> Answer:
    try:
        if not route.locked:
            return route.handler(world, request)
        with world.transaction():
            return route.handler(world, request)
    except Nonsense as nonsense:
        return answer_json({"error": str(nonsense)}, BAD_REQUEST)


def _logged(world: World, request: Request, said: Answer, known: bool = True) -> Answer:
    world.log.append(
        Logged(
            world.order(),
            world.clock.world(),
            request.method,
            request.path,
            dict(request.query),
            request.body[:_LOGGED_BYTES],
            said.status,
            said.errcode,
            said.rid,
            said.appid,
            known,
            has_escapes(request.body),
        )
    )
    return said
