"""A journey rehearsed: what is played, with whom, and the story that comes of it for one person. Pure. All times are epoch ms."""

from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.events.model import Event
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, Refused, Views
from chalicelib.journeys.engine.model import NEVER, Do, Run, Send, Tell

SENT = "sent"
REFUSED = "refused"
DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Play:
    """What is rehearsed: a version of a journey, from an instant up to, not including, another one (ms). `counted` are the names of events
    that conditions ask about.
    """

    chart: Chart
    start: int
    end: int
    counted: frozenset[str] = frozenset()

    def asks_for(self, name: str) -> bool:
        """Whether an event of that name can mean anything to it."""
        opens = self.chart.door.expected is not None and self.chart.door.expected.event == name
        return opens or name in self.chart.names or name in self.counted


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was asked for: by which run, at which node, when, and what would have become of it.

    `state` is `sent`, `refused` or `deferred` (still waiting for `until` when the clock stopped); `reason` says why not, `channel` and
    `account` by which way. `waited` is what it was deferred for, "" if it was not.
    """

    run: str
    node: str
    message: str
    asked_at: int
    at: int
    state: str
    reason: str = ""
    channel: str = ""
    account: str = ""
    until: int = NEVER
    waited: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """Somebody who is sent to the door of another journey, with a key ("" for none), and why it would not let them in (None: it would)."""

    journey: str
    key: str
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Acts that would have been carried out: by which run, at which node, when, the keys of the acts, who was handed over, and what the
    person's timeline would tell of it. `failed`: why the rest cannot be done, so that the run stands still ("" where it goes on).
    """

    run: str
    node: str
    at: int
    acts: tuple[str, ...]
    handed: tuple[Handed, ...] = ()
    told: tuple[Event, ...] = field(default=(), repr=False)
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Turned:
    """Somebody who was not let in: when, and why."""

    at: int
    code: Refused


@dataclass(frozen=True, slots=True)
class Story:
    """What would have happened to a person: runs in the order of their entries, and everything else in order of time."""

    runs: tuple[Run, ...] = ()
    posts: tuple[Post, ...] = ()
    deeds: tuple[Deed, ...] = ()
    turned: tuple[Turned, ...] = ()


class Actor(Protocol):
    """The person of a rehearsal, as they were at any instant. Instants that it is asked about never go back."""

    def view(self, now: int) -> Views:
        """How nodes see the person at an instant."""
        ...

    def by_calendar(self, after: int) -> Arrival | None:
        """The next entry later than an instant that no event makes, as it looks at that instant; its `at` says when."""
        ...

    def let_in(self, coming: Arrival) -> Arrival | None:
        """How the person comes in when that instant has come; None for somebody whom the calendar does not let in."""
        ...

    def takes_place(self, at: int) -> bool:
        """Whether the journey's cap has a place for somebody who could enter at an instant, which is taken."""
        ...

    def act(self, run: Run, effect: Do, number: int, now: int) -> Deed:
        """Does the acts of a node to the person as rehearsed, at an instant. `number`: which effect of its step it is."""
        ...

    def tell(self, run: Run, effect: Tell) -> Event:
        """Writes on the timeline of the person as rehearsed what the journey tells."""
        ...

    def post(self, run: Run, effect: Send, now: int) -> Post:
        """What would become of a message at an instant."""
        ...

    def post_again(self, waiting: Post, now: int) -> Post:
        """What would become of a deferred one when its time has come."""
        ...
