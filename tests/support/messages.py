"""Messages in one process: people and a template to tell them something by, the dispatcher's lambdas, and platforms that a test plays.

office = open_office(stack, monkeypatch)
office.person(openid__wx1="oMulan", mobile="13900000001")
message = office.ask("openid:wx1", "oMulan")
office.flow()
office.call(ChannelName.TEMPLATE, Outcome(Result.SENT, provider_id="88"))    # the worker of the channel's queue
office.told("openid:wx1", "oMulan")                                           # the names on the timeline
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.dispatch import asking, queue, states, store
from chalicelib.dispatch.model import Message, Order, Source, SourceKind, State, Trip
from chalicelib.dispatch.news import Followup
from chalicelib.entrypoints import dispatch, follow_up, take_up
from chalicelib.fans import store as fans
from chalicelib.fans.model import Change
from chalicelib.identifiers import identifier
from chalicelib.messages.model import message_id
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people.reading import person_of
from chalicelib.providers.model import Outcome
from chalicelib.settings import settings
from infra.mappings import DISPATCH, FOLLOW_UP, TAKE_UP
from tests.support.aws import Stack, forget_caches
from tests.support.clock import Clock
from tests.support.living import does, later, live
from tests.support.ring import Ring

APPID: Final = "wx1"
TEMPLATE: Final = "points"
CHANNELS: Final[dict[str, Any]] = {
    "template": {
        "account": APPID,
        "template_id": "T-1",
        "data": {"thing1": "{{ person.attributes.name | default: '您好' }}", "number2": "{{ event.properties.points | default: 1 }}"},
        "url": "https://shop.example.com/points",
    },
    "sms": {
        "account": "aliyun", "provider": "aliyun", "signature": "旗舰店", "template": "SMS_1", "text": "您的积分变为${points}。",
        "variables": {"points": "{{ event.properties.points | default: 1 }}"},
    },
}  # fmt: skip


@dataclass(slots=True)
class Office:
    """The stores, the ring, and what was asked for."""

    stack: Stack
    ring: Ring
    clock: Clock
    asked: list[str] = field(default_factory=list)

    def publish(self, kind: str, name: str, document: Any) -> int:
        """Puts a definition in force; its version."""
        definitions.draft(kind, name, document, by="test", at=self.clock.now)
        made = definitions.publish(kind, name, by="test", at=self.clock.now)
        forget_caches()
        return made.version

    def template(self, name: str = TEMPLATE, **more: Any) -> None:
        """A template with words for WeChat and phones, unless told otherwise."""
        self.publish("templates", name, {"category": "service", "channels": CHANNELS} | more)

    def person(self, **identifiers: str) -> None:
        """Somebody does something, which makes them known; who has an openid follows the account."""
        does(self.ring, "SignedUp", 1, None, **identifiers)
        for namespace, value in identifiers.items():
            if namespace.startswith("openid__"):
                fans.changed(namespace.removeprefix("openid__"), value, Change.FOLLOWED, self.clock.now)

    def order(self, namespace: str, value: str, key: str = "1", **more: Any) -> Order:
        """What is asked for, for the person behind an identifier."""
        person = person_of(identifier(namespace, value)).id
        of: dict[str, Any] = {"template": TEMPLATE, "version": 1, "category": Category.SERVICE, "source": Source(SourceKind.API, "k1")}
        return Order(id=message_id("test", key), person=person, asked_at=self.clock.now, **{**of, **more})

    def ask(self, namespace: str, value: str, key: str = "1", **more: Any) -> str:
        """Asks for a message; its id."""
        order = self.order(namespace, value, key, **more)
        asking.ask([order], self.clock.now)
        self.asked.append(order.id)
        return order.id

    def flow(self) -> None:
        """Streams and queues run until nothing moves; the channels' queues are the test's."""
        self.ring.flow()

    def later(self, milliseconds: int) -> None:
        """Time goes by, and what falls due happens."""
        later(self.ring, milliseconds)

    def find(self, message: str) -> Message:
        """The message as it is."""
        found = store.find(message)
        assert found is not None
        return found

    def trip(self, message: str) -> Trip:
        """The way that the message goes, or went last."""
        found = self.find(message).trip
        assert found is not None
        return found

    def waiting(self, channel: ChannelName) -> list[queue.SendDue]:
        """Takes what lies in a channel's queue."""
        return [queue.due_of(body) for body in self.stack.messages(f"send-{channel.value.replace('_', '-')}")]

    def call(self, channel: ChannelName, outcome: Outcome) -> list[str]:
        """The worker of a channel: claims what lies in the queue, and settles it as the platform answered. The messages' ids."""
        found = self.waiting(channel)
        for due in found:
            self.settle(due.id, outcome)
        self.flow()
        return [due.id for due in found]

    def settle(self, message: str, outcome: Outcome) -> None:
        """Claimed and settled; a message that is not queued any more is let be."""
        queued = self.find(message)
        if queued.state is not State.QUEUED:
            return
        claimed = states.claimed(queued, self.clock.now)
        assert store.replace(queued, claimed)
        assert store.replace(claimed, states.settled(claimed, outcome, 0, self.clock.now, 0.5))

    def back(self, *followups: Followup) -> None:
        """Something comes back of messages."""
        queue.follow_up(followups)
        self.flow()

    def told(self, namespace: str, value: str) -> list[str]:
        """The names of the events that messages have left on a timeline, oldest first, then by name."""
        shown = self.ring.ask(namespace, value, "/timeline?order=asc&limit=200").json["items"]
        found = [(one["time"], one["name"]) for one in shown if one["name"].startswith("$message_")]
        return [name for _, name in sorted(found)]

    def states(self, message: str) -> Sequence[str]:
        """Where the message has been."""
        return [step.state.value for step in self.find(message).trail]


def open_office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Accounts, the template, and everybody's clock."""
    ring = live(stack, monkeypatch)
    clock = ring.pump.clock
    assert clock is not None
    clock.install(monkeypatch, dispatch, follow_up, take_up)
    ring.pump.stream(DISPATCH, dispatch.dispatch)
    ring.pump.queue(FOLLOW_UP, follow_up.follow_up)
    ring.pump.queue(TAKE_UP, take_up.take_up)
    from app import message_cohort

    ring.pump.machine(message_cohort, settings().message_timer_arn)
    office = Office(stack, ring, clock)
    office.publish("accounts", APPID, {"type": "service"})
    office.template()
    return office
