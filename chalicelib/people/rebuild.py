"""What a person is, read from the stored events of all its identifiers: after a split nothing else can tell."""

from collections.abc import Callable, Iterable
from typing import Final

from chalicelib.events.history import all_events
from chalicelib.people import store
from chalicelib.people.attributes import Profile
from chalicelib.people.fold import activity_of, event_mark
from chalicelib.people.model import Activity
from chalicelib.people.recent import Recent

BLOCK_MARKS: Final = 50_000  # 300 KB, under DynamoDB's 400 KB an item


def rebuilt(keys: Iterable[str], owner: str, now: Callable[[], int], hold: Callable[[], None]) -> tuple[Activity, Profile, Recent]:
    """The fold of all stored events of the identifiers, in bounded memory but for six bytes an event. `hold` is called at every read.

    An event may be in the table while its stream record is still on the way; the fingerprints of all that were counted are kept in
    blocks of `owner`, so that it is not counted again when it arrives. `now` tells the time (ms): that of the blocks must not lie before an
    event that was read.
    """
    activity, profile, marks = Activity(), Profile(), list[bytes]()
    for key in keys:
        own = Profile()  # the events of one identifier come in order, so that none is late for what is sealed
        for page in all_events(key):
            hold()
            activity = activity.union(activity_of(page))
            own = own.applied(page)
            marks.extend(event_mark(event) for event in page)
        profile = profile.union(own)
        hold()  # most identifiers have no events of their own
    marks.sort()
    at = now()
    for place, start in enumerate(range(0, len(marks), BLOCK_MARKS)):
        store.save_block(owner, marks[start : start + BLOCK_MARKS], at, place)
    return activity, profile, Recent(spills={owner: at} if marks else {})
