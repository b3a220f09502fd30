"""Admin API: persons, what is between them and accounts, what they allowed, and the codes that their phones hand to servers."""

from dataclasses import asdict
from typing import Final

from infra.local_wechat.grants import granted
from infra.local_wechat.routes import Nonsense, Route
from infra.local_wechat.setting import body_of, known, named, one_of, set_fields
from infra.local_wechat.state import Credit, GrantKind, Json, Relation
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import World

_CROWD: Final = 100_000  # fans made at once
_OF_PERSON: Final = ("name", "language", "mobile", "snapshot")
_OF_RELATION: Final = (
    "subscribed",
    "subscribed_at",
    "subscribe_scene",
    "qr_scene",
    "qr_scene_str",
    "remark",
    "tags",
    "blacklisted",
    "receives",
    "frozen",
)
_OF_CREDIT: Final = ("left", "always", "refused")


def put_person(world: World, request: Request) -> Answer:
    """The person of a name, made if there was none: `{"name", "mobile"?, "language"?, "snapshot"?}`."""
    given = body_of(request)
    person = world.person_named(named(given, "name"))
    set_fields(person, given, _OF_PERSON)
    return answer_json(asdict(person))


def put_crowd(world: World, request: Request) -> Answer:
    """Many fans at once, without any event: `{"appid", "count", "prefix"?}`. They are called by prefix and number."""
    given = body_of(request)
    appid, count, prefix = named(given, "appid"), given.get("count"), str(given.get("prefix", "fan "))
    if not isinstance(count, int) or not 1 <= count <= _CROWD:
        raise Nonsense(f"count must be a number from 1 to {_CROWD}")
    with known():
        fans = [world.relation(appid, world.person_named(f"{prefix}{number}").id) for number in range(count)]
    for fan in fans:
        fan.subscribed, fan.subscribed_at, fan.subscribe_scene = True, world.clock.wire_seconds(), "ADD_SCENE_OTHERS"
    return answer_json({"openids": [fan.openid for fan in fans]})


def persons(world: World, _request: Request) -> Answer:
    """Everybody."""
    return answer_json({"persons": [asdict(person) for person in world.persons.values()]})


def put_relation(world: World, request: Request) -> Answer:
    """Sets what is between a person and an account, without any event: `{"appid", "person", "subscribed"?, ...}`."""
    given = body_of(request)
    relation = _relation(world, given)
    set_fields(relation, {name: value for name, value in given.items() if name not in {"appid", "person"}}, _OF_RELATION)
    return answer_json(described(world, relation))


def relation(world: World, request: Request) -> Answer:
    """What is between a person and an account: `?appid&person`."""
    return answer_json(described(world, _relation(world, dict(request.query))))


def described(world: World, relation: Relation) -> Json:
    """All of it, and the unionid."""
    return {**asdict(relation), "unionid": world.unionid(relation)}


def put_credit(world: World, request: Request) -> Answer:
    """What a person allowed of a template: `{"appid", "person", "template_id", "left"?, "always"?, "refused"?}`."""
    given = body_of(request)
    credit = _relation(world, given).credits.setdefault(named(given, "template_id"), Credit())
    set_fields(credit, {name: given[name] for name in _OF_CREDIT if name in given}, _OF_CREDIT)
    return answer_json(asdict(credit))


def new_grant(world: World, request: Request) -> Answer:
    """A code as a phone would get it: `{"appid", "person", "kind": "login" | "phone" | "oauth", "scope"?}`."""
    given = body_of(request)
    found = _relation(world, given)
    made = granted(world, found, one_of("kind", GrantKind, given.get("kind")), str(given.get("scope", "snsapi_base")))
    return answer_json({"code": made.code})


def _relation(world: World, given: Json) -> Relation:
    with known():
        return world.relation(named(given, "appid"), named(given, "person"))


ROUTES: Final = (
    Route("POST", "/_sim/persons", put_person),
    Route("GET", "/_sim/persons", persons),
    Route("POST", "/_sim/crowd", put_crowd),
    Route("POST", "/_sim/relations", put_relation),
    Route("GET", "/_sim/relations", relation),
    Route("POST", "/_sim/credits", put_credit),
    Route("POST", "/_sim/grants", new_grant),
)
