"""Hears of people who join segments: those that some account answers to go to the queue.

    hear(changes, now)      # of a batch of standings, as the scoring lambda sees them

It may hear the same again, late and in any order. What a newly published rule finds of everybody is nobody's doing and answers nothing.
"""

from collections.abc import Iterator, Sequence

from chalicelib.audiences.effects import Change
from chalicelib.events.reserved import Derived
from chalicelib.replies import queue
from chalicelib.replies.book import entered_by_account
from chalicelib.replies.queue import Entered


def hear(changes: Sequence[Change], now: int) -> None:  # noqa: ARG001 - all that hear transitions are called alike
    """Puts what accounts answer to into the queue. Everything is there when this returns."""
    entered = [one for change in changes for one in _entered(change)]
    if not entered:
        return
    for appid, segments in entered_by_account().items():
        for person, segment, transition, at in entered:
            if segment in segments:
                queue.put(Entered(person, segment, appid, transition, at))


def _entered(change: Change) -> Iterator[tuple[str, str, str, int]]:
    """The segments that a standing's last write put the person into: person, segment, what tells the transition from others, when (ms)."""
    for place, one in enumerate(change.after.outbox):
        if one.name == Derived.SEGMENT_ENTERED and not one.properties.get("initial"):
            yield change.person, str(one.properties["segment"]), f"{change.person}|{change.after.version}|{place}", one.time
