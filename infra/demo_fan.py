"""Demo of WeChat: Jing becomes a fan of the shop by the poster of a campaign, and does what fans do. Huiliu answers, and knows who it was.

Everything happens in the local WeChat, which the lambdas take for the platform: it signs and encrypts what it pushes, counts what may be
sent, and refuses what the platform would refuse.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.error import HTTPError

from infra.demo_shop import ACCOUNTS, CAMPAIGN, DEFINITIONS, MINI, SHOP, STATION, UNPAID
from infra.local_stack import LocalStack, call
from infra.local_wechat.driver import Driver, texts
from infra.wechat_connecting import connect

Json = dict[str, Any]

FAN: Final = "Jing"
SILENCE_SECONDS: Final = 49 * 3600  # an hour longer than the platform lets an account write to who is silent


@dataclass(slots=True)
class FanDemo:
    """Acts as a fan on a stack. `now` is the clock in epoch ms."""

    stack: LocalStack
    name: str = FAN
    now: Callable[[], int] = lambda: int(time.time() * 1000)
    wechat: Driver = field(init=False)
    person: str = field(init=False)
    openid: str = ""
    _orders: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Knows the local WeChat of the stack, and the person in it."""
        self.wechat = Driver(self.stack.providers_url)
        self.person = self.wechat.person(self.name)

    def publish(self) -> None:
        """Connects the accounts, and puts everything in force: before the first event, as who is known already is brought up later."""
        for appid, document in ACCOUNTS.items():
            connect(self.stack, appid, document)
        for path, document in DEFINITIONS:
            self.ask(f"/v1/{path}", document, "PUT")
            self.ask(f"/v1/{path}/publish", {})

    def follow(self) -> list[str]:
        """Scans the poster; what the account says to that."""
        made = self.ask("/v1/codes", {"account": SHOP, "campaign": CAMPAIGN, "properties": {"station": STATION}})
        ticket = next(one["ticket"] for one in self.wechat.codes(SHOP) if one["url"] == made["url"])
        done = self.wechat.act(self.person, SHOP, "scan", ticket=ticket)
        self.openid = done.openid
        return done.texts

    def writes(self, content: str) -> list[str]:
        """Writes a text; what is answered at once."""
        return self.wechat.act(self.person, SHOP, "text", content=content).texts

    def taps(self, name: str) -> list[str]:
        """Taps the button of that name; what is answered at once."""
        return self.wechat.act(self.person, SHOP, "menu", name=name).texts

    def opens_mini_program(self) -> str:
        """Opens the mini program, whose server asks Huiliu who it is; the openid there."""
        code = self.wechat.act(self.person, MINI, "open_mini").gives["code"]
        found = call(f"{self.stack.api_url}/v1/mini/{MINI}/login", self.stack.write_key, {"code": code})
        return str(found["openid"])

    def orders(self, name: str = "OrderSubmitted") -> None:
        """Something happens to an order in the mini program, which knows only its own openid."""
        number = next(self._orders)
        moment = datetime.fromtimestamp(self.now() / 1000, UTC).isoformat(timespec="milliseconds")
        mini = self.wechat.relation(self.person, MINI)["openid"]
        event = {
            "id": f"demo-fan-{self.person}-{number}",
            "name": name,
            "time": moment,
            "identifiers": {f"openid:{MINI}": mini},
            "properties": {"order_id": f"B{number}", "amount": 259.0},
        }
        call(f"{self.stack.api_url}/v1/events", self.stack.write_key, {"events": [event]})

    def opens_and_orders(self) -> None:
        """Comes to the mini program, and orders without paying."""
        self.opens_mini_program()
        self.orders()

    def is_silent_and_orders(self) -> None:
        """Two days and an hour go by at the platform; then there is another order."""
        self.wechat.advance(SILENCE_SECONDS)
        self.orders()

    def leaves(self) -> None:
        """Unfollows."""
        self.wechat.act(self.person, SHOP, "unfollow")

    @property
    def menu(self) -> list[str]:
        """The names of the buttons that she sees."""
        return [str(one["name"]) for one in self.wechat.menu(self.person, SHOP)]

    @property
    def chat(self) -> list[str]:
        """All that she was told so far."""
        return texts(self.wechat.shown(self.person, SHOP))

    @property
    def path(self) -> str:
        """Where the API knows her."""
        return f"/v1/people/openid:{SHOP}/{self.openid}"

    @property
    def known(self) -> Json:
        """The person; nothing while nobody is known by the openid."""
        return self._found(self.path)

    @property
    def namespaces(self) -> list[str]:
        """The kinds of identifiers that she is known by."""
        return sorted(one["namespace"] for one in self.known.get("identifiers", ()))

    @property
    def events(self) -> list[Json]:
        """All of her events, oldest first."""
        return list(self._found(f"{self.path}/timeline?order=asc&limit=200").get("items", ()))

    @property
    def names(self) -> list[str]:
        """What they are called."""
        return [str(one["name"]) for one in self.events]

    def everybody_knows(self) -> bool:
        """Whether what was published has reached every worker: the pass over all people begins once they have forgotten older rules."""
        return bool(self.ask(f"/v1/segments/{UNPAID}/backfill")["state"] == "done")

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """One request to the API, with all rights."""
        return call(self.stack.api_url + path, self.stack.api_key, body, method)

    def _found(self, path: str) -> Json:
        try:
            found: Json = self.ask(path)
        except HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP
                return {}
            raise
        return found
