"""The API side of a local WeChat in this process: accounts of every kind, and calls as a client would make them. Time stands still."""

import json
from typing import Any

from infra.local_wechat.answering import ADMIN, respond
from infra.local_wechat.clock import VirtualClock
from infra.local_wechat.happenings import Happening
from infra.local_wechat.presets import routes
from infra.local_wechat.relations import followed
from infra.local_wechat.state import Account, Kind, Relation, Template, TemplateKind, Trigger
from infra.local_wechat.windows import opened
from infra.local_wechat.wire import Answer, Request
from infra.local_wechat.world import World, new_account

SERVICE = "wx77aa00bb11cc22dd"
SUBSCRIPTION = "wx88bb11cc22dd33ee"
MINI = "wx618mini"
TRIAL = "wxtrial0000000001"
SECRET = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3"
_KINDS = {SERVICE: Kind.SERVICE, SUBSCRIPTION: Kind.SUBSCRIPTION, MINI: Kind.MINI, TRIAL: Kind.TEST}


class Platform:
    """One account of each kind, and `mulan`, who follows the service account and has just written to it."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = VirtualClock()
        self.world = World(seed, self.clock)
        self.heard: list[Happening] = []
        self.world.listeners.append(self.heard.append)
        for appid, kind in _KINDS.items():
            account = new_account(self.world, appid, kind, SECRET)
            account.open_platform = "brand"
            self.world.accounts[appid] = account
        self.mulan = self.fan("mulan")
        opened(self.world, self.mulan, Trigger.MESSAGE)
        self._tokens: dict[str, str] = {}

    @property
    def account(self) -> Account:
        """The service account."""
        return self.world.accounts[SERVICE]

    def fan(self, name: str, appid: str = SERVICE) -> Relation:
        """Somebody who follows."""
        relation = self.world.relation(appid, self.world.person_named(name).id)
        followed(self.world, relation)
        return relation

    def template(self, *keys: str, kind: TemplateKind = TemplateKind.TEMPLATE, appid: str = SERVICE, name: str = "T1") -> str:
        """A message template of the account."""
        self.world.accounts[appid].templates[name] = Template(name, kind, keys)
        return name

    def token(self, appid: str = SERVICE) -> str:
        """The stable token that calls are made with."""
        return str(self.stable(appid)["access_token"])

    def stable(self, appid: str = SERVICE, **more: Any) -> Any:
        """Asks for a stable token."""
        body = {"grant_type": "client_credential", "appid": appid, "secret": SECRET, **more}
        return self.said("POST", "/cgi-bin/stable_token", body)

    def classic(self, appid: str = SERVICE, **more: str) -> Any:
        """Asks for a classic one."""
        return self.said("GET", "/cgi-bin/token", grant_type="client_credential", **{"appid": appid, "secret": SECRET, **more})

    def post(self, path: str, body: Any = None, appid: str = SERVICE, /, **query: str) -> Any:
        """The answer to a call with a body, made with a good token."""
        return self.said("POST", path, body, **{"access_token": self.token(appid), **query})

    def get(self, path: str, appid: str = SERVICE, /, **query: str) -> Any:
        """The answer to a call without one."""
        return self.said("GET", path, **{"access_token": self.token(appid), **query})

    def said(self, method: str, path: str, body: Any = None, /, **query: str) -> Any:
        """What the answer says, as JSON."""
        return json.loads(self.asked(method, path, body, **query).body)

    def asked(self, method: str, path: str, body: Any = None, /, **query: str) -> Answer:
        """The whole answer. Bodies that are no bytes are written as JSON in readable characters."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self.ask(Request(method, path, query, {}, sent))

    def ask(self, request: Request) -> Answer:
        """Answers a request."""
        return respond(self.world, request, (*ADMIN, *routes(self.ask)))

    def admin(self, path: str, /, **body: Any) -> Any:
        """A request of the admin API."""
        return self.said("POST", f"/_sim/{path}", body)

    def text(self, said: str = "您好", **more: Any) -> Any:
        """A customer-service message to mulan."""
        return self.post(
            "/cgi-bin/message/custom/send", {"touser": self.mulan.openid, "msgtype": "text", "text": {"content": said}, **more}
        )


def code(answer: Any) -> int:
    """The number of an answer; 0 where it says none."""
    return int(answer.get("errcode", 0))
