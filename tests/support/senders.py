"""The channels of WeChat before a local WeChat in this process: real clients, tokens, windows and quotas, and no sockets.

with open_town() as town:
    mulan = town.fan("mulan")                     # follows, and is known to
    town.template.send(town.parcel(mulan), town.now)
    town.outbox                                   # what the platform took on
    town.fails("message/template/send", "timeout_after")
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from chalicelib.channels.channel import Parcel
from chalicelib.channels.customer_service import CustomerService
from chalicelib.channels.mass import MassMessages
from chalicelib.channels.subscribe import Notices
from chalicelib.channels.template import TemplateMessages
from chalicelib.events.model import Json
from chalicelib.fans import store as fans
from chalicelib.fans.model import Change
from chalicelib.messages.templates.model import ChannelName
from chalicelib.wechat import secrets, wire
from chalicelib.wechat.calling import Means
from chalicelib.wechat.client import Client
from chalicelib.wechat.secrets import Secret
from infra.local_wechat.faults import Effect
from infra.local_wechat.state import Credit, TemplateKind
from infra.local_wechat.wire import Request
from tests.support.aws import Stack, memory_stack
from tests.support.fans import publish
from tests.unit.local_wechat.calling import MINI, SECRET, SERVICE, SUBSCRIPTION, Platform

HOUR = 3_600_000
_LOST = frozenset({Effect.TIMEOUT, Effect.TIMEOUT_AFTER, Effect.RESET, Effect.RESET_AFTER})
BODIES: dict[ChannelName, Json] = {
    ChannelName.TEMPLATE: {"template_id": "T1", "data": {"thing1": {"value": "连衣裙"}}},
    ChannelName.SUBSCRIBE: {"template_id": "N1", "data": {"thing1": {"value": "连衣裙"}}},
    ChannelName.CUSTOMER_SERVICE: {"text": "您好"},
    ChannelName.MASS: {"msgtype": "text", "text": {"content": "618"}},
}


@dataclass
class Town:
    """A platform with a service account, a subscription account and a mini program, all connected."""

    stack: Stack
    platform: Platform = field(default_factory=Platform)

    def __post_init__(self) -> None:
        for appid, kind in ((SERVICE, "service"), (SUBSCRIPTION, "subscription"), (MINI, "mini_program")):
            publish([appid], kind, self.now)
            secrets.put(appid, Secret.APP_SECRET, [SECRET])
        self.platform.template("thing1")
        for appid in (SERVICE, MINI):
            self.platform.template("thing1", kind=TemplateKind.ONE_TIME, appid=appid, name="N1")
        self.template, self.notices = TemplateMessages(self.client), Notices(self.client)
        self.service, self.mass = CustomerService(self.client), MassMessages(self.client)

    @property
    def now(self) -> int:
        return self.platform.clock.now

    def pass_by(self, milliseconds: int) -> None:
        self.platform.clock.advance(milliseconds)

    def client(self, appid: str) -> Client:
        return Client(appid, Means(lambda: self.now, lambda seconds: self.pass_by(int(seconds * 1000)), lambda: 0.5, self._send))

    def fan(self, name: str, appid: str = SERVICE) -> str:
        """The openid of somebody who follows, as we know since an hour."""
        relation = self.platform.fan(name, appid)
        fans.changed(appid, relation.openid, Change.FOLLOWED, self.now - HOUR)
        return relation.openid

    def relation(self, openid: str) -> Any:
        """What the platform holds of somebody."""
        return self.platform.world.openids[openid]

    def permits(self, openid: str, count: int = 1, template: str = "N1") -> None:
        """They allowed notices, as the platform knows."""
        self.relation(openid).credits[template] = Credit(count)

    def parcel(self, openid: str, channel: ChannelName = ChannelName.TEMPLATE, appid: str = SERVICE, id: str = "m1", **body: Any) -> Parcel:  # noqa: A002
        return Parcel(id, channel, appid, openid, {**BODIES[channel], **body}, at=self.now)

    def parcels(self, openids: list[str], **body: Any) -> list[Parcel]:
        """Mass messages to these, `m0` and so on."""
        return [self.parcel(one, ChannelName.MASS, id=f"m{place}", **body) for place, one in enumerate(openids)]

    def refuses(self, path: str, number: int, **when: Any) -> None:
        """Calls whose path ends so are refused with a number."""
        self._fault(path, {"errcode": number}, when)

    def fails(self, path: str, effect: str, **when: Any) -> None:
        """Something goes wrong with calls whose path ends so: `timeout`, `timeout_after`, `reset` ..."""
        self._fault(path, {effect: True}, when)

    def heals(self) -> None:
        """All is well again."""
        self.platform.world.faults.clear()

    @property
    def outbox(self) -> list[str]:
        """Who got a message, in order."""
        return [one.openid for one in self.platform.world.outbox if one.decision == "accepted"]

    @property
    def sent(self) -> Json:
        """The body of the last one."""
        return dict(self.platform.world.outbox[-1].body)

    def calls(self, path: str) -> int:
        """How many calls of an interface have come."""
        return sum(one.path.endswith(path) for one in self.platform.world.log)

    def _fault(self, path: str, effect: Json, when: Json) -> None:
        self.platform.admin("faults", match={"path": path}, when=when, effect=effect)

    def _send(self, request: wire.Request) -> wire.Answer:
        asked = Request(request.method.value, urlsplit(request.url).path, dict(request.query), {}, request.body or b"")
        answer = self.platform.ask(asked)
        if answer.mishap is not None and answer.mishap.effect in _LOST:
            raise wire.NoAnswer(sent_maybe=True)
        return wire.Answer(answer.status, answer.body, answer.content_type)


@contextmanager
def open_town() -> Iterator[Town]:
    """A town with nobody in it but mulan, who follows the service account."""
    with memory_stack() as stack:
        yield Town(stack)
