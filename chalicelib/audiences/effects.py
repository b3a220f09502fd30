"""What follows from a change of a standing: events that tell of it, the lists of who is where, the timer.

Each is done from the stream record of the standing and may be done any number of times: events have ids that depend only on the standing,
lists follow the standing in force, and a timer that goes off twice finds nothing the second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from chalicelib.audiences.membership import follow
from chalicelib.audiences.timers import RECHECKS
from chalicelib.events.model import Event, Kind
from chalicelib.events.store import put_own
from chalicelib.identifiers import parse_key
from chalicelib.people.standing import Standing
from chalicelib.timers.model import Due

SOURCE: Final = "huiliu"  # of derived events
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Change:
    """A standing that was written, as a stream shows it: `Standing()` where there was none or it was removed. `at` is when, in ms."""

    person: str
    before: Standing
    after: Standing
    at: int


def carry_out(changes: Sequence[Change], now: int) -> None:
    """Does everything that follows. What fails is raised: all of it is to be done again."""
    put_own(event for change in changes for event in told(change.person, change.after))
    for change in changes:
        follow(change.person, change.before, change.after, change.at)
    armed = [one for one in changes if one.after.armed and one.after.armed != one.before.armed]
    RECHECKS.arm([Due(one.person, one.after.armed) for one in armed], now)


def told(person: str, standing: Standing) -> list[Event]:
    """The events that tell of the transitions of a standing's last write. Pure."""
    return [
        _event(one.name, one.time, one.properties, standing.teller, f"{person}|{standing.version}|{place}")
        for place, one in enumerate(standing.outbox)
    ]


def _event(name: str, time: int, properties: dict[str, object], teller: str, seed: str) -> Event:
    return Event(
        id=sha256(seed.encode()).hexdigest()[: 2 * _ID_BYTES],
        kind=Kind.DERIVED,
        name=name,
        time=time,
        identifiers=(parse_key(teller),),
        source=SOURCE,
        properties=properties,
        verified=frozenset({teller}),
    )
