"""What of all that happens matters for tags in WeChat: it is put into the queue `tagging`, and carried out from there.

    hear(changes, now)               # standings changed: who entered or left what stands for a tag
    joined(["p_1a2b"], now)          # persons became one: the openids of one are now in the segments of the other
    followed("wx77aa00bb11cc22dd", ["oFan1"], now)

Nothing is carried out here, and nothing of a message is believed but whose tags are to be looked at. So all of it may be done twice.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.audiences.effects import Change
from chalicelib.audiences.membership import changed
from chalicelib.tagging import errands
from chalicelib.tagging.errands import Arrival, Look
from chalicelib.tagging.sources import Source
from chalicelib.tagging.wanted import everything

LINKED_SECONDS: Final = 15  # until what was read of a new fan has become part of a person


def hear(changes: Sequence[Change], now: int) -> None:  # noqa: ARG001 - listeners are all called alike
    """Has those looked at whose standing changed in what stands for a tag in some account. Raises NotSent."""
    moved = [(change.person, lists) for change in changes if (lists := set(changed(change.before, change.after)))]
    cared_for = _sources() if moved else set()
    touched = ((person, sorted(one.key for one in cared_for if one.list in lists)) for person, lists in moved)
    errands.send(Look(person, tuple(keys)) for person, keys in touched if keys)


def joined(persons: Iterable[str], now: int) -> None:  # noqa: ARG001 - as above
    """Has persons looked at who were merged, or got an identifier. Raises NotSent."""
    if _sources():
        errands.send(Look(person) for person in persons)


def followed(appid: str, openids: Iterable[str], now: int) -> None:  # noqa: ARG001 - as above
    """Has fans tagged who follow, for the first time or again. Raises NotSent."""
    wanted = everything().get(appid)
    if wanted is not None and wanted.sources:
        errands.send((Arrival(appid, openid) for openid in openids), LINKED_SECONDS)


def _sources() -> set[Source]:
    return {source for wanted in everything().values() for source in wanted.sources}
