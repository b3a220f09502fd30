"""A chat with an account, without HTTP: pushes go in, and what the fan would see comes out.

    with open_chat() as chat:
        chat.rule("dress", on="text", words={"contains": ["裙装"]}, send=[{"text": "裙装券"}])
        chat.says("裙装")        # the answer to the push
        chat.work()              # the queue is worked off
        chat.platform.sent       # what went out as customer service and template messages

The platform counts the window of the fan by itself and refuses as the real one does.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from chalicelib.audiences import planbook
from chalicelib.audiences.scoring import judge_person
from chalicelib.definitions import store as definitions
from chalicelib.events.model import AttributeChange, Event, Json, Kind, Operation
from chalicelib.events.store import events_of
from chalicelib.fans import windows
from chalicelib.identifiers import Identifier, identifier
from chalicelib.identity.rules import DEFAULT_RULES, IdentityRules
from chalicelib.messages.customer_service import Outlet
from chalicelib.people.absorb import Delivery, absorb
from chalicelib.people.clock import Clock
from chalicelib.people.reading import person_of
from chalicelib.people.rulebook import Rulebook
from chalicelib.replies import answering, book, publishing, queue, sending
from chalicelib.wechat import push as pushes
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.envelope import Account, Mode
from chalicelib.wechat.errors import error_of
from chalicelib.wechat.push import Push
from chalicelib.wechat.replies import Reply
from tests.support.aws import Stack, memory_stack
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, FAN, NOW

SECOND = 1_000
PATIENCE = 4 * SECOND


@dataclass
class StandingClock(Clock):
    """Shows one moment, or moves on by `step` ms each time somebody looks."""

    at: int
    step: int = 0

    def now(self) -> int:
        self.at += self.step
        return self.at


@dataclass
class Platform:
    """Takes messages as the platform does. `refuses` gives an error number for a payload, 0 to take it; `dies` raises after taking it."""

    sent: list[Json] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    refuses: Callable[[Json], int] = lambda _: 0
    dies: Callable[[Json], BaseException | None] = lambda _: None

    def outlet(self, _: str) -> Outlet:
        return self

    def custom(self, payload: Json) -> None:
        self._take(payload, "message/custom/send")

    def template(self, payload: Json) -> None:
        if payload["client_msg_id"] in [one.get("client_msg_id") for one in self.sent]:
            return  # sent once, says the platform
        self._take(payload, "message/template/send")

    def _take(self, payload: Json, api: str) -> None:
        if number := self.refuses(payload):
            self.refused.append(number)
            raise error_of(number, "", api, NOW) or AssertionError(number)
        self.sent.append(payload)
        if death := self.dies(payload):
            raise death

    @property
    def texts(self) -> list[str]:
        """The texts among what was sent."""
        return [one["text"]["content"] for one in self.sent if one.get("msgtype") == "text"]


@dataclass
class Line:
    """The queue, without its delays."""

    bodies: list[str] = field(default_factory=list)

    def send_message(self, *, MessageBody: str, **_: Any) -> None:  # noqa: N803 - as boto3 names it
        self.bodies.append(MessageBody)

    def taken(self) -> list[str]:
        """All that waits, in order."""
        taken, self.bodies = self.bodies, []
        return taken


@dataclass
class Chat:
    """A fan, an account with rules in force, and the platform between them."""

    stack: Stack
    account_type: str = "service"
    platform: Platform = field(default_factory=Platform)
    line: Line = field(default_factory=Line)
    now: int = NOW
    numbers: int = 0
    identity_rules: IdentityRules = DEFAULT_RULES

    def __post_init__(self) -> None:
        self.publish(ACCOUNTS, APPID, {"type": self.account_type})

    @property
    def account(self) -> Account:
        return Account(APPID, Mode.PLAIN, (samples.TOKEN,))

    def publish(self, kind: str, name: str, document: Json) -> None:
        """Puts a definition in force, known to this process at once."""
        definitions.draft(kind, name, document, by="test", at=NOW)
        definitions.publish(kind, name, by="test", at=NOW)
        book.forget()

    def rule(self, name: str, **document: Any) -> None:
        """Puts a rule in force; `in_` stands for `in`."""
        named = {key.removesuffix("_"): value for key, value in document.items()}
        self.publish(publishing.KIND, name, {"account": APPID, **named})

    def text(self, content: str) -> Push:
        """The push of a new text."""
        self.numbers += 1
        inside = f"<Content><![CDATA[{content}]]></Content><MsgId>{self.numbers}</MsgId>"
        return self.push("text", "", inside)

    def push(self, msg_type: str, event: str, inside: str = "") -> Push:
        """A push at this moment."""
        return pushes.read(samples.body(msg_type, event, inside, at=self.now // 1000))

    def deliver(self, push: Push, arrived: int | None = None, late: int = 0) -> Reply | None:
        """One delivery; `late` is how long (ms) the work on it takes."""
        arrived = self.now if arrived is None else arrived
        windows.opened(push, APPID, arrived)
        clock = StandingClock(arrived + late)
        return answering.answer(push, drafts_of(push, APPID), self.account, arrived, arrived + PATIENCE, clock)

    def says(self, content: str) -> Reply | None:
        """A text, delivered once."""
        return self.deliver(self.text(content))

    def taps(self, key: str) -> Reply | None:
        """A tap on the menu, delivered once."""
        return self.deliver(self.push("event", "CLICK", f"<EventKey><![CDATA[{key}]]></EventKey>"))

    def follows(self, scene: str = "") -> Reply | None:
        """A follow, by a code where there is a scene, delivered once."""
        key = f"qrscene_{scene}" if scene else ""
        return self.deliver(self.push("event", "subscribe", f"<EventKey><![CDATA[{key}]]></EventKey>"))

    def knows(self, openid: str = FAN, *more: Identifier, **attributes: Any) -> str:
        """Makes a person of a fan with these attributes, judged by the rules in force; returns the person's id."""
        self.numbers += 1
        fan = identifier(f"openid:{APPID}", openid)
        changes = tuple(AttributeChange(Operation.SET, name, value) for name, value in attributes.items())
        event = Event(
            f"k{self.numbers}",
            Kind.PROFILE,
            "",
            self.now + self.numbers,
            tuple(sorted({fan, *more}, key=lambda one: -one.strength)),
            "shop",
            attributes=changes,
        )
        outcome = absorb([Delivery(event, self.now, "t")], Rulebook(self.identity_rules, 0, planbook.current_plan().signals), self.now)
        assert not outcome.again
        person = person_of(fan).id
        judge_person(person, self.now + self.numbers)
        return person

    def work(self, rounds: int = 1) -> None:
        """Works off the queue; what is put back is worked off in the next round."""
        for _ in range(rounds):
            for body in self.line.taken():
                sending.carry_out(queue.due_of(body), self.now, self.platform.outlet)

    def events(self, name: str = "$reply", openid: str = FAN) -> list[Json]:
        """The properties of the events about messages, with their names."""
        rows = events_of(f"openid:{APPID}#{openid}").rows
        return [{"name": row.name, **json.loads(row.text)["p"]} for row in rows if row.name.startswith(name)]


@contextmanager
def open_chat(account_type: str = "service") -> Iterator[Chat]:
    """A chat with an account that has no rules yet."""
    with memory_stack() as stack:
        chat = Chat(stack, account_type)
        with patch.object(queue, "_queue", lambda: chat.line):
            yield chat
