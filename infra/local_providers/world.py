"""The whole state, the lock that makes a request one transaction, and the schedule of what happens later."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from infra.local_providers.state import Account, Delivery, Logged, Nature, Provider, Receiver, Taken
from infra.local_wechat.clock import Clock
from infra.local_wechat.faults import Fault
from infra.local_wechat.timers import Timers


@dataclass(slots=True)
class Choices:
    """What one may want the other way."""

    receipt_ms: int = 300  # from taking on to the receipt
    receipts: int = 1  # how often each receipt is delivered; 0 loses them
    strict_hours: bool = True  # Tencent takes marketing from 08:00 to 22:00 only
    number_per_minute: int = 1000  # messages to one number; the real limits are far lower, and tests set them
    number_per_hour: int = 1000
    number_per_day: int = 1000


@dataclass(slots=True)
class World:
    """Everything there is. Read and change it inside of `transaction()` only."""

    seed: int = 1
    clock: Clock = field(default_factory=Clock)
    timers: Timers = field(default_factory=Timers)
    lock: threading.RLock = field(default_factory=threading.RLock)
    choices: Choices = field(init=False)
    accounts: dict[tuple[Provider, str], Account] = field(init=False)
    receivers: dict[str, Receiver] = field(init=False)
    numbers: dict[str, Nature] = field(init=False)
    devices: set[str] = field(init=False)
    keys: dict[str, tuple[int, str]] = field(init=False)
    """JPush's: by key, until when it lives and the id of the message that it was used for, or ""."""
    nonces: set[str] = field(init=False)
    counters: Counter[tuple[str, ...]] = field(init=False)
    faults: list[Fault] = field(init=False)
    outbox: list[Taken] = field(init=False)
    log: list[Logged] = field(init=False)
    deliveries: list[Delivery] = field(init=False)
    chance: random.Random = field(init=False)
    _orders: int = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begins anew, as if just made: the seed too."""
        self.chance = random.Random(self.seed)
        self.choices = Choices()
        self.accounts, self.receivers, self.numbers, self.devices, self.keys = {}, {}, {}, set(), {}
        self.nonces, self.counters, self.faults = set(), Counter(), []
        self.outbox, self.log, self.deliveries = [], [], []
        self._orders = 0
        self.timers.clear()

    @contextmanager
    def transaction(self) -> Iterator["World"]:
        """Nobody else reads or changes anything for the length of the block."""
        with self.lock:
            yield self

    def order(self) -> int:
        """The next number in the order of all that is kept."""
        self._orders += 1
        return self._orders

    def number(self, digits: int) -> str:
        """A number that nothing else has, of so many digits."""
        return f"{self.chance.randrange(1, 10)}{self.chance.randrange(10 ** (digits - 9)):0{digits - 9}d}{self.order():08d}"

    def keep(self, account: Account, to: str, key: str, id_: str, body: dict[str, object]) -> Taken:
        """Takes a message on."""
        taken = Taken(self.order(), self.clock.world(), account.provider, account.key_id, to, key, id_, body)
        self.outbox.append(taken)
        return taken
