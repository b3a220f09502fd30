"""Bringing a person up to a newer plan: what its new signals would have counted is counted from the stored events."""

from dataclasses import replace

from chalicelib.errors import Busy
from chalicelib.events.history import all_events
from chalicelib.people import store
from chalicelib.people.linking import MAX_ATTEMPTS
from chalicelib.people.model import Person
from chalicelib.people.rulebook import Rulebook
from chalicelib.people.settling import settle


def bring_up(person: str, book: Rulebook, now: int) -> bool:
    """Makes the signals of the book complete for the person; whether all of its events had to be counted again.

    Safe to run twice and beside folds: an event that is stored while this looks is either folded before, so that the person has
    changed and is looked at again, or after, when its signals count. Raises Busy when races, or a settle of somebody else, do not end.
    `now` in ms.
    """
    recounted = False
    for _ in range(MAX_ATTEMPTS):
        root = store.roots([person]).get(person)
        if root is None or (root.settled and root.plan >= book.signals.version):
            return recounted
        if not root.settled:
            settle(root.id, book, now, ())
            continue
        hit = _is_hit(root, book)
        try:
            store.save_person(replace(root, dirty=True, recount=True) if hit else replace(root, plan=book.signals.version))
        except store.Stale:
            continue
        recounted = recounted or hit
    raise Busy("the person is being changed by many at once; it is brought up later")


def _is_hit(person: Person, book: Rulebook) -> bool:
    """Whether a stored event hits a signal that came in after the person's plan."""
    if not any(signal.since > person.plan for signal in book.signals.signals):
        return False
    events = (event for key, _ in store.members(person.id) for page in all_events(key) for event in page)
    return any(book.signals.entry_of(event, book.signals.version, after=person.plan) for event in events)
