"""How peers send: look whether it is done, call, and write down that it is. A faithful small model, in the same world.

`PLAIN` is a job queue with retries (Dittofeed's activities, Laudspeaker's and Mautic's queues). `LOCKED` takes a lock before that, and does
not give it back when the call fails; who does not get the lock lets the job go (Parcelvoy's delay job). Neither gives the platform a key.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from random import Random

from chalicelib.providers.model import Result
from tests.simulation.sending_line import Line, Verdict
from tests.simulation.sending_platform import MINUTE, Platform
from tests.simulation.sending_world import MOST, WAYS, Plan, platforms_of
from tests.unit.dispatch.samples import NOW

TRIES = 8
PAUSE_MS = 5_000
LOCK_MS = MINUTE


class Kind(StrEnum):
    """Which peers."""

    PLAIN = "plain"
    LOCKED = "locked"


@dataclass
class Peer:
    """One world of a peer: what it has noted of each message."""

    plan: Plan
    kind: Kind
    random: Random = field(init=False)
    line: Line = field(init=False)
    platform: Platform = field(init=False)
    noted: set[str] = field(default_factory=set)
    locks: dict[str, int] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    keys: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.random = Random(self.plan.seed)
        self.line = Line(self.random, NOW, self.plan.crash, MOST)
        self.platform = platforms_of(self.plan, self.random, self.line)[WAYS[0].account]

    def run(self) -> None:
        """Until nothing is left to do."""
        for one in self.plan.ids:
            self.line.put(lambda one=one: self._work(one), mortal=True)  # type: ignore[misc]
        self.line.run()

    def _work(self, message_id: str) -> Verdict:
        self._step()
        if message_id in self.noted:
            return None
        if self.kind is Kind.LOCKED and not self._locked(message_id):
            return None
        outcome, _ = self.platform.call(message_id, f"call-{next(self.keys)}", self.line.give_way)
        self._step()
        if outcome.kind in (Result.SENT, Result.UNREACHABLE):
            self.noted.add(message_id)
            self._step()
            self.locks.pop(message_id, None)
            return None
        self.tries[message_id] = self.tries.get(message_id, 0) + 1
        return self.line.now + (PAUSE_MS << self.tries[message_id]) if self.tries[message_id] < TRIES else None

    def _locked(self, message_id: str) -> bool:
        free = self.locks.get(message_id, 0) <= self.line.now
        if free:
            self.locks[message_id] = self.line.now + LOCK_MS
        self._step()
        return free

    def _step(self) -> None:
        self.line.give_way()
        self.line.perhaps_die()
