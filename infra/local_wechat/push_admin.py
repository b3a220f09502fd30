"""Admin API of pushes: a fan acts, what they see, what was pushed and what became of it, and what is to go wrong on the way."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from infra.local_wechat import fan_actions, further_actions, menu_actions, menus
from infra.local_wechat.acting import Acted, Scene
from infra.local_wechat.chat import Via, Who
from infra.local_wechat.deliveries import Delivery, Ways
from infra.local_wechat.delivery_faults import read_fault
from infra.local_wechat.page import page
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.setting import body_of, set_fields
from infra.local_wechat.state import Json, Person, Relation
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import World

if TYPE_CHECKING:
    from infra.local_wechat.events import Pusher

ACTIONS: Final = {**fan_actions.ACTIONS, **menu_actions.ACTIONS, **further_actions.ACTIONS}
_WAYS: Final = tuple(way.name for way in fields(Ways))
_FILTERS: Final = ("appid", "openid", "name", "outcome")


class PushAdmin:
    """The addresses of a pusher. They are not locked: whoever takes a push may ask for something meanwhile."""

    def __init__(self, pusher: "Pusher") -> None:
        self._pusher = pusher
        self.routes = (
            Route("POST", "/_sim/act", self.act, locked=False),
            Route("GET", "/_sim/shown", self.shown),
            Route("GET", "/_sim/menu", self.menu),
            Route("GET", "/_sim/pushes", self.pushes),
            Route("POST", "/_sim/push_faults", self.put_fault),
            Route("POST", "/_sim/ways", self.put_ways),
            Route("GET", "/_sim/verification", self.verification),
            Route("GET", "/_sim/actions", actions),
            Route("GET", "/_sim/codes", codes),
            Route("GET", "/", page),
        )

    def act(self, world: World, request: Request) -> Answer:
        """A person does something in an account: `{"person", "appid", "action", ...its fields}`; `"wait": false` does not wait for pushes.

        Answers with what became of the pushes, what the chat has gained, and what the action gives.
        """
        given = body_of(request)
        action = ACTIONS.get(str(given.get("action")))
        if action is None:
            raise Nonsense(f"action must be one of {', '.join(ACTIONS)}")
        with world.transaction():
            fan = _relation(world, given)
            before = len(self._pusher.chats.of(fan.appid, fan.openid))
            self._pusher.sees_menu(fan)
            acted = action(Scene(world, world.accounts[fan.appid], fan, given))
            if acted.kind:
                self._pusher.chats.add(fan.appid, fan.openid, world.clock.wire(), Who.FAN, Via.ACTION, acted.kind, acted.content)
            self._pusher.sees_menu(fan)
        pushed = self._pushed(fan, acted, bool(given.get("wait", True)))
        chat = [entry.document() for entry in self._pusher.chats.of(fan.appid, fan.openid)]
        gives = {name: value for name, value in acted.gives.items() if name != "from"}
        return answer_json({"openid": fan.openid, "pushes": pushed, "shown": chat[before:], "gives": gives})

    def _pushed(self, fan: Relation, acted: Acted, wait: bool) -> list[Json]:
        sender = str(acted.gives.get("from", fan.openid))

        def carry_out() -> list[Delivery]:
            return [self._pusher.push(fan.appid, sender, payload) for payload in acted.pushes]

        if wait:
            return [delivery.document() for delivery in carry_out()]
        self._pusher.soon(lambda: carry_out().clear())
        return []

    def shown(self, world: World, request: Request) -> Answer:
        """The chat of a person with an account, in order: `?person&appid`."""
        fan = _relation(world, dict(request.query))
        self._pusher.sees_menu(fan)
        return answer_json({"entries": [entry.document() for entry in self._pusher.chats.of(fan.appid, fan.openid)]})

    def menu(self, world: World, request: Request) -> Answer:
        """The buttons that a person sees in an account, and of which menu they are (0: the one for all): `?person&appid`."""
        fan = _relation(world, dict(request.query))
        buttons, menuid = menus.menu_of(world.accounts[fan.appid], fan)
        return answer_json({"buttons": buttons or [], "menuid": menuid})

    def pushes(self, _world: World, request: Request) -> Answer:
        """All pushes and what became of each attempt; `?appid`, `openid`, `name`, `outcome` choose, `after` an order."""
        asked = request.query
        after = int(asked.get("after", 0))
        told = [one.document() for one in self._pusher.deliverer.deliveries if one.order > after]
        return answer_json({"pushes": [one for one in told if all(one[name] == asked[name] for name in _FILTERS if name in asked)]})

    def put_fault(self, _world: World, request: Request) -> Answer:
        """Something is to go wrong with deliveries: `{"effect", "event"?, "attempts"?, "count"? ...}`; `{"clear": true}` ends it."""
        given = body_of(request)
        faults = self._pusher.deliverer.faults
        if given.get("clear"):
            faults.clear()
            return answer_json({})
        fault = read_fault(given)
        faults.add(fault)
        return answer_json(asdict(fault))

    def put_ways(self, _world: World, request: Request) -> Answer:
        """How the platform pushes, where nobody knows for sure: `{"breaker_failures": 3, "template_status": "failed: system failed"}`."""
        ways = self._pusher.deliverer.ways
        set_fields(ways, body_of(request), _WAYS)
        return answer_json(asdict(ways))

    def verification(self, world: World, request: Request) -> Answer:
        """Whether an account's callback address was taken when it was set, and else why not: `?appid`."""
        appid = request.query.get("appid", "")
        if appid not in world.accounts:
            raise Nonsense(f"there is no account {appid!r}")
        refused = self._pusher.deliverer.refused_urls.get(appid, "")
        return answer_json({"verified": not refused and bool(world.accounts[appid].callback_url), "refused": refused})


def actions(_world: World, _request: Request) -> Answer:
    """What persons can do, and what it takes."""
    return answer_json({name: action.__doc__ for name, action in ACTIONS.items()})


def codes(world: World, request: Request) -> Answer:
    """The account's codes that can be scanned: `?appid`."""
    now, appid = world.clock.world(), request.query.get("appid", "")
    found = [one for one in world.codes.values() if one.appid == appid and (one.expires is None or one.expires > now)]
    return answer_json({"codes": [asdict(one) for one in found]})


def _relation(world: World, given: Json) -> Relation:
    appid, person = str(given.get("appid", "")), _person(world, given.get("person"))
    if appid not in world.accounts:
        raise Nonsense(f"there is no account {appid!r}")
    return world.relation(appid, person.id)


def _person(world: World, named: Any) -> Person:
    """By id, or by name."""
    found = world.persons.get(str(named)) or next((one for one in world.persons.values() if one.name == named), None)
    if found is None:
        raise Nonsense(f"there is no person {named!r}")
    return found
