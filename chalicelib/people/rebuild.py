"""What a person is, read from the stored events of all its identifiers: after a split nothing else can tell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from chalicelib.events.history import all_events
from chalicelib.people import store
from chalicelib.people.attributes import Profile
from chalicelib.people.fold import activity_of, event_mark
from chalicelib.people.model import Activity
from chalicelib.people.recent import Recent
from chalicelib.signals.model import Journal, Ledger
from chalicelib.signals.plan import SignalPlan

BLOCK_MARKS: Final = 50_000  # 300 KB, under DynamoDB's 400 KB an item


@dataclass(slots=True)
class History:
    """What all stored events of some identifiers add up to."""

    activity: Activity = field(default_factory=Activity)
    profile: Profile = field(default_factory=Profile)
    ledger: Ledger = field(default_factory=Ledger)
    recent: Recent = field(default_factory=Recent)


def rebuilt(keys: Iterable[str], owner: str, signals: SignalPlan, now: Callable[[], int], hold: Callable[[], None]) -> History:
    """The fold of all stored events of the identifiers, in bounded memory but for six bytes an event. `hold` is called at every read.

    An event may be in the table while its stream record is still on the way; the fingerprints of all that were counted are kept in
    blocks of `owner`, so that it is not counted again when it arrives. `now` tells the time (ms): that of the blocks must not lie before an
    event that was read.
    """
    history, marks = History(), list[bytes]()
    for key in keys:
        own = Profile()  # the events of one identifier come in order, so that none is late for what is sealed
        for page in all_events(key):
            hold()
            history.activity = history.activity.union(activity_of(page))
            entries = Journal(tuple(signals.entries_of(page, signals.version)), history.ledger.through)
            history.ledger = signals.posted(history.ledger, entries, signals.version)
            own = own.applied(page)
            marks.extend(event_mark(event) for event in page)
        history.profile = history.profile.union(own)
        hold()  # most identifiers have no events of their own
    history.recent = _marked(marks, owner, now())
    return history


def _marked(marks: list[bytes], owner: str, at: int) -> Recent:
    marks.sort()
    for place, start in enumerate(range(0, len(marks), BLOCK_MARKS)):
        store.save_block(owner, marks[start : start + BLOCK_MARKS], at, place)
    return Recent(spills={owner: at} if marks else {})
