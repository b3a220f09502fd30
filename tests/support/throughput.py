"""A channel's queue and its workers in virtual time: an event loop that knows SQS's rules and the product's own desks of accounts.

    crowd = Crowd([Provider("main", per_minute=1200), Provider("dead", hangs=True)], workers=20)
    crowd.ask("main", 5_000)
    crowd.run(60_000)
    crowd.sent["main"]

Each worker is a lambda: it takes up to ten visible messages, asks for each whether its account may be called (`channels.desks`, over
`QuickDynamo`), and is free again when its slowest call has ended. What has to wait is hidden in whole seconds, as SQS does. What a look
or a write costs in time is a constant; which message is visible first is drawn.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Final

from chalicelib.channels.buckets import Rate
from chalicelib.channels.desks import Desk
from chalicelib.entrypoints.sending_hides import seconds_of
from chalicelib.providers.model import Outcome, Reason, Result

BATCH: Final = 10
LOOK_MS: Final = 15  # reading a message, and the desk's own calls
CALL_MS: Final = 60
TIMEOUT_MS: Final = 10_000
RETRY_MS: Final = 5_000
POLL_MS: Final = 20
START: Final = 1_795_300_000_000
WORKERS: Final = 20  # as many lambdas as a channel's queue may have at once
PER_MINUTE: Final = 1_200


@dataclass(frozen=True, slots=True)
class Provider:
    """An account: what it allows, and whether it answers at all, or with a failure."""

    account: str
    per_minute: int | None = None
    hangs: bool = False
    fails: bool = False

    def outcome(self) -> tuple[Outcome, int]:
        """What a call comes to, after how many ms."""
        if self.hangs:
            return Outcome(Result.RETRY, Reason.PROVIDER_AWAY), TIMEOUT_MS
        if self.fails:
            return Outcome(Result.RETRY, Reason.PROVIDER_FAULT), CALL_MS
        return Outcome(Result.SENT), CALL_MS


@dataclass(slots=True)
class Crowd:
    """Workers at one queue. `sent` counts by account, `called` and `times` the calls, `receives` counts messages that were taken."""

    providers: Sequence[Provider]
    workers: int = 20
    seed: int = 1
    name: str = "sms"  # before an account's name, where several crowds share the stores
    now: int = START
    sent: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[int]] = field(default_factory=dict)
    receives: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)
    _visible: list[str] = field(default_factory=list)  # accounts of messages
    _agenda: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)  # when, order, what
    _idle: list[int] = field(default_factory=list)  # workers that found nothing
    _desks: dict[tuple[int, str], Desk] = field(default_factory=dict)

    _order: Iterator[int] = field(default_factory=count)
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        for worker in range(self.workers):
            self._at(self.now, partial(self._poll, worker))

    def ask(self, account: str, messages: int, spread_ms: int = 0) -> None:
        """Puts messages into the queue, over a time."""
        for _ in range(messages):
            self._at(self.now + self._random.randint(0, spread_ms), partial(self._shown, account))

    def run(self, milliseconds: int) -> None:
        """Lets time pass."""
        end = self.now + milliseconds
        while self._agenda and self._agenda[0][0] <= end:
            self.now, _, carry_out = heappop(self._agenda)
            carry_out()
        self.now = end

    def _at(self, when: int, what: Callable[[], None]) -> None:
        heappush(self._agenda, (when, next(self._order), what))

    def _poll(self, worker: int) -> None:
        """One invocation: all its messages side by side; it ends with the slowest."""
        if not self._visible:
            self._idle.append(worker)
            return
        batch = [self._taken() for _ in range(min(BATCH, len(self._visible)))]
        for account, number in Counter(batch).items():
            self._desk(worker, account).waiting = number
        ends = [self._carried_out(worker, account) for account in batch]
        self._at(max(ends), partial(self._poll, worker))

    def _shown(self, account: str) -> None:
        """A message becomes visible; a worker that waits sees it a little later."""
        self._visible.append(account)
        if self._idle:
            self._at(self.now + POLL_MS, partial(self._poll, self._idle.pop(0)))

    def _taken(self) -> str:
        place = self._random.randrange(len(self._visible))
        self._visible[place], self._visible[-1] = self._visible[-1], self._visible[place]
        return self._visible.pop()

    def _carried_out(self, worker: int, account: str) -> int:
        """When the worker is done with a message."""
        provider = next(one for one in self.providers if one.account == account)
        desk = self._desk(worker, account)
        self.receives[account] += 1
        desk.waiting -= 1  # it was counted with its batch
        until = desk.admit(Rate(provider.per_minute), self.now)
        if until is not None:
            self._hide(account, until, self.now + LOOK_MS)
            return self.now + LOOK_MS
        self.called[account] += 1
        self.times.setdefault(account, []).append(self.now)
        outcome, lasts = provider.outcome()
        self._at(self.now + lasts, partial(self._told, desk, account, outcome))
        return self.now + LOOK_MS + lasts

    def _told(self, desk: Desk, account: str, outcome: Outcome) -> None:
        """A call has ended."""
        desk.learned(outcome, self.now)
        if outcome.kind is Result.SENT:
            self.sent[account] += 1
        else:
            self._hide(account, self.now + RETRY_MS, self.now)

    def _hide(self, account: str, until: int, asked: int) -> None:
        self._at(asked + 1000 * seconds_of(until, asked), partial(self._shown, account))

    def _desk(self, worker: int, account: str) -> Desk:
        return self._desks.setdefault((worker, account), Desk(f"{self.name}#{account}"))


BAD: Final = {
    "hangs": Provider("bad", hangs=True),
    "fails": Provider("bad", fails=True),
    "is slow": Provider("bad", per_minute=60),
}


def slowed(bad: Provider, seconds: int = 60) -> float:
    """What goes out of an account with a backlog beside a bad one, in relation to what does alone. To be asked where DynamoDB is served."""
    return _sent_beside([bad], seconds) / _sent_beside([], seconds)


def _sent_beside(others: Sequence[Provider], seconds: int) -> int:
    crowd = Crowd([Provider("good", PER_MINUTE), *others], WORKERS, name=f"beside{len(others)}")
    crowd.ask("good", PER_MINUTE * seconds // 50)
    for other in others:
        crowd.ask(other.account, 5 * seconds, spread_ms=1000 * seconds)
    crowd.run(1000 * seconds)
    return crowd.sent["good"]
