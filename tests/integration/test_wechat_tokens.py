"""Fifty workers and one token: any interleaving of their steps, with deaths at any of them, and on DynamoDB as moto plays it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from greenlet import getcurrent, greenlet
from hypothesis import given, settings
from hypothesis import strategies as st
from pynamodb.connection.base import Connection

from chalicelib.wechat import secrets, sharing, tokens
from chalicelib.wechat.apis import Api
from chalicelib.wechat.calling import Means
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import Misconfigured
from chalicelib.wechat.secrets import Secret
from chalicelib.wechat.wire import Answer, Method, Request
from tests.support.aws import memory_stack
from tests.unit.wechat.platform import APP_SECRET, APPID, NOW, stored

READ = Api("/cgi-bin/user/info", Method.GET)
EXPIRES_SECONDS = 7_200
MAX_STEPS = 200_000


class Died(BaseException):
    """The process was killed here."""


class MemoryOfEach(dict[Any, Any]):
    """What a process remembers: each worker here is one of its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((getcurrent(), key), default)

    def pop(self, key: Any, default: Any = None) -> Any:
        return super().pop((getcurrent(), key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((getcurrent(), key), value)


@dataclass(slots=True)
class Wechat:
    """Gives tokens as `stable_token` does, and accepts the newest one only; `stubborn`: it gives a dead one until it is forced."""

    stubborn: bool = False
    refuses_all: bool = False
    newest: int = 1
    given: int = 1
    refreshed: list[bool] = field(default_factory=list)  # whether each was forced

    def revoke(self) -> None:
        """Somebody else has made a new token, or somebody has leaked it."""
        self.newest += 1
        if not self.stubborn:
            self.given = self.newest

    def answer(self, request: Request) -> dict[str, Any]:
        """The answer to a request."""
        if request.url.endswith(tokens.STABLE_TOKEN.path):
            forced = "force_refresh" in json.loads(request.body or b"{}")
            self.refreshed.append(forced)
            if forced:
                self.newest += 1
                self.given = self.newest
            return {"access_token": f"TOKEN-{self.given}", "expires_in": EXPIRES_SECONDS}
        if self.refuses_all or request.query["access_token"] != f"TOKEN-{self.newest}":
            return {"errcode": 40001, "errmsg": "invalid credential"}
        return {"openid": "oFan1"}


@dataclass(slots=True)
class Race:
    """Runs workers as greenlets that give way at each call to DynamoDB and to the platform; a call may be the last thing one does."""

    random: Random
    wechat: Wechat
    deaths: int = 0  # how many may die yet
    now: int = NOW
    died: int = 0
    asleep: dict[Any, int] = field(default_factory=dict)
    ended: list[object] = field(default_factory=list)
    _main: Any = None

    def run(self, count: int, work: Callable[[Means], object]) -> None:
        """Lets `count` workers do the same until all have ended or died; what they came to is in `ended`."""
        self._main = getcurrent()
        means = Means(lambda: self.now, self._sleep, self.random.random, self._send)
        workers = [greenlet(lambda: self.ended.append(work(means))) for _ in range(count)]
        with self._giving_way():
            for _ in range(MAX_STEPS):
                workers = [worker for worker in workers if not worker.dead]
                if not workers:
                    return
                self._step(workers)
        raise AssertionError("the workers do not come to an end")

    def _step(self, workers: list[Any]) -> None:
        awake = [worker for worker in workers if self.asleep.get(worker, 0) <= self.now]
        if not awake:
            self.now = min(self.asleep[worker] for worker in workers)
            return
        self.now += self.random.randint(0, 3)
        try:
            self.random.choice(awake).switch()
        except Died:
            self.died += 1

    def _sleep(self, seconds: float) -> None:
        self.asleep[getcurrent()] = self.now + int(seconds * 1000)
        self._give_way()

    def _send(self, request: Request) -> Answer:
        self._give_way()
        answer = self.wechat.answer(request)
        self._give_way()
        return Answer(200, json.dumps(answer).encode())

    def _give_way(self) -> None:
        if getcurrent() is self._main:
            return
        self._main.switch()
        if self.died < self.deaths and self.random.random() < 0.05:
            raise Died

    @contextmanager
    def _giving_way(self) -> Iterator[None]:
        real = Connection._make_api_call

        def call(connection: Connection, operation: str, request: dict[str, Any], *more: Any) -> Any:
            self._give_way()
            answer = real(connection, operation, request, *more)
            self._give_way()
            return answer

        with patch.object(Connection, "_make_api_call", call), patch.object(sharing, "_memory", MemoryOfEach()):
            yield


def race(seed: int, deaths: int = 0, *, stubborn: bool = False, refuses_all: bool = False) -> Race:
    return Race(Random(seed), Wechat(stubborn, refuses_all), deaths)


def one_token_for(there: Race, count: int) -> None:
    """Workers that all begin without a token."""
    there.run(count, lambda means: tokens.token(APPID, means))
    assert set(there.ended) <= {"TOKEN-1"}
    assert len(there.ended) == count - there.died
    assert len(there.wechat.refreshed) <= 1 + there.died
    assert there.ended == [] or len(there.wechat.refreshed) >= 1


def calls_after_a_revocation(there: Race, count: int) -> None:
    """Workers that all hold a token which the platform has just declared dead; each makes a call."""

    def work(means: Means) -> object:
        client = Client(APPID, means)
        tokens.token(APPID, means)
        while there.wechat.newest == 1:  # until all have it
            means.sleep(0.001)
            held.add(getcurrent())
            if len(held) + there.died >= count and there.wechat.newest == 1:
                there.now += sharing.AGAIN_MS  # it is not quite new any more
                there.wechat.revoke()
        return client.call(READ)["openid"]

    held: set[Any] = set()
    there.run(count, work)
    assert there.ended == ["oFan1"] * (count - there.died)


@pytest.mark.parametrize("seed", range(4))
def test_fifty_workers_make_one_token(seed: int) -> None:
    with stored():
        there = race(seed)
        one_token_for(there, 50)
        assert there.wechat.refreshed == [False]


@pytest.mark.parametrize("seed", range(4))
def test_fifty_workers_replace_a_refused_token_once(seed: int) -> None:
    with stored():
        there = race(seed)
        calls_after_a_revocation(there, 50)
        assert there.wechat.refreshed == [False, False]


@pytest.mark.parametrize("seed", range(2))
def test_fifty_workers_force_a_stubborn_platform_once(seed: int) -> None:
    with stored():
        there = race(seed, stubborn=True)
        calls_after_a_revocation(there, 50)
        assert there.wechat.refreshed == [False, False, True]


@pytest.mark.parametrize("seed", range(2))
def test_fifty_workers_whose_every_token_is_refused_give_up_after_one_refresh(seed: int) -> None:
    def work(means: Means) -> object:
        with pytest.raises(Misconfigured):
            Client(APPID, means).call(READ)
        return "told the operator"

    with stored():
        there = race(seed, refuses_all=True)
        there.run(50, work)
        assert len(there.ended) == 50
        assert there.wechat.refreshed == [False, True]


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 9), deaths=st.integers(0, 4))
def test_whoever_dies_wherever_the_others_get_the_token(seed: int, count: int, deaths: int) -> None:
    with stored():
        one_token_for(race(seed, deaths), count)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 9), deaths=st.integers(0, 4), stubborn=st.booleans())
def test_whoever_dies_wherever_a_refused_token_is_replaced_for_the_others(seed: int, count: int, deaths: int, stubborn: bool) -> None:
    with stored():
        there = race(seed, deaths, stubborn=stubborn)
        calls_after_a_revocation(there, count)
        assert len(there.wechat.refreshed) <= 2 + stubborn + 2 * there.died


def test_fifty_workers_make_one_token_on_moto_too() -> None:
    with memory_stack():
        secrets.put(APPID, Secret.APP_SECRET, [APP_SECRET])
        there = race(1, deaths=3)
        one_token_for(there, 50)
