"""Whatever goes wrong, fans end up with the tags of where their persons stand: messages twice, late, in any order, and workers that die.

While the platform is being called, people enter and leave, become one, unfollow and follow again, and the account's definition changes.
"""

import os
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import pytest

from chalicelib.audiences import passes
from chalicelib.entrypoints import apply_menus, tag_fans
from chalicelib.tagging import choosing, errands, hearing, mending
from chalicelib.tagging.reconcile import start
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support import platform as platforms
from tests.support.aws import forget_caches
from tests.support.deliveries import Context, Killed
from tests.support.platform import error
from tests.support.tagging import APPID, MINUTE, World, tagged_people

SEEDS: Final = max(1, int(os.environ.get("HUILIU_SEEDS", "2000")) // 50)
FIRST_SEED: Final = int(os.environ.get("HUILIU_FIRST_SEED", "0"))
SEEDS_A_TEST: Final = 5
MOVES: Final = 40
ROOM: Final = 2  # tags of a fan, instead of twenty
SEGMENTS: Final = ("a", "b", "c", "d")
PEOPLE: Final = {"p1": ("o1",), "p2": ("o2", "o3"), "p3": ("o4",), "p4": ()}


@dataclass
class Queue:
    """Both queues at once; delays mean nothing, for anything may be late."""

    waiting: list[tuple[str, str]] = field(default_factory=list)  # (queue, body)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        name = QueueUrl.rpartition("-")[2]
        self.waiting += [(name, one["MessageBody"]) for one in Entries if name in ("tagging", "menus")]
        return {}


@dataclass
class Story:
    """One seed: a random run of moves, each of which may be interrupted."""

    world: World
    queue: Queue
    random: Random
    stands: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in PEOPLE})
    into: dict[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = SEGMENTS
    menus: tuple[str, ...] = ()
    numbers: int = 0

    def run(self) -> None:
        """Begins with everything in order, goes through the moves, and lets all be carried out."""
        self.world.segments(*SEGMENTS)
        self.define()
        for name, openids in PEOPLE.items():
            self.world.person(name, *openids)
        self.world.platform.before = self.meanwhile
        moves = (
            self.enter,
            self.enter,
            self.enter,
            self.deliver,
            self.deliver,
            self.deliver,
            self.hear,
            self.define,
            self.again,
            self.merge,
        )
        for _ in range(MOVES):
            self.random.choice(moves)()
        self.world.platform.before = lambda _: None
        self.finish()

    def enter(self) -> None:
        """Somebody stands somewhere else; that is heard of sooner or later."""
        name = self.root(self.random.choice(list(PEOPLE)))
        self.stands[name] = {one for one in SEGMENTS if self.random.random() < 0.5}
        self.world.silently(name, sorted(self.stands[name]))

    def hear(self) -> None:
        """Some of what is heard is heard twice, and in any order."""
        self.random.shuffle(self.world.unheard)
        if self.random.random() < 0.3:
            hearing.hear(self.world.unheard, self.world.clock.now)
        self.world.hear()

    def define(self) -> None:
        """The account gives other segments, and has menus for others, in another order."""
        self.given = tuple(self.random.sample(SEGMENTS, self.random.randint(2, len(SEGMENTS))))
        self.world.account(give=[{"segment": one} for one in self.given])
        self.menus = tuple(self.random.sample(SEGMENTS, self.random.randint(0, 2)))
        self.world.menu(*self.menus)

    def again(self) -> None:
        """A fan leaves, and comes back without tags."""
        openid = self.random.choice([one for openids in PEOPLE.values() for one in openids])
        self.world.platform.unfollow(openid)
        self.world.platform.follow(openid)
        hearing.followed(APPID, [openid], self.world.clock.now)

    def merge(self) -> None:
        """Two persons turn out to be one."""
        one, other = self.random.sample(list(PEOPLE), 2)
        one, other = self.root(one), self.root(other)
        if one != other and self.random.random() < 0.3:
            self.into[one] = other
            self.stands[other] |= self.stands[one]
            self.world.merge(one, into=other)
            hearing.joined([one], self.world.clock.now)

    def meanwhile(self, call: str) -> None:
        """While the platform is called: others are quicker, the platform fails, the worker dies."""
        chance = self.random.random()
        if chance < 0.15:
            self.enter()
            if self.random.random() < 0.7:
                self.overtake()
        elif chance < 0.2:
            raise error(self.random.choice([-1, 45011]), call)
        elif chance < 0.25:
            raise Killed

    def overtake(self) -> None:
        """Another worker is done with what is waiting before the one that is calling goes on."""
        self.world.platform.before = lambda _: None
        self.hear()
        self.take("tagging", [one for one in self.queue.waiting if one[0] == "tagging"][:10], again=0)
        self.world.platform.before = self.meanwhile

    def deliver(self) -> None:
        """Some of the messages, from any place; of those that were done, some come again."""
        name = self.random.choice(("tagging", "menus"))
        mine = [one for one in self.queue.waiting if one[0] == name]
        some = self.random.sample(mine, min(len(mine), self.random.randint(1, 4)))
        self.take(name, some if name == "tagging" else some[:1], again=0.2)

    def take(self, name: str, some: list[tuple[str, str]], again: float) -> None:
        """Hands messages to their lambda; what it does not do stays in the queue."""
        forget_caches()
        for one in some:
            self.queue.waiting.remove(one)
        self.numbers += len(some)
        records = [{"messageId": f"m{self.numbers - place}", "body": body} for place, (_, body) in enumerate(some)]
        handler = tag_fans.tag_fans if name == "tagging" else apply_menus.apply_menus
        try:
            answer = handler({"Records": records}, Context(name, "request"))
        except (Killed, Exception):  # noqa: BLE001 - whatever a handler raises brings all of its messages again
            self.queue.waiting += some
            return
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        self.queue.waiting += [
            one for one, record in zip(some, records, strict=True) if record["messageId"] in failed or self.random.random() < again
        ]

    def finish(self) -> None:
        """Nothing goes wrong any more, and time goes by."""
        self.world.hear()
        for _ in range(500):
            self.world.later(MINUTE)
            if not self.queue.waiting:
                return
            name = self.queue.waiting[0][0]
            self.take(name, [one for one in self.queue.waiting if one[0] == name][: 10 if name == "tagging" else 1], again=0)
        raise AssertionError(f"messages keep coming: {self.queue.waiting[:5]}")

    def root(self, name: str) -> str:
        while name in self.into:
            name = self.into[name]
        return name

    def expected(self, openid: str) -> set[str]:
        name = next(name for name, openids in PEOPLE.items() if openid in openids)
        stands = self.stands[self.root(name)]
        menu = [f"hm:{one}" for one in self.menus if one in stands][:1]
        return set([*menu, *(f"hl:{one}" for one in self.given if one in stands)][:ROOM])

    def assert_alike(self) -> None:
        fans = [openid for openids in PEOPLE.values() for openid in openids]
        assert {one: self.world.platform.tags_of(one) for one in fans} == {one: self.expected(one) for one in fans}


@pytest.fixture
def _less_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (choosing, mending):
        monkeypatch.setattr(module, "MAX_TAGS_OF_A_FAN", ROOM)
    monkeypatch.setattr(platforms, "MAX_OF_A_FAN", ROOM)


def story(seed: int, monkeypatch: pytest.MonkeyPatch) -> Story:
    queue = Queue()
    for module in (errands, passes):
        monkeypatch.setattr(module, "_queue_client", lambda: queue)
    for module in (tag_fans, apply_menus):
        monkeypatch.setattr(module, "bury", lambda letters: (_ for _ in ()).throw(AssertionError(letters)))
    return Story(tagged_people(monkeypatch), queue, Random(seed))


@pytest.mark.usefixtures("_less_room")
@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_A_TEST))
def test_fans_end_up_with_the_tags_of_where_their_persons_stand(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, FIRST_SEED + SEEDS)):
        forget_caches()
        with QuickDynamo().serving():
            told = story(seed, monkeypatch)
            told.run()
            told.assert_alike()
            start(APPID, told.world.clock.now, at_once=True)
            told.finish()
            told.assert_alike()
        forget_caches()
