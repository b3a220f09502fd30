"""Which changes of a person can change where rules put it. Pure.

Every event writes the person, and most events mean nothing to any rule: those must cost no read. A look too many costs three reads, one
too few a wrong standing, so whatever is not known to be without effect is looked at.
"""

from collections.abc import Iterable
from typing import Protocol

from chalicelib.people.model import Person


class Interests(Protocol):
    """What rules look at, beside signals and attributes."""

    @property
    def windows(self) -> tuple[int, ...]:
        """Within how many ms before now a person must (not) have been seen for some rule to hold."""

    @property
    def touches(self) -> frozenset[str]:
        """Which of `first_touch`, `latest_touch` and `arrival` some rule looks at."""

    @property
    def first_seen(self) -> bool:
        """Whether some rule looks at when the person was first seen."""


def needs_a_look(old: Person | None, new: Person, interests: Interests, now: int) -> bool:
    """Whether a person that was written has to be judged anew. `now` in ms.

    `old` is the person before the write, or before the first of several. A person that is being settled is looked at once it is settled,
    one that was merged into another is the other's business.
    """
    if new.into or not new.settled:
        return False
    if old is None or old.into or not old.settled:  # what came in while it was being settled was not looked at
        return True
    return _kept_otherwise(old, new) or _came_otherwise(old, new, interests) or _crossed(old, new, interests.windows, now)


def _kept_otherwise(old: Person, new: Person) -> bool:
    """Signals, attributes, identifiers, or which signals count."""
    return (
        old.journal != new.journal
        or old.attributes_version != new.attributes_version
        or old.plan != new.plan
        or old.generation != new.generation
        or old.cluster.counts.keys() != new.cluster.counts.keys()
    )


def _came_otherwise(old: Person, new: Person, interests: Interests) -> bool:
    before, after = old.activity, new.activity
    if interests.first_seen and before.first_seen != after.first_seen:
        return True
    return any(before.touches[name] != after.touches[name] for name in interests.touches)


def _crossed(old: Person, new: Person, windows: Iterable[int], now: int) -> bool:
    """Whether the person is inside one of the windows now and was not, or the other way round."""
    before, after = old.activity.last_seen, new.activity.last_seen
    return any((before > now - window) is not (after > now - window) for window in windows)
