"""A platform that messages are sent by, with all that can go wrong between it and us; and what it really did."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from chalicelib.providers.model import Outcome, Result

MINUTE: Final = 60_000
REMEMBERS_MS: Final = 10 * MINUTE  # its keys
KEYED_MS: Final = 9 * MINUTE  # how long we count on that
LOST: Final = Outcome(Result.UNKNOWN, "provider_silent")
SURE: Final = (
    Outcome(Result.RETRY, "provider_fault"),
    Outcome(Result.RETRY, "provider_away"),
    Outcome(Result.LIMITED, "account_limit"),
    Outcome(Result.MISCONFIGURED, "credentials_refused"),
)


@dataclass
class Platform:
    """Takes messages on. `faults`: the chance (0-1) that a call goes wrong; `strike`: whether one more answer may get lost. What is
    in `refuses` it never takes; what is in `bounces` it takes on, and it does not arrive.
    """

    name: str
    random: Random
    clock: Callable[[], int]
    keyed: bool
    faults: float = 0.0
    strike: Callable[[], bool] = lambda: False
    refuses: frozenset[str] = frozenset()
    bounces: frozenset[str] = frozenset()
    moods: float = 0.0  # the chance (0-1) that it refuses a message though it would take it the next time: somebody leaves and comes back
    done: Counter[str] = field(default_factory=Counter)  # how often it took a message on, by its id
    denied: set[str] = field(default_factory=set)
    calls: int = 0
    lost_answers: int = 0
    keys: dict[str, int] = field(default_factory=dict)

    def call(self, message_id: str, key: str, give_way: Callable[[], None]) -> tuple[Outcome, bool]:
        """What the caller sees, and whether the message was taken on just now."""
        give_way()
        self.calls += 1
        wrong = self.random.random() < self.faults
        if wrong and self.random.random() < 0.5:
            return self.random.choice(SURE), False
        if wrong and self.strike():
            self.lost_answers += 1
            new = self.random.random() < 0.5 and self._takes(message_id, key)  # the call or the answer was lost
            return LOST, new
        if message_id in self.refuses or self.random.random() < self.moods:
            self.denied.add(message_id)
            return Outcome(Result.UNREACHABLE, "address_invalid"), False
        new = self._takes(message_id, key)
        return Outcome(Result.SENT, provider_id=f"{self.name}-{message_id}"), new

    def _takes(self, message_id: str, key: str) -> bool:
        """Whether the platform takes a message for a new one."""
        if message_id in self.refuses:
            return False
        known = key in self.keys and self.clock() - self.keys[key] < REMEMBERS_MS
        if self.keyed and known:
            return False
        self.keys.setdefault(key, self.clock())
        self.done[message_id] += 1
        return True

    def reached(self, message_id: str) -> int:
        """How often the person was told."""
        return 0 if message_id in self.bounces else self.done[message_id]

    def is_open(self, message_id: str) -> bool:
        """Whether the message can arrive this way, and was never told otherwise."""
        return not any(message_id in one for one in (self.refuses, self.bounces, self.denied))
