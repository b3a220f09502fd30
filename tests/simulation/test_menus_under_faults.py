"""Whatever goes wrong, the platform ends up with the menus in force: workers that die around any call, two at once, faults, other hands."""

import json
import os
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import pytest

from chalicelib.audiences import passes
from chalicelib.entrypoints import apply_menus
from chalicelib.menus import records
from chalicelib.tagging import errands
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import forget_caches
from tests.support.deliveries import Context, Killed
from tests.support.menus import button
from tests.support.platform import error
from tests.support.tagging import MINUTE, World, tagged_people

SEEDS: Final = max(1, int(os.environ.get("HUILIU_SEEDS", "2000")) // 50)
FIRST_SEED: Final = int(os.environ.get("HUILIU_FIRST_SEED", "0"))
SEEDS_A_TEST: Final = 10
MOVES: Final = 25
SEGMENTS: Final = ("a", "b", "c", "d")
FAULTS: Final = (-1, 45009, 45011, 40097, 48001)
CHANGES: Final = frozenset({"create", "create_menu", "add_conditional", "delete_conditional", "delete", "delete_menus"})


@dataclass
class Queue:
    """What waits to be done for the account; whatever goes to other queues is nobody's business here."""

    waiting: list[str] = field(default_factory=list)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        self.waiting += [one["MessageBody"] for one in Entries if QueueUrl.endswith("-menus")]
        return {}


@dataclass
class Story:
    """One seed: definitions change while workers make them so."""

    world: World
    queue: Queue
    random: Random
    wanted: tuple[str, ...] | None = None  # the segments that have menus, None while nothing is in force
    messages: int = 0
    overtaking: bool = False

    def run(self) -> None:
        """The moves, and then time goes by without trouble."""
        self.world.segments(*SEGMENTS)
        self.world.account()
        self.world.platform.max_personal = self.random.choice([4, 6, 1000])
        self.world.platform.before = self.before
        self.world.platform.after = self.after
        for _ in range(MOVES):
            self.random.choice((self.publish, self.archive, self.work, self.work, self.work, self.meddle, self.wait))()
        self.world.platform.before = self.world.platform.after = lambda _: None
        self.finish()

    def publish(self) -> None:
        """Other menus, in another order."""
        self.wanted = tuple(self.random.sample(SEGMENTS, self.random.randint(0, 4)))
        self.world.menu(*self.wanted)

    def archive(self) -> None:
        """No menus at all."""
        if self.wanted is not None:
            self.world.archive("menus", "shop")
            self.wanted = None

    def meddle(self) -> None:
        """Somebody takes away or adds a menu with other tools."""
        personal = self.world.platform.personal
        if personal and self.random.random() < 0.5:
            personal.pop(self.random.randrange(len(personal)))
        elif self.world.platform.everybodys is not None and records.applied("wx77aa00bb11cc22dd").owned:
            self.world.platform.everybodys = [button("other")]

    def wait(self) -> None:
        """Leases run out."""
        self.world.later(self.random.choice([1000, 5 * MINUTE]))

    def work(self) -> None:
        """A worker takes a message; now and then the message comes again although it was done."""
        if not self.queue.waiting:
            errands.ask_for()
        body = self.queue.waiting.pop(self.random.randrange(len(self.queue.waiting)))
        self.messages += 1
        self.take(body, f"m{self.messages}")
        if self.random.random() < 0.1:
            self.queue.waiting.append(body)

    def take(self, body: str, message: str) -> None:
        """What is not done comes again, as the same message or another."""
        forget_caches()
        try:
            answer = apply_menus.apply_menus({"Records": [{"messageId": message, "body": body}]}, Context("apply_menus", "request"))
        except (Killed, Exception):  # noqa: BLE001 - whatever a handler raises brings its message again
            self.queue.waiting.append(body)
            return
        if answer["batchItemFailures"]:
            self.queue.waiting.append(body)

    def before(self, call: str) -> None:
        """The platform fails, the worker dies, or it is so slow that another one takes over."""
        chance = self.random.random()
        if chance < 0.04:
            raise error(self.random.choice(FAULTS), call)
        if chance < 0.08:
            raise Killed
        if chance < 0.12 and not self.overtaking and self.queue.waiting:
            self.overtaking = True
            self.world.later(5 * MINUTE)
            self.work()
            self.overtaking = False

    def after(self, call: str) -> None:
        """The worker dies before it can note what it did."""
        if call in CHANGES and self.random.random() < 0.06:
            raise Killed

    def finish(self) -> None:
        """Nothing goes wrong any more. Once a day everything is looked at anyway."""
        for _ in range(2):
            errands.ask_for()
            for _ in range(200):
                self.world.later(5 * MINUTE)
                if not self.queue.waiting:
                    break
                self.messages += 1
                self.take(self.queue.waiting.pop(0), f"m{self.messages}")
            assert not self.queue.waiting, "messages keep coming"

    def assert_equal(self) -> None:
        platform = self.world.platform
        shown = [one.buttons[0]["name"] for one in platform.personal]
        assert shown == list(self.wanted or ())[::-1]
        assert [platform.names[one.tag or 0] for one in platform.personal] == [f"hm:{one}" for one in shown]
        own = {name for name in platform.names.values() if name.startswith("hm:")}
        assert own == {f"hm:{one}" for one in self.wanted or ()}
        if self.wanted is not None:
            assert [one["name"] for one in platform.everybodys or ()] == ["新品"]
        assert self.wanted is not None or platform.everybodys is None


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_A_TEST))
def test_the_platform_ends_up_with_the_menus_in_force(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, FIRST_SEED + SEEDS)):
        forget_caches()
        queue = Queue()
        for module in (errands, passes):
            monkeypatch.setattr(module, "_queue_client", lambda queue=queue: queue)
        monkeypatch.setattr(apply_menus, "bury", lambda letters: pytest.fail(json.dumps([one.reason for one in letters])))
        with QuickDynamo().serving():
            told = Story(tagged_people(monkeypatch), queue, Random(seed))
            told.run()
            told.assert_equal()
            calls = len(told.world.platform.calls)
            told.finish()
            assert set(told.world.platform.calls[calls:]) <= {"all", "get"}, "what is as it should be is only read"
        forget_caches()
