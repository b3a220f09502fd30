"""One person whom events have made known, with an account of WeChat, a phone and an app; and decisions about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.contacts import facts
from chalicelib.fans import store as fans
from chalicelib.fans import windows
from chalicelib.fans.model import Change
from chalicelib.identifiers import identifier
from chalicelib.messages.contact_policy import current_rules
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Decision, Defer, Refuse, Send
from chalicelib.messages.policy.model import Asked, ContactFacts, Route
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people import reading
from chalicelib.people.model import Person
from chalicelib.wechat import push
from chalicelib.wechat.push import Push
from tests.support.gateway import NOW
from tests.support.ring import Ring, event
from tests.unit.wechat import samples

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
APPID, MINI = samples.APPID, "wx11mini00000000"
FAN, VISITOR = "oFan1", "oMini1"
PHONE, DEVICE = "13912345678", "190e35f7e07"
NOTICE = "tpl-points"
TEMPLATE = Route(ChannelName.TEMPLATE, APPID, NOTICE)
SUBSCRIBE = Route(ChannelName.SUBSCRIBE, APPID, NOTICE)
CUSTOMER_SERVICE = Route(ChannelName.CUSTOMER_SERVICE, APPID)
MASS = Route(ChannelName.MASS, APPID)
SMS = Route(ChannelName.SMS, "tencent")
PUSH = Route(ChannelName.PUSH, "jpush")
MARKETING, SERVICE, TRANSACTIONAL = Category.MARKETING, Category.SERVICE, Category.TRANSACTIONAL
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    APPID: {"title": "旗舰店", "type": "service", "mode": "plain"},
    MINI: {"title": "小程序", "type": "mini_program", "mode": "plain"},
}


@dataclass(slots=True)
class Reached:
    """The person, and what is decided of messages to them."""

    ring: Ring

    @property
    def person(self) -> Person:
        """As they are now."""
        return reading.person_of(identifier("user_id", "u1"))

    def facts(self, now: int = NOW) -> ContactFacts:
        """What a decision would know."""
        return facts.of(self.person, now)

    def decision(self, *routes: Route, category: Category = SERVICE, message: str = "m1", now: int = NOW, **more: Any) -> Decision:
        """Of a message to them."""
        person = self.person
        return decide(Asked(message, person.id, category, routes, **more), facts.of(person, now), current_rules(), now)

    def reason(self, *routes: Route, **more: Any) -> str:
        """Why a message does not go out; "" if it does."""
        match self.decision(*routes, **more):
            case Send():
                return ""
            case Defer(reason=reason) | Refuse(reason=reason):
                return reason.value

    def use(self, *routes: Route, **more: Any) -> Send:
        """The decision to send."""
        found = self.decision(*routes, **more)
        assert isinstance(found, Send), found
        return found


def reached(ring: Ring) -> Reached:
    """u1 follows the account, has used the mini program and the app, and has told a shop their phone."""
    for appid, document in ACCOUNTS.items():
        ring.publish("accounts", appid, document)
    known = {f"openid__{APPID}": FAN, f"openid__{MINI}": VISITOR, "mobile": PHONE, "push__jpush": DEVICE}
    ring.send(*(event("Known", number, None, **{"user_id": "u1", name: value}) for number, (name, value) in enumerate(known.items())))
    ring.flow()
    fans.changed(APPID, FAN, Change.FOLLOWED, NOW - 30 * DAY)
    return Reached(ring)


def wrote(at: int = NOW - MINUTE) -> None:
    """The fan writes to the account."""
    text = samples.body("text", inside="<Content>hi</Content><MsgId>1</MsgId>", sender=FAN, at=at // 1000)
    windows.opened(push.read(text), APPID, at)


def left(at: int = NOW - MINUTE) -> None:
    """The fan stops following."""
    fans.changed(APPID, FAN, Change.LEFT, at)


def answered(kind: str, template: str, status: str, at: int = NOW - MINUTE, openid: str = FAN) -> Push:
    """The push of what a fan says of subscription messages."""
    inside = f"<TemplateId>{template}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString>"
    wrapper = {"popup": "SubscribeMsgPopupEvent", "change": "SubscribeMsgChangeEvent"}[kind]
    return samples.event(f"subscribe_msg_{kind}_event", f"<{wrapper}><List>{inside}</List></{wrapper}>", sender=openid, at=at // 1000)
