"""A town of any size for a broadcast to go through, in virtual time: people who are stored nowhere, and a provider with a rate.

with playing(100_000) as (run, one):
    run.run()
    assert run.town.told.count(1) == 100_000
"""

import heapq
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, cast
from unittest.mock import patch

from chalicelib.broadcasts import fanning_out, queue, starting, store
from chalicelib.broadcasts.means import Listed
from chalicelib.broadcasts.model import Broadcast
from chalicelib.broadcasts.parts import SHARDS
from chalicelib.broadcasts.queue import Begin, CarryOn
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.dispatch.tally_sheets import Counts, Note, place_of
from chalicelib.people.model import Person
from infra.mappings import FAN_OUT
from tests.support.broadcasts import NOW, WANTED, Plane

RATE = 1_000  # messages a second that the provider takes
SECOND = 1_000
READ_MS, WRITE_MS = 20, 5  # of a page's people, and of one message
NOTED_MS = 1_500  # until a sheet says what has happened
WORKERS = FAN_OUT.concurrency
TURN_MS = 2 * SECOND  # of a worker, so that none runs far ahead of the others' time


@dataclass(frozen=True, slots=True)
class Anybody:
    """As much of a person as is asked for here."""

    id: str
    height: int = 0


@dataclass(slots=True)
class Town:
    """So many people on the list of a segment, and a queue that a provider empties at its rate, the oldest message first."""

    people: int
    now: int = NOW
    told: bytearray = field(default_factory=bytearray)
    calls: int = 0
    waits: int = 0  # messages in the queue, at `seen`
    seen: int = NOW
    deepest: int = 0
    idle_ms: float = 0.0  # in which the provider had nothing to do
    holds: bool = False
    left: int = 0
    spare: float = 0.0  # of a message, that the provider could have taken
    line: deque[str] = field(default_factory=deque)  # the queue: of each message its sheet
    sent: deque[tuple[int, str]] = field(default_factory=deque)  # those not noted yet: when, and the sheet
    notes: dict[str, list[int]] = field(default_factory=dict)  # how many each sheet has in the queue, and sent

    def __post_init__(self) -> None:
        self.told, self.left = bytearray(self.people), self.people

    def listed(self, segment: str, part: int, after: str, limit: int) -> list[Listed]:
        """Every sixteenth of them."""
        self._takes(READ_MS)
        start = int(after) + SHARDS if after else part
        return [Listed(f"{one:07d}", NOW - 1) for one in range(start, min(self.people, start + limit * SHARDS), SHARDS)]

    def excepted(self, segments: Sequence[str], persons: Collection[str]) -> set[str]:
        """Nobody."""
        return set()

    def people_of(self, ids: Iterable[str]) -> Mapping[str, Person]:
        """Everybody is who they were."""
        self.calls += 1
        return {one: cast(Person, Anybody(one)) for one in ids}

    def absorbed(self, person: Person) -> Sequence[str]:
        """Nobody."""
        return ()

    def states(self, messages: Collection[str]) -> Mapping[str, State]:
        """None is there yet."""
        self.calls += 1
        return {}

    def begun(self, orders: Sequence[Order], now: int) -> list[Message]:
        """Everybody can be told."""
        self.calls += 3
        return [Message(one, State.QUEUED, now) for one in orders]

    def put_new(self, message: Message) -> bool:
        """It is in the queue at once, and on its sheet."""
        self._takes(WRITE_MS)
        self._drain()
        sheet = place_of(message.order).sheet
        self.notes.setdefault(sheet, [0, 0])[0] += 1
        self.line.append(sheet)
        self.told[int(message.order.person)] += 1
        self.waits += 1
        self.left -= 1
        self.deepest = max(self.deepest, self.waits)
        return True

    def noted(self, report: str, first: str, last: str) -> Counts:
        """What was sent is noted some time later. Sheets before the first are not asked for again."""
        self.calls += 1
        self._drain()
        while self.sent and self.sent[0][0] <= self.now - NOTED_MS:
            mine = self.notes.get(self.sent.popleft()[1], [0, 0])
            mine[0], mine[1] = mine[0] - 1, mine[1] + 1
        for old in [one for one in self.notes if one[:3] == first[:3] and one < first]:
            del self.notes[old]
        found = [self.notes[one] for one in self.notes if first <= one <= last]
        sums = {State.QUEUED: sum(one[0] for one in found), State.SENT: sum(one[1] for one in found)}
        return Counts(Counter({Note(state, "sms"): number for state, number in sums.items()}))

    def _takes(self, milliseconds: int) -> None:
        self.calls += 1
        self.now += milliseconds

    def _drain(self) -> None:
        """The provider has gone on since somebody looked."""
        gone = self.now - self.seen
        if gone <= 0:
            return
        could = 0.0 if self.holds else gone * RATE / SECOND + self.spare
        taken = min(int(could), self.waits)
        self.idle_ms += max(could - 1 - self.waits, 0.0) * SECOND / RATE if self.left else 0.0
        self.spare = could - int(could)
        for _ in range(taken):
            self.sent.append((self.now, self.line.popleft()))
        self.waits, self.seen = self.waits - taken, self.now


class Means:
    """The town as a worker sees it."""

    def __init__(self, town: Town) -> None:
        self.listed, self.excepted, self.absorbed = town.listed, town.excepted, town.absorbed
        self.people, self.states, self.begun = town.people_of, town.states, town.begun
        self.put_new, self.noted = town.put_new, town.noted


@dataclass(slots=True)
class Simulation:
    """The queue in virtual time, and so many workers side by side as production has."""

    town: Town
    means: Any
    at: list[tuple[int, int, Begin | CarryOn]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    free: list[int] = field(default_factory=lambda: [NOW] * WORKERS)
    messages: int = 0

    def send(self, messages: Sequence[Begin | CarryOn], delay: int = 0) -> None:
        """In place of SQS."""
        for one in messages:
            heapq.heappush(self.at, (self.town.now + delay * SECOND, next(self.numbers), one))

    def run(self, until: int | None = None) -> None:
        """Goes on until nothing is left to do, or until a time."""
        while self.at and (until is None or self.at[0][0] < until):
            due, number, message = heapq.heappop(self.at)
            began = max(due, heapq.heappop(self.free))
            self.town.now, self.messages = began, self.messages + 1
            if isinstance(message, CarryOn):
                fanning_out.work(message, f"m{number}", lambda: self.town.now, self.means)
            else:
                starting.begin(message.broadcast, self.town.now)
            heapq.heappush(self.free, self.town.now)


@contextmanager
def playing(people: int) -> Iterator[tuple[Simulation, Broadcast]]:
    """A broadcast to so many people which is to begin now, and what plays it."""
    plane, town = Plane(), Town(people)
    plane.clear()
    made = Simulation(town, Means(town))
    with ExitStack() as stack:
        stack.enter_context(plane.serving())
        stack.enter_context(patch.object(fanning_out, "WORK_MS", TURN_MS))
        stack.enter_context(patch.object(starting, "count_of", lambda *_: people))
        stack.enter_context(patch.object(queue, "send", made.send))
        one = store.create(Broadcast(f"b_{people}", replace(WANTED), NOW, "key"))
        made.send([Begin(one.id)])
        yield made, one
    plane.clear()
