"""Whatever goes wrong between the queue and a platform that takes a list of people in one call: nobody is in two lists that it took on.

Batches are cut at random, come twice, overlap, and their workers die between any two writes, and before and after the call. Groups are kept
as they are in production, on items.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from unittest.mock import patch

import pytest
from pynamodb.connection.base import Connection

from chalicelib.channels import mass_groups
from chalicelib.channels.channel import Channel, Parcel
from chalicelib.channels.mass import MassMessages
from chalicelib.channels.mass_group import Group
from chalicelib.dispatch import store
from chalicelib.dispatch.grouping import carry_out_group
from chalicelib.dispatch.model import Message, State, Trip
from chalicelib.dispatch.sending import Done
from chalicelib.events.model import Json
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome
from chalicelib.wechat.accounts import AccountType
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.sending_line import VISIBILITY_MS, Line, Verdict
from tests.simulation.sending_platform import Platform
from tests.support.ledger import Desk
from tests.unit.dispatch import samples

SEEDS = int(os.environ.get("HUILIU_SEEDS", "2000")) // 10
SEEDS_A_TEST = 100
PEOPLE = 5
STRIKES = 3
POLLERS = 2
FAULTS = ((0.0, 0.0), (0.03, 0.0), (0.03, 0.2), (0.1, 0.3))  # chances of a death at a step, and of a call that goes wrong
WORDS = Trip(ChannelName.MASS, "wx0000000000000001", "", {"msgtype": "text", "text": {"content": "新品上市"}})


@dataclass
class Mass(MassMessages):
    """The channel as it is, but for the platform."""

    world: "World"

    def unfit(self, appid: str, kind: AccountType | None) -> Outcome | None:
        """The account has mass messages."""
        return None

    def _asked(self, group: Group, body: Json) -> Outcome:
        return self.world.asked(group)


@dataclass
class World(Desk):
    """One list of people, some pollers of the queue."""

    seed: int = 0
    random: Random = field(init=False)
    line: Line = field(init=False)
    platform: Platform = field(init=False)
    mass: Mass = field(init=False)
    pool: dict[str, int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        crash, faults = FAULTS[self.seed % len(FAULTS)]
        self.line = Line(self.random, samples.NOW, crash, STRIKES)
        self.platform = Platform("mass", self.random, lambda: self.line.now, True, faults, self.line.strike)
        self.mass = Mass(self)

    def run(self) -> dict[str, Message]:
        """What became of each message."""
        ids = [f"{self.seed:024x}{number:08x}" for number in range(PEOPLE)]
        with self._on_items():
            for place, one in enumerate(ids):
                store.put_new(samples.queued(replace(WORDS, address=f"oFan-{place}"), replace(samples.ORDER, id=one)))
                self.pool[one] = self.line.now + self.random.choice((0, 0, 2_000))
            for _ in range(POLLERS):
                self.line.put(self._poll, mortal=True, twice=0)
            self.line.run()
            return store.find_many(ids)

    @contextmanager
    def _on_items(self) -> Iterator[None]:
        call = Connection._make_api_call

        def interrupted(connection: Connection, *arguments: object, **named: object) -> object:
            self.line.give_way()
            answer = call(connection, *arguments, **named)  # type: ignore[arg-type]
            self.line.perhaps_die()
            return answer

        with QuickDynamo().serving(), patch.object(Connection, "_make_api_call", interrupted):
            yield

    def _poll(self) -> Verdict:
        ready = [one for one, at in self.pool.items() if at <= self.line.now]
        batch = [one for one in ready if self.random.random() < 0.8]
        self.pool |= dict.fromkeys(batch, self.line.now + VISIBILITY_MS)
        for one, what in carry_out_group([(one, 0) for one in batch], self.line.now, self).items():
            if isinstance(what, Done):
                self.pool.pop(one, None)
            elif one in self.pool:
                self.pool[one] = what.until
        return max(min(self.pool.values()), self.line.now + 1) if self.pool else None

    # ---- The means of sending ----

    def channel(self, name: ChannelName) -> Channel:
        """The real one."""
        assert name is ChannelName.MASS
        return self.mass

    def send_group(self, group: str, parcels: Sequence[Parcel], now: int) -> dict[str, Outcome]:
        """The real one."""
        return self.mass.send_group(group, parcels, now)

    def called(self, group: str, now: int) -> bool:
        """The real one."""
        return mass_groups.dissolve(group, now) is not None

    def new_group(self) -> str:
        """An id that nobody has had before."""
        return f"{self.random.getrandbits(64):x}"

    def asked(self, group: Group) -> Outcome:
        """The platform takes a list on, once for each key."""
        outcome, new = self.platform.call(group.id, group.key, self.line.give_way)
        self.seen.update(group.openids() if new else ())
        self.line.give_way()
        return outcome


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_nobody_is_told_twice_by_lists_and_nobody_is_forgotten(first: int) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, SEEDS)):
        world = World(seed=seed)
        found = world.run()
        assert max(world.seen.values(), default=0) <= 1, seed
        for one in found.values():
            assert one.trip is not None
            told = world.seen[one.trip.address]
            assert one.state in (State.SENT, State.FAILED, State.UNKNOWN), seed
            assert told == (one.state is not State.FAILED), seed
