"""Standing: where rules have put a person so far. What follows from it anew is written only when it changes. Pure."""

from dataclasses import dataclass, field, replace
from typing import Any

Since = tuple[str, int]  # (band, tag value or stage, since when in ms)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of standing that becomes an event: its name (`$segment_entered`), time in ms and properties."""

    name: str
    time: int
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Bands by score, values by rule tag ("" for a plain tag), manual tags, the stage of life cycle, and segments, each with since when.

    `armed` is the instant (ms, 0 for none) at which a timer will have the person looked at again; `plan` the version of the rules that
    were last applied. `outbox` holds the transitions of the last write, told of the identifier `teller`. `version` counts writes.
    """

    version: int = 0
    plan: int = 0
    bands: dict[str, Since] = field(default_factory=dict)
    tags: dict[str, Since] = field(default_factory=dict)
    manual: dict[str, int] = field(default_factory=dict)
    stage: Since = ("", 0)
    segments: dict[str, int] = field(default_factory=dict)
    armed: int = 0
    outbox: tuple[Transition, ...] = ()
    teller: str = ""

    def union(self, other: "Standing") -> "Standing":
        """That of two persons who become one: what either entered has been entered; what they disagree on is the later word."""
        return replace(
            self,
            plan=min(self.plan, other.plan),
            bands=_later(self.bands, other.bands),
            tags=_later(self.tags, other.tags),
            manual=_earlier(self.manual, other.manual),
            stage=max(self.stage, other.stage, key=lambda one: (one[1], one[0])),
            segments=_earlier(self.segments, other.segments),
            armed=min(filter(None, (self.armed, other.armed)), default=0),
            outbox=(),
        )


def _later(mine: dict[str, Since], theirs: dict[str, Since]) -> dict[str, Since]:
    found = dict(theirs)
    for name, one in mine.items():
        found[name] = max(one, theirs.get(name, one), key=lambda since: (since[1], since[0]))
    return found


def _earlier(mine: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    return {name: min(mine.get(name, at), theirs.get(name, at)) for name, at in (theirs | mine).items()}
