"""Whatever goes wrong between WeChat, the lambdas, the queue and WeChat again: one event, one answer at most, each further message once.

A push with three texts to answer is delivered up to three times, as WeChat does: it waits for five seconds, shows the answer of that
delivery, and sends the push again when it got none. Copies of a delivery come beside. Deliveries and workers of the queue run as
greenlets that give way at each call to the store and to the platform, and may die there. Messages of the queue come twice now and then.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from greenlet import getcurrent, greenlet
from pynamodb.connection.base import Connection

from chalicelib.errors import Busy
from chalicelib.events.keep import keep
from chalicelib.events.model import Json, Source
from chalicelib.fans import windows
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people.clock import Clock
from chalicelib.replies import answering, queue, sending
from chalicelib.wechat import push as pushes
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.error_numbers import Remedy, Verdict
from chalicelib.wechat.errors import TryAgain
from chalicelib.wechat.push import Push
from chalicelib.wechat.replies import Reply, Text
from tests.simulation.world import Died
from tests.support.chat import Chat, open_chat
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, NOW

SEEDS = int(os.environ.get("HUILIU_SEEDS", "2000")) // 50
SEEDS_A_TEST = 20
TEXTS = ("一", "二", "三")
PATIENCE_MS = 5_000
DELIVERIES = 3
VISIBILITY_MS = 360_000
LIFE_MS = {"delivery": 29_000, "worker": 60_000}
STEPS_MS = (1, 10, 100, 1_000, 3_000)
QUICK = (10, 10, 6, 2, 1)  # weights of the steps: most deliveries are answered in time
SLOW = (1, 1, 5, 5, 1)  # most are late, and overlap with the next ones
COPIES = 0.4
MAX_STEPS = 5_000
BUSY = Verdict(-1, Remedy.RETRY, "busy")


@dataclass
class Task:
    """A delivery or a worker: its greenlet, when it began, and what it came to."""

    kind: str
    thread: greenlet
    began: int
    body: str = ""
    answer: Reply | None = None
    ended: bool = False
    died: bool = False


@dataclass
class WorldClock(Clock):
    """Shows the world's time to a delivery."""

    world: "World"

    def now(self) -> int:
        return self.world.now


