"""The admin API: `/_sim/*` sets up and moves the world on, `/outbox` tells what was taken on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from infra.local_providers.callbacks import Callbacks
from infra.local_providers.fronts import whole
from infra.local_providers.state import Account, Json, Nature, Provider, Receiver, Template
from infra.local_providers.world import World
from infra.local_wechat.faults import Effect, Fault
from infra.local_wechat.wire import BAD_REQUEST, Answer, Request, answer_json

Handler = Callable[[World, Callbacks, Json], Any]

_FILTERS: Final = ("provider", "account", "to", "key", "id", "state")


def put_account(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """`{"provider", "key_id", "secret", "app_id", "signatures": [], "templates": {"SMS_1": {"variables": [], "marketing": true}}, ...}`."""
    provider = Provider(given.pop("provider"))
    written = given.pop("templates", {}).items()
    templates = {name: Template(name, tuple(one.get("variables", ())), bool(one.get("marketing"))) for name, one in written}
    signatures = set(given.pop("signatures", ()))
    account = Account(provider, signatures=signatures, templates=templates, **given)
    world.accounts[provider, account.key_id] = account
    return {"key_id": account.key_id}


def put_receiver(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """`{"name", "secret", "statuses": [500, 200], "headers": {"Location": "..."}}`; it is at /hooks/NAME then."""
    receiver = Receiver(**given)
    world.receivers[receiver.name] = receiver
    return {"path": f"/hooks/{receiver.name}"}


def put_number(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """`{"number", "nature": "absent"}`."""
    number = whole(str(given["number"])) or str(given["number"])
    world.numbers[number] = Nature(given["nature"])
    return {"number": number}


def put_device(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """`{"registration_id", "gone": false}`."""
    change = world.devices.discard if given.get("gone") else world.devices.add
    change(str(given["registration_id"]))
    return {"devices": len(world.devices)}


def put_fault(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """`{"match": {"provider", "action"}, "when": {"nth": 1}, "effect": {"errcode": "isp.SYSTEM_ERROR"}}`, or `{"clear": true}`."""
    if given.get("clear"):
        world.faults.clear()
    else:
        effect = given["effect"]
        name, value = next(iter(effect.items())) if isinstance(effect, dict) else (effect, None)
        world.faults.append(Fault(Effect(name), value, dict(given.get("match", {})), dict(given.get("when", {}))))
    return {"faults": [{"effect": one.effect, "seen": one.seen, "hit": one.hit} for one in world.faults]}


def put_choices(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """Sets what one may want the other way."""
    world.choices = replace(world.choices, **given)
    return asdict(world.choices)


def put_reply(world: World, callbacks: Callbacks, given: Json) -> Any:
    """`{"provider", "account", "number", "text", "signature"}`: a person answers."""
    account = world.accounts[Provider(given["provider"]), given["account"]]
    callbacks.reply(account, whole(str(given["number"])), str(given["text"]), str(given.get("signature", "")))
    return {}


def put_clock(world: World, _callbacks: Callbacks, given: Json) -> Any:
    """`{"advance_seconds": 600}`; what becomes due is done before the answer."""
    world.clock.advance(round(float(given.get("advance_seconds", 0)) * 1000))
    return {"now": world.clock.world()}


def reset(world: World, _callbacks: Callbacks, _given: Json) -> Any:
    """Begins anew."""
    world.forget()
    return {}


def outbox(world: World, _callbacks: Callbacks, asked: Json) -> Any:
    """Messages, chosen by provider, account, to, key, id, state, after (an order)."""
    after = int(asked.get("after", 0))
    told = (asdict(one) for one in world.outbox if one.order > after)
    return {"messages": [one for one in told if all(str(one[name]) == asked[name] for name in _FILTERS if name in asked)]}


def log(world: World, _callbacks: Callbacks, _asked: Json) -> Any:
    """Calls, in their order."""
    return {"requests": [asdict(one) for one in world.log]}


def deliveries(world: World, _callbacks: Callbacks, _asked: Json) -> Any:
    """Callbacks and what they were answered with."""
    return {"deliveries": [asdict(one) for one in world.deliveries]}


ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("POST", "/_sim/accounts"): put_account,
    ("POST", "/_sim/receivers"): put_receiver,
    ("POST", "/_sim/numbers"): put_number,
    ("POST", "/_sim/devices"): put_device,
    ("POST", "/_sim/faults"): put_fault,
    ("POST", "/_sim/choices"): put_choices,
    ("POST", "/_sim/replies"): put_reply,
    ("POST", "/_sim/clock"): put_clock,
    ("POST", "/_sim/reset"): reset,
    ("GET", "/_sim/log"): log,
    ("GET", "/_sim/deliveries"): deliveries,
    ("GET", "/outbox"): outbox,
}


def administered(world: World, callbacks: Callbacks, request: Request) -> Answer | None:
    """The answer to a request of the admin API; None when it is none."""
    handler = ROUTES.get((request.method, request.path))
    if handler is None:
        return None
    try:
        given = request.json() if request.method == "POST" else dict(request.query)
        with world.transaction():
            said = handler(world, callbacks, given)
    except (KeyError, TypeError, ValueError) as nonsense:
        return answer_json({"error": f"{type(nonsense).__name__}: {nonsense}"}, BAD_REQUEST)
    callbacks.run()
    return answer_json(said)
