"""The ring in one object: send events, publish rules, let streams, queues and timers run, read people back, all through real handlers."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import quote

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from infra.mappings import MERGE, PASS_PEOPLE, RECHECK, SCORE
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.gateway import NOW, Gateway, Reply
from tests.support.pump import Faults, Pump

MINUTE: Final = 60_000


@dataclass(slots=True)
class Ring:
    """Usage: `ring.send(event(...)); ring.flow(); ring.person("user_id", "u1")["identifiers"]`."""

    operator: Gateway
    shop: Gateway
    market: Gateway
    pump: Pump

    def send(self, *events: Mapping[str, Any], by: Gateway | None = None) -> Reply:
        """One native batch, from the brand's own shop unless said otherwise."""
        return (by or self.shop).call("POST", "/v1/events", {"events": list(events)})

    def flow(self) -> None:
        """Everything accepted becomes people, and what follows from that."""
        self.pump.drain()

    def publish(self, kind: str, name: str, document: Mapping[str, Any]) -> None:
        """Puts a definition in force."""
        for method, path, body in (("PUT", "", document), ("POST", "/publish", None)):
            reply = self.operator.call(method, f"/v1/{kind}/{name}{path}", body)
            assert reply.status == 200, reply.json

    def person(self, namespace: str, value: str) -> Any:
        """The person behind an identifier."""
        return self.ask(namespace, value).json

    def ask(self, namespace: str, value: str, more: str = "") -> Reply:
        """Any view of a person."""
        return self.operator.get(address(namespace, value) + more)

    def names(self, namespace: str, value: str, query: str = "") -> list[str]:
        """The names on a timeline, oldest first."""
        return [one["name"] for one in self.ask(namespace, value, f"/timeline?order=asc&limit=200{query}").json["items"]]

    def unbind(self, namespace: str, value: str, leaving: tuple[str, str]) -> Reply:
        """Takes an identifier away from a person."""
        body = {"namespace": leaving[0], "value": leaving[1]}
        return self.operator.call("POST", address(namespace, value) + "/unbind", body)

    def held(self, namespace: str, value: str) -> set[tuple[str, str]]:
        """The identifiers of a person."""
        return {(one["namespace"], one["value"]) for one in self.person(namespace, value)["identifiers"]}


def address(namespace: str, value: str) -> str:
    """The path of a person."""
    return f"/v1/people/{quote(namespace, safe='')}/{quote(value, safe='')}"


def make_ring(stack: Stack, faults: Faults | None = None, clock: Clock | None = None) -> Ring:
    """A stage with an operator, the brand's own shop, and a marketplace whose phones nobody has verified.

    With a clock, delays and sleeps end as it goes on (see pump.py); the handlers have to be given it as well.
    """
    operator = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)
    for name, document in (("shop", {"title": "官网"}), ("market", {"title": "天猫", "third_party": True})):
        assert operator.call("PUT", f"/v1/sources/{name}", document).status == 200
        assert operator.call("POST", f"/v1/sources/{name}/publish").status == 200
    shop, market = (Gateway(application.app, key=keys.create_write_key(name, by="test", at=NOW).text) for name in ("shop", "market"))
    pump = Pump(stack, faults or Faults(Random(0)), clock)
    pump.stream(MERGE, application.merge)
    pump.stream(SCORE, application.score)
    pump.queue(RECHECK, application.recheck)
    pump.queue(PASS_PEOPLE, application.pass_people)
    pump.machine(application.recheck_cohort)
    return Ring(operator, shop, market, pump)


def event(name: str, at: int, properties: Mapping[str, Any] | None = None, **identifiers: str) -> dict[str, Any]:
    """A native event `at` ms after an hour before NOW. Accounts are written `openid__wx1="o1"`."""
    named = {namespace.replace("__", ":"): value for namespace, value in identifiers.items()}
    return {"name": name, "time": NOW - 60 * MINUTE + at, "identifiers": named, "properties": dict(properties or {})}
