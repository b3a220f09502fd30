"""People with openids and standings, an account with tags and menus, and the lambdas that keep both sides alike; no other part of the ring.

    world = tagged_world(stack, monkeypatch)
    world.account(give=[{"segment": "vip"}])
    world.person("ming", "oMing")
    world.stands("ming", segments=["vip"])
    world.flow()
    world.platform.tags_of("oMing")

Time stands still but for what `flow` and `later` let pass.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
from moto.sqs.models import sqs_backends

from chalicelib.audiences import publishing as rules
from chalicelib.audiences.effects import Change
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.membership import follow
from chalicelib.definitions import store as definitions
from chalicelib.entrypoints import apply_menus, tag_fans
from chalicelib.menus import platform as menu_platform
from chalicelib.menus import publishing as menus
from chalicelib.menus.documents import KIND as MENUS
from chalicelib.people import store
from chalicelib.people.model import Person
from chalicelib.people.records import MemberRecord, NodeRecord, node_partition, person_partition
from chalicelib.people.standing import Standing
from chalicelib.tagging import hearing
from chalicelib.tagging import platform as tag_platform
from infra.mappings import APPLY_MENUS, TAG_FANS
from tests.support.aws import Stack, forget_caches
from tests.support.clock import Clock
from tests.support.platform import NOW, Account
from tests.support.pump import Pump

APPID: Final = "wx77aa00bb11cc22dd"
MINUTE: Final = 60_000
MAX_MINUTES: Final = 40  # of what follows from one change
BUTTONS: Final = [{"type": "click", "name": "新品", "key": "new"}]


@dataclass(slots=True)
class World:
    """One account and its people. `unheard` are the changes of standings that nobody has been told."""

    clock: Clock
    platform: Account
    unheard: list[Change] = field(default_factory=list, kw_only=True)

    def segments(self, *names: str) -> None:
        """Puts segments in force; who is in them is what `stands` says."""
        for name in names:
            self.publish(RuleKind.SEGMENTS.value, name, {"where": {"event": "Never"}})

    def publish(self, kind: str, name: str, document: Mapping[str, Any]) -> None:
        """Puts a definition in force."""
        definitions.draft(kind, name, document, by="test", at=self.clock.now)
        definitions.publish(kind, name, by="test", at=self.clock.now)
        forget_caches()

    def archive(self, kind: str, name: str) -> None:
        """Takes it out of force."""
        definitions.archive(kind, name, by="test", at=self.clock.now)
        forget_caches()

    def account(self, give: Collection[Mapping[str, str]] = (), take: Collection[str] = ()) -> None:
        """Puts the account in force."""
        document: dict[str, Any] = {"type": "service", "tags": {"give": list(give), "take": list(take)}}
        self.publish("accounts", APPID, document)

    def menu(self, *personal: str, name: str = "shop") -> None:
        """Puts menus in force: each segment's has one button of its name."""
        mine = [{"segment": one, "buttons": [{"type": "click", "name": one, "key": one}]} for one in personal]
        self.publish(MENUS, name, {"account": APPID, "buttons": BUTTONS, "personal": mine})

    def person(self, name: str, *openids: str) -> None:
        """Makes somebody known by openids, who all follow."""
        store.save_person(Person(id=name))
        for openid in openids:
            key = f"openid:{APPID}#{openid}"
            NodeRecord(pk=node_partition(key), person=name, since=NOW, source="test").save()
            MemberRecord(pk=person_partition(name), sk=f"member#{key}").save()
        self.platform.follow(*openids)

    def merge(self, name: str, into: str) -> None:
        """One person turns out to be another, who takes over where it stands."""
        (person,) = store.persons([name]).values()
        store.save_person(replace(person, into=into))
        store.merged(into, name).save()
        both = store.standing(into).union(store.standing(name))
        self._moves(name, Standing())
        self._moves(into, both)

    def stands(
        self, name: str, segments: Collection[str] = (), tags: Mapping[str, str] | None = None, manual: Collection[str] = ()
    ) -> None:
        """Puts a person where it is to stand, and has that heard."""
        standing = Standing(
            segments=dict.fromkeys(segments, NOW),
            tags={tag: (value, NOW) for tag, value in (tags or {}).items()},
            manual=dict.fromkeys(manual, NOW),
        )
        self._moves(name, standing)
        self.hear()

    def silently(self, name: str, segments: Collection[str] = ()) -> None:
        """Puts a person where it is to stand; nobody is told before `hear`."""
        self._moves(name, Standing(segments=dict.fromkeys(segments, NOW)))

    def hear(self) -> None:
        """Tells what has changed."""
        hearing.hear(self.unheard, self.clock.now)
        self.unheard.clear()

    def later(self, milliseconds: int) -> None:
        """Time goes by."""
        self.clock.pass_by(milliseconds)
        forget_caches()

    def _moves(self, name: str, standing: Standing) -> None:
        before = store.standing(name)
        if standing == Standing():
            writing = store.Transaction()
            writing.drop_standing(name, before.version)
            writing.commit()
            after = standing
        else:
            store.save_standing(name, replace(standing, version=before.version))
            after = store.standing(name)
        follow(name, before, after, self.clock.now)
        self.unheard.append(Change(name, before, after, self.clock.now))


@dataclass(slots=True)
class FlowingWorld(World):
    """A world whose queues are pumped. Usage: `world.flow()`."""

    pump: Pump

    def flow(self) -> None:
        """Lets everything happen that follows, also what is delayed by minutes."""
        for _ in range(MAX_MINUTES):
            if not self._waiting():
                return
            self.pump.drain()
            self.later(MINUTE)
        raise AssertionError("messages keep coming")

    def _waiting(self) -> bool:
        stack = self.pump.stack
        queues = sqs_backends[stack.place.account][stack.place.region].queues
        return any(queues[stack.table(name)]._messages for name in ("menus", "tagging"))


def tagged_people(monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty world whose lambdas see its platform and its time; nobody calls them."""
    clock, platform = Clock(NOW), Account()
    clock.install(monkeypatch, apply_menus, tag_fans)
    monkeypatch.setattr(tag_platform, "real", lambda _: platform)
    monkeypatch.setattr(menu_platform, "real", lambda _: platform.menus)
    assert rules
    assert menus  # which make the kinds known
    return World(clock, platform)


def tagged_world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FlowingWorld:
    """An empty world with its queues and lambdas."""
    world = tagged_people(monkeypatch)
    pump = Pump(stack, clock=world.clock)
    pump.queue(APPLY_MENUS, apply_menus.apply_menus)
    pump.queue(TAG_FANS, tag_fans.tag_fans)
    return FlowingWorld(world.clock, world.platform, unheard=[], pump=pump)
