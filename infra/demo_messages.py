"""Demo of messages: a file of orders from the till changes points, and each buyer is told of it where they can be reached.

Hao follows the shop's account. Mei left only her phone. Tao has the app. All three have a member card, which is what the till knows.
"""

import csv
import io
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote

from infra.demo import CHINA
from infra.demo_news import (
    APP,
    CLUB,
    DEFINITIONS,
    NEWS,
    POINTS_FIELDS,
    POINTS_TEMPLATE,
    SIGNATURE,
    SMS,
    SMS_TEMPLATES,
    policy,
)
from infra.demo_shop import ACCOUNTS, SHOP
from infra.local_providers.driver import Driver as Senders
from infra.local_stack import LocalStack, call
from infra.local_wechat.driver import Driver as Wechat
from infra.provider_connecting import connect_aliyun, connect_jpush
from infra.wechat_connecting import connect

Json = dict[str, Any]

PHONE_BROWSER: Final = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile MicroMessenger/8.0.50"
CARD: Final = "member:till"
_HEADER: Final = ("单号", "会员卡", "金额", "时间", "积分", "余额")
_MAPPING: Final[Json] = {
    "event": "OrderPaid",
    "time": "时间",
    "id": "单号",
    "identifiers": {CARD: "会员卡"},
    "properties": {
        "order_id": "单号",
        "amount": {"column": "金额", "type": "number"},
        "points": {"column": "积分", "type": "number"},
        "balance": {"column": "余额", "type": "number"},
    },
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a card; `phone` and `device` are "" for who has none."""

    name: str
    card: str
    phone: str = ""
    device: str = ""

    @property
    def path(self) -> str:
        """Where the API knows them."""
        return f"/v1/people/{quote(CARD, safe='')}/{self.card}"


@dataclass(slots=True)
class MessagesDemo:
    """Tells the demo to a stack. `mark` keeps its people apart from those of another one; `now` is the clock in epoch ms."""

    stack: LocalStack
    mark: str = ""
    now: Callable[[], int] = lambda: int(time.time() * 1000)
    wechat: Wechat = field(init=False)
    senders: Senders = field(init=False)
    hao: Member = field(init=False)
    lan: Member = field(init=False)
    mei: Member = field(init=False)
    tao: Member = field(init=False)
    openids: dict[str, str] = field(default_factory=dict)
    _orders: int = 0

    def __post_init__(self) -> None:
        """Knows the platforms of the stack, and the people."""
        self.wechat, self.senders = Wechat(self.stack.providers_url), Senders(self.stack.senders_url)
        number = f"{self.mark:0>3}" if self.mark else "618"
        self.hao = Member("Hao", f"H{self.mark}01", f"1391{number}0001")
        self.lan = Member("Lan", f"H{self.mark}02", f"1391{number}0002")
        self.mei = Member("Mei", f"H{self.mark}03", f"1391{number}0003")
        self.tao = Member("Tao", f"H{self.mark}04", device=f"device{self.mark}4")

    def publish(self) -> None:
        """Connects the accounts, and puts everything in force: before the first event, as who is known already is brought up later."""
        connect(self.stack, SHOP, ACCOUNTS[SHOP])
        self.wechat.template(SHOP, list(POINTS_FIELDS), template_id=POINTS_TEMPLATE, title="积分变动")
        connect_aliyun(self.stack, SMS, SIGNATURE, SMS_TEMPLATES)
        connect_jpush(self.stack, APP)
        today = policy(datetime.fromtimestamp(self.now() / 1000, UTC))
        for path, document in (*DEFINITIONS, ("contact-policies/shop", today)):
            self.ask(f"/v1/{path}", document, "PUT")
            self.ask(f"/v1/{path}/publish", {})

    def gather(self) -> None:
        """Who they are, before the first order: two fans with a card, a phone with a card, an app with a card."""
        for fan in (self.hao, self.lan):
            person = self.wechat.person(f"{fan.name}{self.mark}")
            self.openids[fan.name] = self.wechat.act(person, SHOP, "follow").openid
        self.senders.device(self.tao.device)
        self.send(
            self._registered(self.hao, **{f"openid:{SHOP}": self.openids["Hao"]}),
            self._registered(self.lan, **{f"openid:{SHOP}": self.openids["Lan"]}),
            self._registered(self.mei),
            self._registered(self.tao, **{f"push:{APP}": self.tao.device}),
        )
        self.send(*(self._event("ClubJoined", f"{one.card}-club", {CARD: one.card}) for one in (self.hao, self.lan)))

    def known(self) -> bool:
        """Whether all of them are known by their cards, with how they can be reached, and the fans are members of the club."""
        reach = {self.hao: 3, self.lan: 3, self.mei: 2, self.tao: 2}
        known = all(len(self.found(one.path).get("identifiers", ())) >= count for one, count in reach.items())
        return known and all(CLUB in self.found(one.path).get("segments", ()) for one in (self.hao, self.lan))

    def till(self, *bought: tuple[Member, int]) -> bytes:
        """A file of the till: who bought just now, and the points that it brought them."""
        table = io.StringIO()
        rows = [self._row(member, points) for member, points in bought]
        csv.writer(table).writerows([_HEADER, *rows])
        return table.getvalue().encode("utf-8-sig")

    def import_orders(self, content: bytes) -> str:
        """Imports a file of the till; the id of the import."""
        made = self.ask("/v1/imports", {"kind": "orders", "filename": "till.csv", "mapping": _MAPPING})
        upload = made["upload"]
        request = urllib.request.Request(upload["url"], content, upload["headers"], method=upload["method"])
        with urllib.request.urlopen(request, timeout=60):
            return str(made["id"])

    def told(self, member: Member) -> list[Json]:
        """What became of messages to somebody, as their timeline tells it, oldest first."""
        page = self.found(f"{member.path}/timeline?order=asc&limit=200")
        return [one for one in page.get("items", ()) if one["name"].startswith("$message_")]

    def ask_for(self, member: Member, template: str, **more: Any) -> str:
        """Asks for a message; its id."""
        wanted = {"to": {CARD: member.card}, "template": template, **more}
        return str(self.ask("/v1/messages", wanted)["message_id"])

    def message(self, message_id: str) -> Json:
        """What became of a message."""
        return dict(self.ask(f"/v1/messages/{message_id}"))

    @property
    def club(self) -> tuple[Member, Member]:
        """Who is in it: the fans."""
        return self.hao, self.lan

    def month(self, in_ms: int = 0) -> str:
        """The month, by the clock on the wall, so many milliseconds from now: 2026-11."""
        return datetime.fromtimestamp(self.stack.pace.told(self.now() + in_ms) / 1000, CHINA).strftime("%Y-%m")

    def issues(self, count: int) -> None:
        """So many issues of the news, each to all of the club: those with the same words go out in one call."""
        for issue in range(1, count + 1):
            for one in self.club:
                self.ask_for(one, NEWS, data={"issue": issue})

    def broadcast(self, issue: int) -> str:
        """An issue of the news to everybody in the club, as one broadcast; its id."""
        wanted = {"segment": CLUB, "template": NEWS, "data": {"issue": issue}, "key": f"news{self.mark}-{issue}"}
        return str(self.ask("/v1/broadcasts", wanted)["id"])

    def opens(self, url: str) -> str:
        """Opens a link on a phone; where it leads."""
        request = urllib.request.Request(url, headers={"User-Agent": PHONE_BROWSER})
        try:
            with urllib.request.build_opener(_Stays).open(request, timeout=60) as answer:
                return str(answer.headers.get("location", ""))
        except HTTPError as redirect:
            return str(redirect.headers.get("location", ""))

    def leaves(self, member: Member) -> None:
        """Unfollows."""
        self.wechat.act(self.wechat.person(f"{member.name}{self.mark}"), SHOP, "unfollow")

    def notices(self, member: Member) -> list[Json]:
        """Template messages that the platform has taken for a fan."""
        return self.wechat.outbox(openid=self.openids[member.name], template_id=POINTS_TEMPLATE)

    def send(self, *events: Json) -> None:
        """Sends events."""
        call(f"{self.stack.api_url}/v1/events", self.stack.write_key, {"events": list(events)})

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """One request to the API, with all rights."""
        return call(self.stack.api_url + path, self.stack.api_key, body, method)

    def found(self, path: str) -> Json:
        """What there is; nothing where nobody is known."""
        try:
            return dict(self.ask(path))
        except HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP
                return {}
            raise

    def _registered(self, member: Member, **identifiers: str) -> Json:
        phone = {"mobile": {"value": member.phone, "verified": True}} if member.phone else {}
        return self._event("Registered", f"{member.card}-registered", {CARD: member.card, **phone, **identifiers})

    def _event(self, name: str, event_id: str, identifiers: Json) -> Json:
        moment = datetime.fromtimestamp(self.now() / 1000, UTC).isoformat(timespec="milliseconds")
        return {"id": f"demo-{event_id}", "name": name, "time": moment, "identifiers": identifiers}

    def _row(self, member: Member, points: int) -> tuple[str, ...]:
        self._orders += 1
        moment = datetime.fromtimestamp(self.now() / 1000, CHINA).strftime("%Y-%m-%d %H:%M:%S")
        return (f"TILL{self.mark}-{self._orders:03}", member.card, f"{points}.00", moment, str(points), str(1000 + points))


class _Stays(urllib.request.HTTPRedirectHandler):
    """Does not go where it is led."""

    def redirect_request(self, *_: Any) -> None:
        return None