@dataclass
class World:
    """One push and all that follows. `crash` and `loss` are the chances (0-1) that a step is the last one, and that an answer gets lost."""

    random: Random
    push: Push
    account: Any
    crash: float
    loss: float
    pace: tuple[int, ...] = QUICK
    now: int = NOW
    tries: int = 0
    waits_for: Task | None = None
    acknowledged: bool = False
    shown: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    doubtful: int = 0
    line: list[tuple[int, str]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    main: Any = None

    def run(self) -> None:
        """Until nothing is left to do."""
        self.main = getcurrent()
        call = Connection._make_api_call

        def interrupted(connection: Connection, *arguments: Any, **named: Any) -> Any:
            self.give_way()
            answer = call(connection, *arguments, **named)
            self.perhaps_die()
            return answer

        with patch.object(Connection, "_make_api_call", interrupted), patch.object(queue, "put", self._put):
            for _ in range(MAX_STEPS):
                if not self._step():
                    return
        raise AssertionError("the world does not come to rest")

    def _step(self) -> bool:
        self.now += self.random.choices(STEPS_MS, self.pace)[0]
        actions: list[Callable[[], None]] = [lambda task=task: self._resume(task) for task in self.tasks]  # type: ignore[misc]
        if self.waits_for is None and not self.acknowledged and self.tries < DELIVERIES:
            actions.append(self._deliver)
        if self.waits_for is not None and self.now - self.waits_for.began >= PATIENCE_MS:
            actions = [self._give_up]
        ready = [one for one in self.line if one[0] <= self.now]
        if ready:
            actions.append(lambda: self._take(self.random.choice(ready)))
        if not actions and self.line:
            self.now = min(at for at, _ in self.line)
            return True
        if actions:
            self.random.choice(actions)()
        return bool(actions)

    # ---- WeChat's side ----

    def _deliver(self) -> None:
        self.tries += 1
        self.waits_for = self._begin("delivery", self._answer)
        if self.random.random() < COPIES:
            self._begin("delivery", self._answer)  # a copy that nobody waits for

    def _give_up(self) -> None:
        self.waits_for = None

    def _delivered(self, task: Task) -> None:
        if self.waits_for is not task:
            return
        self.waits_for = None
        if task.died or self.random.random() < self.loss:
            self.now = max(self.now, task.began + self.random.choice((0, PATIENCE_MS)))
            return
        self.acknowledged = True
        if isinstance(task.answer, Text):
            self.shown.append(task.answer.content)

    def custom(self, payload: Json) -> None:
        """The platform's interface."""
        self.give_way()
        if self.random.random() < self.crash:
            raise TryAgain(BUSY, "send", sent_maybe=False)
        self.sent.append(payload["text"]["content"])
        self.perhaps_die()
        if self.random.random() < self.crash:
            self.doubtful += 1
            raise TryAgain(BUSY, "send", sent_maybe=True)

    def template(self, payload: Json) -> None:
        """Not used here."""
        raise AssertionError(payload)

    # ---- our side ----

    def _answer(self, task: Task) -> None:
        arrived = task.began
        drafts = drafts_of(self.push, APPID)
        keep(drafts, Source(APPID), DEFAULT_RULES, arrived)
        windows.opened(self.push, APPID, arrived)
        task.answer = answering.answer(self.push, drafts, self.account, arrived, arrived + 4_000, WorldClock(self))

    def _work(self, task: Task) -> None:
        sending.carry_out(queue.due_of(task.body), self.now, lambda _: self)

    def _put(self, due: queue.Due, delay: int = 0) -> None:
        self.give_way()
        self.line.append((self.now + delay * 1_000, queue.body_of(due)))
        self.perhaps_die()

    def _take(self, one: tuple[int, str]) -> None:
        """The message is out of sight while it is worked on, and comes again if it is not deleted."""
        self.line.remove(one)
        self.line.append((self.now + VISIBILITY_MS, one[1]))
        self._begin("worker", self._work, one[1])

    def _worked(self, task: Task) -> None:
        if not task.died and self.random.random() > 0.1:
            self.line.remove(next(one for one in self.line if one[1] == task.body))

    def _begin(self, kind: str, work: Callable[[Task], None], body: str = "") -> Task:
        task: Task = Task(kind, greenlet(lambda: self._guarded(task, work)), self.now, body)
        self.tasks.append(task)
        return task

    def _guarded(self, task: Task, work: Callable[[Task], None]) -> None:
        try:
            work(task)
        except (Died, Busy):
            task.died = True
        task.ended = True

    def _resume(self, task: Task) -> None:
        task.thread.switch()
        if task.ended:
            self.tasks.remove(task)
            (self._delivered if task.kind == "delivery" else self._worked)(task)

    def give_way(self) -> None:
        """Lets others go on; whoever has lived for too long is killed."""
        if getcurrent() is not self.main:
            self.perhaps_die()
            self.main.switch()
            task = next(one for one in self.tasks if one.thread is getcurrent())
            if self.now - task.began > LIFE_MS[task.kind]:
                raise Died

    def perhaps_die(self) -> None:
        """The chance of a death."""
        if getcurrent() is not self.main and self.random.random() < self.crash:
            raise Died


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    with open_chat() as made:
        made.rule("three", on="text", send=[{"text": text} for text in TEXTS])
        yield made


def check(chat: Chat, seed: int) -> None:
    random = Random(seed)
    fan = f"oFan-{seed}"
    inside = f"<Content><![CDATA[hi]]></Content><MsgId>{10_000 + seed}</MsgId>"
    push = pushes.read(samples.body("text", inside=inside, sender=fan))
    crash, loss = ((0.0, 0.0), (0.0, 0.3), (0.03, 0.1), (0.1, 0.3))[seed % 4]
    world = World(random, push, chat.account, crash, loss, SLOW if seed % 3 == 0 else QUICK)
    world.run()
    told = {one["place"]: one for one in chat.events(openid=fan)}
    seen = world.shown + world.sent
    assert len(world.shown) <= 1
    assert all(seen.count(text) <= 1 for text in TEXTS), (seed, seen)
    assert len(chat.events("WechatTextSent", openid=fan)) <= 1
    assert len(told) == len(chat.events(openid=fan))
    assert 5 - windows.window(APPID, fan).left >= len(world.sent)
    for place, one in told.items():
        if one["name"] == "$reply_sent" and one["by"] == "customer_service":
            assert TEXTS[place] in world.sent
    if world.acknowledged:
        assert len(chat.events("WechatTextSent", openid=fan)) == 1
        assert {1, 2} <= told.keys()
    if not crash:
        assert [seen.count(text) for text in TEXTS[1:]] == [1, 1], (seed, seen)
    if not crash and not loss and world.tries == 1:
        assert seen.count("一") <= 1


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_each_message_is_seen_once_whatever_happens(chat: Chat, first: int) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, SEEDS)):
        check(chat, seed)
