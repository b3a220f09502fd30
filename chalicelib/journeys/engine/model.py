"""A person on a journey: the runs, where each is, and how it came there. Pure. All times are epoch ms, lengths ms.

A *run* is one thread through a journey, begun by one entry. All runs of a person in one journey are one item, the *enrolment*: so whether
they may enter, what an event does to each of them, and what follows from it (the outbox) is decided and written at once, in one
conditional write.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from chalicelib.events.model import Json
from chalicelib.messages.model import message_id

NEVER: Final = 0
ID_LENGTH: Final = 20  # hexadecimal digits: 80 bits
GOES_ON: Final = "run"  # in what the last visit of a merged run tells: which one goes on in its place
OUTSIDE: Final = "$not_yet"  # where a run of "A, then not B" is until it has entered; no node of a document is called so


class RunState(StrEnum):
    """Where a run is. The values are stable."""

    GOING = "going"  # waits at `node`, until `due` or for something to happen
    HELD_OUT = "held_out"  # of the control group: goes nowhere, is looked at for the goal only
    ENDED = "ended"
    FAILED = "failed"  # stays at `node` until somebody has it tried again


class Why(StrEnum):
    """Why a run ended, besides the reasons that exit nodes name. The values are stable."""

    EXITED = "exited"  # an exit rule; `by` of the last visit tells which
    STOPPED = "stopped"  # by an operator
    NOT_ENTERED = "not_entered"  # "A, then not B", and B happened
    MERGED = "merged"  # became one person with somebody whose run goes on
    TOO_LONG = "too_long"  # more steps than a run may take


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay at a node: from when, until when (NEVER: still there), how it ended, and the numbers or names that decided (`why`).

    `outcome` is one word: `next`, `then`, `else`, the number of a branch or split, `failed`, `exit`.
    """

    node: str
    since: int
    until: int = NEVER
    outcome: str = ""
    why: Json | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the run asked for: at which node, when, its id."""

    node: str
    at: int
    message: str


@dataclass(frozen=True, slots=True)
class Reached:
    """The earliest goal event since the entry: when, what it brought (in the goal's own unit, "" for none), the event's mark to tell equals
    apart, and the newest message asked for before it ("" for none).
    """

    at: int
    revenue: float = 0
    mark: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One thread. `version` is the journey's that it keeps. `key` is what tells parallel runs apart ("" for journeys without a key).

    `by` is the key of the identifier that entered; the run stays with whoever holds it. `seed` decides splits and the control group, and
    stays the same whoever the person becomes. `entry` is what set it going, as texts and matches see it: `{"name", "time", "properties"}`.
    `since` is when it came to `node` by the journey's own time, which does not lag behind; `due` when that stay ends by itself.
    `visits` are those that are over, and the present one. `milestones` are goal nodes passed: (node, at). `depth` counts journeys that
    led to it, one entering the next. `taken` are the sends and acts, (node, at), of runs that were united with it: not to be taken again.
    `again`: the person had been inside before, with whatever key, so it is none of the runs that the control group is compared with.
    """

    id: str
    version: int
    key: str
    by: str
    seed: str
    entered_at: int
    node: str
    since: int
    due: int = NEVER
    state: RunState = RunState.GOING
    reason: str = ""
    ended_at: int = NEVER
    entry: Json = field(default_factory=dict, repr=False)
    visits: tuple[Visit, ...] = ()
    sent: tuple[Sent, ...] = ()
    reached: Reached | None = None
    milestones: tuple[tuple[str, int], ...] = ()
    depth: int = 0
    tries: int = 0  # of the present node, while what it needs is not there yet
    taken: tuple[tuple[str, int], ...] = ()
    again: bool = False

    @property
    def open(self) -> bool:
        """Whether it is still under way: it can be moved, ended, and keeps another one from beginning."""
        return self.state in (RunState.GOING, RunState.FAILED)

    @property
    def inside(self) -> bool:
        """Whether the entry has come to be."""
        return self.node != OUTSIDE and self.reason != Why.NOT_ENTERED

    @property
    def merged_into(self) -> str:
        """The id of the run that goes on in its place, since two people are one; "" for none."""
        why = self.visits[-1].why if self.reason == Why.MERGED and self.visits else None
        return str(why.get(GOES_ON, "")) if why else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry that was dealt with: the id of its run, when, whether it counts as one (not, when "then not B" fell through), its key, and
    what tells it from another one under the same id ("" where there is none).
    """

    run: str
    at: int
    counts: bool = True
    key: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """All runs of one person in one journey. `rev` counts writes; each depends on it (0: not stored yet).

    `runs` holds the open ones and, newest first after them, those that ended lately. `marks` are the entries of at least the last two days
    and of the longest limit. `outbox` is what follows from the last write; a stream hands it to whoever carries it out. `expires` is when
    nothing can depend on it any more.
    """

    person: str
    journey: str
    rev: int = 0
    runs: tuple[Run, ...] = ()
    marks: tuple[Mark, ...] = ()
    outbox: tuple["Effect", ...] = ()
    expires: int = NEVER

    def run(self, run_id: str) -> Run | None:
        """The run of that id, if it is still known."""
        return next((one for one in self.runs if one.id == run_id), None)


# ---- what follows from a step; each carries the id of its run, and may be carried out twice ----


@dataclass(frozen=True, slots=True)
class Send:
    """A message to the person. Its id is `message_of(run, node, visit)`."""

    run: str
    node: str
    visit: int
    at: int


@dataclass(frozen=True, slots=True)
class Do:
    """The acts of a `do` node, in their order."""

    run: str
    node: str
    visit: int
    at: int


@dataclass(frozen=True, slots=True)
class Arm:
    """The enrolment is to be looked at at an instant."""

    run: str
    at: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Messages of a run that are not out yet are not to go any more."""

    run: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Credited:
    """A message brought somebody to the goal ("" for none), and not the one `instead` of which it is ("" for none): it was earlier. It is
    the newest one asked for; should it not have gone out by then, the credit is an older one's (see `crediting`).
    """

    run: str
    message: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """An event on the person's timeline: `$journey_entered`, `$journey_exited`, `$journey_goal_reached`."""

    run: str
    name: str
    at: int
    properties: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Nothing else follows from what happened to a run: the counts are to show where it is now."""

    run: str


Effect = Send | Do | Arm | Withdraw | Credited | Tell | Note


def run_id(journey: str, *entry: str | int) -> str:
    """The id of the run that an entry begins: the same for every delivery of it, whoever the person is by then.

    Of an event: its identifier's key, time and id. Of a schedule: the instant and the person. Of the API: the idempotency key.
    """
    return sha256("\n".join(map(str, ("run", journey, *entry))).encode()).hexdigest()[:ID_LENGTH]


def message_of(run: str, node: str, visit: int) -> str:
    """The id of the message that a run asks for on a visit to a node. A step that is tried again is the same visit."""
    return message_id("journey", run, node, visit)
