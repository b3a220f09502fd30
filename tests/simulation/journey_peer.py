"""How a peer runs delayed journeys: a job each minute that queues all whose delay is over, and a lock for each of them. A small model.

Of Parcelvoy, as of April 2025: `JourneyDelayJob` turns delays that are over into `pending` and queues everything that is pending, also what
is queued already; `JourneyState.resume` takes a lock of 60 s, lets the job go where somebody has it, and does not give it back when it
fails; steps are written before the jobs that they make are queued; an event that is taken twice enters twice; the job of a message asks
whether it was sent, calls, and notes it. What is queued to be sent is not called back.
"""

from dataclasses import dataclass, field
from itertools import count
from random import Random

from chalicelib.events.model import Event
from tests.simulation.journey_plot import HOLD, MINUTE, START, Plot
from tests.simulation.journey_world import QUEUED_MS, STRIKES
from tests.simulation.sending_line import Line, Verdict

LOCK_MS = MINUTE
LATEST_MS = 2 * HOLD
IDLE_MS = 30 * MINUTE  # ticks that find nothing are left out


@dataclass(eq=False)
class Entrance:
    """A row for each entry, and where it is: "delay" until an instant, "pending", "action" once the message was asked for."""

    order: str
    step: str
    until: int
    ended: bool = False


@dataclass
class Peer:
    """The journey `unpaid` of one history. `out`: for each order when its coupons went out."""

    plot: Plot
    random: Random = field(init=False)
    line: Line = field(init=False)
    entrances: list[Entrance] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)
    locks: dict[int, int] = field(default_factory=dict)
    noted: set[int] = field(default_factory=set)
    out: dict[str, list[int]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.random = Random(self.plot.seed)
        self.line = Line(self.random, START, self.plot.crash, STRIKES)

    def run(self) -> None:
        """Until nothing is left to do."""
        for told in self.plot.told:
            self.line.put(lambda event=told.event: self._hear(event), told.stored_at - START)  # type: ignore[misc]
        if self.plot.trouble == "outage":
            self.line.put(self._jump, self.plot.trouble_at - START, twice=0)
        self.line.put(self._tick, MINUTE, twice=0)
        self.line.run()

    def _jump(self) -> Verdict:
        self.line.now += self.plot.trouble_for
        return None

    def _hear(self, event: Event) -> Verdict:
        order = event.properties.get("order_id", "")
        self._call()
        if event.name == "OrderCreated":
            self.entrances.append(Entrance(order, "delay", self.line.now + HOLD))
            self._call()
        if event.name == "OrderPaid":
            for one in self.entrances:
                one.ended |= one.order == order
            self._call()
        return None

    def _tick(self) -> Verdict:
        due = [one for one in self.entrances if one.step == "delay" and one.until <= self.line.now]
        for one in due:
            one.step = "pending"
        if due:
            self._call()
            for one in [one for one in self.entrances if one.step == "pending"]:
                self.line.put(lambda entrance=one: self._resume(entrance))  # type: ignore[misc]
                self._call()
        soon = any(one.step == "delay" and one.until <= self.line.now + IDLE_MS + MINUTE for one in self.entrances)
        return self.line.now + (MINUTE if soon else IDLE_MS) if self.line.now < START + LATEST_MS else None

    def _resume(self, entrance: Entrance) -> Verdict:
        self._call()
        if entrance.ended:
            return None
        if self.locks.get(id(entrance), 0) > self.line.now:
            return None
        self.locks[id(entrance)] = self.line.now + LOCK_MS
        self._call()
        if entrance.step == "pending":
            entrance.step = "action"
            self._call()
            self.line.put(lambda: self._send(entrance), self.random.choice(QUEUED_MS))
            self._call()
        del self.locks[id(entrance)]
        self._call()
        return None

    def _send(self, entrance: Entrance) -> Verdict:
        self._call()
        if id(entrance) in self.noted:
            return None
        self.out.setdefault(entrance.order, []).append(self.line.now)
        self._call()
        self.noted.add(id(entrance))
        self._call()
        return None

    def _call(self) -> None:
        """A call to the database or the queue, at which a worker may die before or after."""
        self.line.give_way()
        self.line.perhaps_die()
