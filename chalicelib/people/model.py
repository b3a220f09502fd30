"""A person: the cluster of identifiers, what their events add up to, and the bookkeeping that makes each count once."""

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

from chalicelib.events.model import Json
from chalicelib.identity.model import Cluster
from chalicelib.people.recent import KnownSets, Recent
from chalicelib.signals.model import Journal

PERSON_ID_BYTES: Final = 10


def person_id(seed: str) -> str:
    """The id of the person that starts at an identifier key (or at a key and a token, after a split)."""
    return "p_" + blake2b(seed.encode(), digest_size=PERSON_ID_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Touch:
    """How a person arrived once: `what` holds channel, campaign, scene, code and the like; `at` is (time in ms, the event's
    mark to order touches of one millisecond by).
    """

    at: tuple[int, str]
    what: Json

    @property
    def time(self) -> int:
        """When, in epoch ms."""
        return self.at[0]


@dataclass(frozen=True, slots=True)
class Activity:
    """What the events of a person add up to. `union` is commutative and associative; times are epoch ms, 0 for never.

    `arrival` is the earliest event that names a channel; `first` and `latest` are the earliest and latest that name a campaign.
    """

    events: int = 0
    first_seen: int = 0
    last_seen: int = 0
    arrival: Touch | None = None
    first: Touch | None = None
    latest: Touch | None = None

    @property
    def touches(self) -> dict[str, Touch | None]:
        """How the person came, by the names that rules ask for: the first and latest campaign are the arrival where there is none."""
        return {
            "arrival": self.arrival,
            "first_touch": self.first or self.arrival,
            "latest_touch": self.latest or self.first or self.arrival,
        }

    def union(self, other: "Activity") -> "Activity":
        """Both as if all events had come to one person."""
        return Activity(
            events=self.events + other.events,
            first_seen=min(filter(None, (self.first_seen, other.first_seen)), default=0),
            last_seen=max(self.last_seen, other.last_seen),
            arrival=_earlier(self.arrival, other.arrival),
            first=_earlier(self.first, other.first),
            latest=_later(self.latest, other.latest),
        )


@dataclass(frozen=True, slots=True)
class Person:
    """The person item. `version` counts writes (0: not stored yet); every write is conditional on it.

    `generation` counts how often the person was rewritten from the events: attributes of another generation must not be added to.
    `into` names the person that this one was merged into; `height` is the longest chain of such redirects that ends here.
    `dirty` asks for a settle, `recount` also for a new count of the events, for identifiers have left; `lock` is the token of a
    settle that has begun and whose plan anybody may finish.

    `plan` is the version of the plan whose signals are complete for the person; `journal` holds what their newest hits add;
    `attributes_version` is that of the attributes when an event was last folded.
    """

    id: str
    version: int = 0
    cluster: Cluster = field(default_factory=Cluster)
    activity: Activity = field(default_factory=Activity)
    known: KnownSets = field(default_factory=KnownSets)
    recent: Recent = field(default_factory=Recent)
    generation: int = 0
    into: str = ""
    height: int = 0
    dirty: bool = False
    recount: bool = False
    lock: str = ""
    plan: int = 0
    journal: Journal = field(default_factory=Journal)
    attributes_version: int = 0

    @property
    def settled(self) -> bool:
        """Whether the person may be written: nothing asks for a settle and none is under way."""
        return not self.dirty and not self.lock

    def merged(self, other: "Person", cluster: Cluster) -> "Person":
        """The survivor of a merge with `other`, but for attributes, signals and standing (see joining.py)."""
        return replace(
            self,
            cluster=cluster,
            activity=self.activity.union(other.activity),
            known=self.known.union(other.known),
            recent=self.recent.union(other.recent),
            height=max(self.height, other.height + 1),
        )

    @property
    def seniority(self) -> tuple[int, int, str]:
        """Sorts the person first that goes on when several become one: the highest, so that chains of redirects grow as a logarithm
        of the persons in them (shrinking by a split changes nothing about that), then the largest.
        """
        return (-self.height, -self.cluster.size, self.id)


def _earlier(one: Touch | None, two: Touch | None) -> Touch | None:
    return min(filter(None, (one, two)), key=lambda touch: touch.at, default=None)


def _later(one: Touch | None, two: Touch | None) -> Touch | None:
    return max(filter(None, (one, two)), key=lambda touch: touch.at, default=None)
