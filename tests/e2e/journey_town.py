"""People of the journeys' tests on a stack whose hour is two seconds: who they are, what they do, and what reaches them."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from chalicelib.durations import duration_ms
from chalicelib.pace import Pace
from chalicelib.zones import CHINA_TIME
from infra.definition_files import Filed
from infra.definition_import import JOURNEYS
from infra.demo_messages import PHONE_BROWSER
from infra.demo_news import APP
from infra.demo_shop import SHOP
from infra.journey_examples import JourneyExamples
from infra.local_providers.driver import Driver as Senders
from infra.local_stack import LocalStack
from infra.local_wechat.driver import Driver as Wechat
from infra.local_wechat.driver import texts
from tests.e2e.api import Api, Json, Shop
from tests.e2e.crowd import SECOND, now

SCALE: Final = 1800.0  # an hour is two seconds
SENT: Final = "$message_sent"
REFUSED: Final = "$message_refused"
ENTERED: Final = "$journey_entered"
EXITED: Final = "$journey_exited"
_HOLDING: Final = {"hold": {"wait": "78h", "next": "out"}, "out": {"exit": "held"}}  # longer than timers are left to a queue
LONG: Final = Filed(JOURNEYS, "long-hold", {"entry": {"event": "HeldLong"}, "start": "hold", "nodes": _HOLDING})


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody of a test: the identifiers that their events carry, and the address by which the API is asked about them."""

    name: str
    identifiers: Json
    namespace: str
    value: str
    phone: str = ""
    device: str = ""
    fan: str = ""  # their id in the local WeChat

    @property
    def path(self) -> str:
        """Where the API knows them."""
        return f"/v1/people/{self.namespace}/{self.value}"


@dataclass(slots=True)
class Town:
    """Usage: `an = town.fan("an"); town.does(an, "OrderSubmitted", order_id="1"); town.sent(an)`."""

    stack: LocalStack
    api: Api
    shop: Shop
    wechat: Wechat = field(init=False)
    senders: Senders = field(init=False)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Knows the platforms beside the stack."""
        self.wechat, self.senders = Wechat(self.stack.providers_url), Senders(self.stack.senders_url)

    @property
    def pace(self) -> Pace:
        """How fast time runs here."""
        return Pace(self.stack.time_scale, self.stack.time_anchor)

    def after(self, length: str, at: int) -> int:
        """The instant (ms) that is so long after another one, as definitions count."""
        return at + self.pace.span(duration_ms(length))

    def on_the_wall(self) -> datetime:
        """What the clock shows in China."""
        return datetime.fromtimestamp(self.pace.told(now()) / SECOND, CHINA_TIME)

    def fan(self, name: str, *, follows: bool = True, app: bool = False) -> Who:
        """Follows the shop and has written to it; or does not follow any more. With `app`, also has the app."""
        person = self.wechat.person(name)
        openid = self.wechat.act(person, SHOP, "follow").openid
        self.wechat.act(person, SHOP, "text", content="在吗")
        if not follows:
            self.wechat.act(person, SHOP, "unfollow")
        device = self._device(name) if app else ""
        more = {f"push:{APP}": device} if app else {}
        return Who(name, {f"openid:{SHOP}": openid, **more}, f"openid:{SHOP}", openid, device=device, fan=person)

    def caller(self, name: str) -> Who:
        """Has left a phone only."""
        phone = f"1388{next(self._numbers):07}"
        known = {"user_id": name, "mobile": {"value": phone, "verified": True}}
        return Who(name, known, "user_id", name, phone=phone)

    def member(self, name: str, *, app: bool = False) -> Who:
        """Has an account of the shop's site; with `app`, also the app."""
        device = self._device(name) if app else ""
        return Who(name, {"user_id": name} | ({f"push:{APP}": device} if app else {}), "user_id", name, device=device)

    def on_another_device(self, who: Who, **identifiers: str) -> Who:
        """The same person, known by something else as well."""
        return replace(who, identifiers={who.namespace: who.value, **identifiers})

    def does(self, who: Who, event: str, at: int | None = None, times: int = 1, **properties: Any) -> int:
        """Something happens to somebody, now or at an instant (ms); when it did."""
        moment = now() if at is None else at
        self.api.send(self.shop, *(self.event(who, event, moment + place, **properties) for place in range(times)))
        return moment

    def event(self, who: Who, name: str, at: int, **properties: Any) -> Json:
        """One event."""
        return {"id": f"e-{next(self._numbers)}", "name": name, "time": at, "identifiers": who.identifiers, "properties": properties}

    def waits_until(self, at: int) -> None:
        """Lets time pass: what has to happen at an instant cannot be sent before it."""
        time.sleep(max(at - now(), 0) / SECOND)

    def timeline(self, who: Who, *names: str) -> list[Json]:
        """Their events of those names, oldest first."""
        return [one for one in self.api.timeline(who.namespace, who.value) if one["name"] in names]

    def sent(self, who: Who) -> list[tuple[str, str]]:
        """The template and the channel of every message that went out to somebody."""
        return [(one["properties"]["template"], one["properties"]["channel"]) for one in self.timeline(who, SENT)]

    def templates(self, who: Who, *journeys_own: str) -> list[str]:
        """The templates among those that somebody was sent something by, in order."""
        return [template for template, _ in self.sent(who) if template in journeys_own]

    def refused(self, who: Who) -> list[tuple[str, str]]:
        """The template and the reason of every message that never goes."""
        return [(one["properties"]["template"], one["properties"]["reason"]) for one in self.timeline(who, REFUSED)]

    def entries(self, who: Who, journey: str) -> list[Json]:
        """When somebody came into a journey."""
        return [one for one in self.timeline(who, ENTERED) if one["properties"]["journey"] == journey]

    def exits(self, who: Who, journey: str) -> list[str]:
        """Why somebody's runs ended."""
        return [str(one["properties"]["reason"]) for one in self.timeline(who, EXITED) if one["properties"]["journey"] == journey]

    def chat(self, who: Who) -> list[str]:
        """What a fan sees in the chat with the shop."""
        return texts(self.wechat.shown(who.fan, SHOP))

    def leads_to(self, link: str) -> str:
        """Where a link in a message leads to, on a phone."""
        answer = self.api.session.get(link, headers={"User-Agent": PHONE_BROWSER}, allow_redirects=False, timeout=60)
        return str(answer.headers.get("location", ""))

    def notices(self, who: Who, template_id: str) -> list[Json]:
        """Template messages of a fan, as the platform has them."""
        return self.wechat.outbox(openid=who.value, template_id=template_id)

    def texts(self, who: Who) -> list[Json]:
        """What went to a phone."""
        return self.senders.outbox(to=f"+86{who.phone}")

    def pushes(self, who: Who) -> list[Json]:
        """What went to an app."""
        return self.senders.outbox(provider="jpush", to=who.device)

    def evening_of(self, days: int, hour: int) -> datetime:
        """That hour on the wall, so many days from today."""
        return (self.on_the_wall() + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)

    def _device(self, name: str) -> str:
        device = f"device-{name}"
        self.senders.device(device)
        return device


def settled(stack: LocalStack, api: Api) -> Town:
    """A town in which all examples are in force, and everybody is treated: nobody is only watched."""
    examples = JourneyExamples(stack)
    files = [_without_control(one) for one in examples.files()] + [LONG]
    examples.connect(files)
    examples.publish(files)
    return Town(stack, api, api.new_shop("town"))


def _without_control(one: Filed) -> Filed:
    return replace(one, document={key: value for key, value in one.document.items() if key != "control"}) if one.kind == JOURNEYS else one
