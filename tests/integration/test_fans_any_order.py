"""Pushes that are lost, late, repeated and out of order, between syncs at any stage: one history of a fan, and in the end the truth."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.entrypoints import read_fans as entrypoint
from chalicelib.fans import keys, syncing
from tests.support.aws import memory_stack
from tests.support.clock import Clock
from tests.support.fans import APPID, MINUTE, NOW, FanWorld, fan_world

FAN = "oFan1"
FOLLOWED, LEFT = "WechatSubscribed", "WechatUnsubscribed"
EVENTS = {True: "subscribe", False: "unsubscribe"}

# A fan comes or goes; an earlier push arrives (the n-th last, again or for the first time); a sync is begun, or all that waits is done.
OPERATIONS = st.lists(
    st.one_of(
        st.just("change"),
        st.just("change and push"),
        st.integers(0, 5),
        st.just("start"),
        st.just("drain"),
    ),
    min_size=1,
    max_size=14,
)


@pytest.fixture(autouse=True)
def two_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MASK", 1)
    monkeypatch.setattr(syncing, "SHARDS", 2)


class Story:
    """One fan's comings and goings in truth, and what arrives of them."""

    def __init__(self, world: FanWorld) -> None:
        self.world = world
        self.steps: list[tuple[bool, int]] = []  # follows, ms

    @property
    def follows(self) -> bool:
        return bool(self.steps) and self.steps[-1][0]

    def play(self, operation: str | int) -> None:
        self.world.clock.pass_by(2 * MINUTE)
        match operation:
            case "start":
                syncing.start(APPID, self.world.clock.now)
            case "drain":
                self.world.pump.drain()
            case int():
                if operation < len(self.steps):
                    self.push(self.steps[-1 - operation])
            case _:
                self._change()
                if operation == "change and push":
                    self.push(self.steps[-1])

    def push(self, step: tuple[bool, int]) -> None:
        follows, at = step
        self.world.push(EVENTS[follows], FAN, at=at)

    def finish(self) -> None:
        """Whatever is under way ends, and a sync sees it all."""
        self.world.settle()
        self.world.sync()

    def _change(self) -> None:
        self.steps.append((not self.follows, self.world.clock.now))
        if self.follows:
            self.world.follow(FAN)
        else:
            self.world.leave(FAN)

    def check(self) -> None:
        history = self.world.history(FAN)
        told, true = Counter(name for name, _, _ in history), Counter(FOLLOWED if follows else LEFT for follows, _ in self.steps)
        assert told <= true, history
        assert bool(self.world.fan(FAN).following) is self.follows
        # Who left and came back unseen within a month is on both lists alike: told is that they follow, not since when.
        if self.follows or history:
            assert history[-1][0] == (FOLLOWED if self.follows else LEFT), history


@pytest.mark.usefixtures("two_shards")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_in_any_order_there_is_one_history_and_it_ends_in_the_truth(operations: list[str | int], monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_stack() as fresh, monkeypatch.context() as patched:
        clock = Clock(NOW)
        clock.install(patched, entrypoint)
        world = fan_world(fresh, clock)
        patched.setattr(entrypoint, "Client", world.platform.connect)
        story = Story(world)
        for operation in operations:
            story.play(operation)
        story.finish()
        story.check()
        for step in story.steps:
            if (EVENTS[step[0]], step[1]) in _arrived(world):
                story.push(step)
        story.finish()
        story.check()


def _arrived(world: FanWorld) -> set[tuple[str, int]]:
    """The pushes that were kept: WeChat may send one of them again."""
    names = {FOLLOWED: "subscribe", LEFT: "unsubscribe"}
    return {(names[name], at * 1000) for name, at, by in world.history(FAN) if not by}
