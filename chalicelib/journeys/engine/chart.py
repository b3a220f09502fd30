"""A journey as the engine drives it: what its document says, ready to be applied. Pure. Lengths are ms of this stack's time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.broadcasts.ranking import Ranking
from chalicelib.events.model import Event, Json
from chalicelib.journeys.nodes.node import Node
from chalicelib.messages.templates.model import ChannelName
from chalicelib.pace import STEADY, Pace
from chalicelib.signals.filters import Filter

GRACE_MS = 5_000  # by the true clock: how late an event may arrive that happened before a stay ended


@dataclass(frozen=True, slots=True)
class Match:
    """A property of an event has to be what the run knows: `path` as filters write it, `known` as `nodes.scope.known_at` does."""

    path: str
    known: str


@dataclass(frozen=True, slots=True)
class Expected:
    """Events that a journey looks out for. Of a segment entered or left: the event that tells of it. `place` is where in the document it
    says so.
    """

    place: str
    event: str
    where: Filter = field(default_factory=Filter)
    match: tuple[Match, ...] = ()
    segment: str = ""  # entered or left; then who is in it already has it behind them
    entered: bool = True


class Policy(StrEnum):
    """Who may enter again."""

    NEVER = "never"  # once for each key
    ALWAYS = "always"  # also while inside
    AFTER_EXIT = "after_exit"


@dataclass(frozen=True, slots=True)
class ReEntry:
    """`limit` entries of a person `within` a window that slides (0: no limit)."""

    policy: Policy = Policy.AFTER_EXIT
    limit: int = 0
    within: int = 0


@dataclass(frozen=True, slots=True)
class NotThen:
    """The second half of "A, then not B": what must not happen `within` so long."""

    expected: Expected
    within: int


@dataclass(frozen=True, slots=True)
class Door:
    """Who enters. One of `expected` (an event, a segment entered or left), `cron`, `date` and `api` opens it.

    `key`: the path in the event (or the API's own key, for "key") that tells runs apart; "" for one thread a person. `segment`: only who is
    in it at that moment. `kept`: paths of the entry's properties that nodes and texts ask for; None keeps all.
    `most` entries of everybody `per` a window (ms; 0: ever), 0 for no bound.
    """

    expected: Expected | None = None
    cron: str = ""
    date: str = ""  # the person's attribute
    offset: int = 0  # ms before (negative) or after the date
    at: str = ""  # HH:MM of the date's day
    yearly: bool = True
    api: bool = False
    timezone: str = "Asia/Shanghai"
    key: str = ""
    segment: str = ""
    then_not: NotThen | None = None
    re_entry: ReEntry = field(default_factory=ReEntry)
    most: int = 0
    per: int = 0
    kept: tuple[str, ...] | None = None
    rank: Ranking | None = None  # among all whom a firing of the calendar brings in


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey is for, and the windows after entries and messages within which it counts. `revenue` is the path of a number."""

    expected: Expected
    within: tuple[tuple[str, int], ...]  # ("3d", 259200000), shortest first
    revenue: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a `send` node asks for; of the template, the version in force then. `within`: for how long it is worth sending (None: ever)."""

    template: str
    channels: tuple[ChannelName, ...] = ()
    strict: bool = False
    data: Json = field(default_factory=dict)
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One version of a journey."""

    name: str
    version: int
    start: str
    nodes: Mapping[str, Node]
    door: Door
    exits: tuple[Expected, ...] = ()
    goal: Goal | None = None
    control: float = 0.0  # the share of people who are only watched
    grace: int = GRACE_MS
    title: str = ""
    pace: Pace = STEADY
    looks: tuple[Expected, ...] = ()  # all that an open run looks out for: exits, goal, wait_for, then_not
    names: frozenset[str] = frozenset()  # of the events of `looks`
    plan: int = 0  # the version of the rules' plan that knows its conditions
    document: Json = field(default_factory=dict, repr=False)


def occurs(expected: Expected, event: Event) -> bool:
    """Whether an event is one that is looked out for, leaving aside what the run must know (`match`)."""
    return expected.event == event.name and expected.where.matches(event)
