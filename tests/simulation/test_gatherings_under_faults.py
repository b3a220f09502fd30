"""Whatever goes wrong while mass messages gather behind a tag: nobody is told twice, nobody is forgotten, and who was stopped is not told.

As with lists, batches are cut at random, come twice, overlap, and their workers die between any two writes, before and after each call of
the platform, whose calls go wrong now and then. New messages come while others gather; some are stopped. Gatherings and groups are kept as
they are in production, on items.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from unittest.mock import patch

import pytest
from pynamodb.connection.base import Connection

from chalicelib.channels import mass_groups
from chalicelib.channels.channel import Channel, Parcel
from chalicelib.channels.mass import MassMessages
from chalicelib.channels.mass_by_tag import ByTag
from chalicelib.channels.mass_group import Group
from chalicelib.dispatch import store
from chalicelib.dispatch.grouping import carry_out_group
from chalicelib.dispatch.model import Message, State, Trip
from chalicelib.dispatch.sending import Done
from chalicelib.events.model import Json
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome
from chalicelib.tagging.platform import Tags
from chalicelib.wechat.calls.tags import CREATE, TAG, PlatformTag
from chalicelib.wechat.calls.users import Page
from chalicelib.wechat.errors import Dropped, TryAgain, verdict_of
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
MINUTE = 60_000
COMES_AFTER = (0, 0, 2_000, 4 * MINUTE, 5 * MINUTE, 8 * MINUTE, 8 * MINUTE + 5_000)  # while others gather, and while their gathering closes
FAULTS = ((0.0, 0.0), (0.02, 0.0), (0.02, 0.1), (0.05, 0.2))  # chances of a death at a step, and of a call that goes wrong
WORDS = Trip(ChannelName.MASS, "wx0000000000000001", "", {"msgtype": "text", "text": {"content": "新品上市"}})


@dataclass
class Mass(MassMessages):
    """The channel as it is, but for the platform."""

    world: "World"

    def _asked(self, group: Group, body: Json) -> Outcome:
        return self.world.asked(group)


@dataclass
class Board(Tags):
    """The tags of the account. A call about them may fail, before it had its effect or after."""

    world: "World"
    names: dict[str, int] = field(default_factory=dict)
    fans: dict[int, set[str]] = field(default_factory=dict)

    def all(self) -> list[PlatformTag]:
        return [PlatformTag(number, name, 0) for name, number in self.names.items()]

    def create(self, name: str) -> int:
        if name in self.names:
            raise Dropped(verdict_of(45157), CREATE.path)
        self._done(lambda: self.names.setdefault(name, 100 + len(self.names)))
        return self.names[name]

    def delete(self, tag: int) -> None:
        raise AssertionError("nobody deletes while messages are on their way")

    def tag(self, tag: int, openids: Sequence[str]) -> None:
        self._done(lambda: self.fans.setdefault(tag, set()).update(openids))

    def untag(self, tag: int, openids: Sequence[str]) -> None:
        self._done(lambda: self.fans.setdefault(tag, set()).difference_update(openids))

    def holders(self, tag: int, after: str) -> Page:
        raise AssertionError("nobody asks")

    def _done(self, deed: Callable[[], object]) -> None:
        world = self.world
        world.line.give_way()
        wrong = world.random.random() < world.platform.faults
        if not wrong or world.random.random() < 0.5:
            deed()
        world.line.give_way()
        if wrong:
            raise TryAgain(verdict_of(-1), TAG.path)


@dataclass(frozen=True)
class Played(ByTag):
    """As it is, but for the platform and the day's quota."""

    world: "World | None" = None

    def serves(self, account: str) -> bool:
        return True

    def shut_until(self, account: str, now: int) -> int | None:
        return None

    def tags(self, account: str) -> Tags:
        assert self.world is not None
        return self.world.board


@dataclass
class World(Desk):
    """Some people who are to be told the same, some pollers of the queue."""

    seed: int = 0
    random: Random = field(init=False)
    line: Line = field(init=False)
    platform: Platform = field(init=False)
    board: Board = field(init=False)
    by_tag: ByTag = field(init=False)
    pool: dict[str, int] = field(default_factory=dict)
    gone_at: dict[str, int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        crash, faults = FAULTS[self.seed % len(FAULTS)]
        self.line = Line(self.random, samples.NOW, crash, STRIKES)
        self.platform = Platform("mass", self.random, lambda: self.line.now, True, faults, self.line.strike)
        self.board = Board(self)
        self.by_tag = Played(Mass(self), lambda: 1.0, self)

    def run(self) -> dict[str, Message]:
        """What became of each message."""
        ids = [f"{self.seed:024x}{number:08x}" for number in range(PEOPLE)]
        with self._on_items():
            for place, one in enumerate(ids):
                address = f"oFan-{place}"
                store.put_new(samples.queued(replace(WORDS, address=address), replace(samples.ORDER, id=one)))
                self.pool[one] = self.line.now + self.random.choice(COMES_AFTER)
                if self.random.random() < 0.2:
                    self.gone_at[address] = self.line.now + self.random.choice((0, 4 * MINUTE, 8 * MINUTE, 10 * MINUTE))
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
        for one, what in carry_out_group([(one, 0) for one in batch], self.line.now, self, self.by_tag).items():
            if isinstance(what, Done):
                self.pool.pop(one, None)
            elif one in self.pool:
                self.pool[one] = what.until
        return max(min(self.pool.values()), self.line.now + 1) if self.pool else None

    # ---- The means of sending ----

    def still(self, parcel: Parcel, now: int) -> str | None:
        """Whether the fan has left by now."""
        return "not_following" if now >= self.gone_at.get(parcel.address, now + 1) else None

    def channel(self, name: ChannelName) -> Channel:
        """The real one."""
        assert name is ChannelName.MASS
        return self.by_tag.mass

    def called(self, group: str, now: int) -> bool:
        """The real one."""
        return mass_groups.dissolve(group, now) is not None

    def new_group(self) -> str:
        """An id that nobody has had before."""
        return f"{self.random.getrandbits(64):016x}"

    def asked(self, group: Group) -> Outcome:
        """The platform tells all who have the tag, once for each key."""
        outcome, new = self.platform.call(group.id, group.key, self.line.give_way)
        self.seen.update(self.board.fans.get(group.tag, ()) if new else ())
        self.line.give_way()
        return outcome


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_nobody_is_told_twice_by_tags_and_nobody_is_forgotten(first: int) -> None:
    states: Counter[State] = Counter()
    for seed in range(first, min(first + SEEDS_A_TEST, SEEDS)):
        world = World(seed=seed)
        for one in world.run().values():
            assert one.trip is not None
            told = world.seen[one.trip.address]
            assert one.state in (State.SENT, State.FAILED, State.UNKNOWN), seed
            assert told <= 1, seed
            assert one.state is State.UNKNOWN or told == (one.state is State.SENT), seed
            assert not told or world.gone_at.get(one.trip.address) != samples.NOW, seed
            states[one.state] += 1
    assert states[State.SENT] > 0.7 * sum(states.values())
    assert states[State.UNKNOWN] < 0.05 * sum(states.values())
