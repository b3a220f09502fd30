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


def rebuilt(keys: Iterable[str], owner: str, now: int, hold: Callable[[], None]) -> tuple[Activity, Profile, Recent]:
    """The fold of all stored events of the identifiers, in bounded memory but for six bytes an event. `hold` is called at every page.

    An event may be in the table while its stream record is still on the way; the fingerprints of all that were counted are kept in
    blocks of `owner`, so that it is not counted again when it arrives. `now` in ms.
    """
    activity, profile, marks = Activity(), Profile(), list[bytes]()
    for key in keys:
        for page in all_events(key):
            hold()
            activity = activity.union(activity_of(page))
            profile = profile.applied(page)
            marks.extend(event_mark(event) for event in page)
    marks.sort()
    for place, start in enumerate(range(0, len(marks), BLOCK_MARKS)):
        store.save_block(owner, marks[start : start + BLOCK_MARKS], now, place)
    return activity, profile, Recent(spills={owner: now} if marks else {})
