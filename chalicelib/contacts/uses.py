"""Places under the caps: taken before a message is queued, given back when it certainly did not go out, united when persons become one.

    seen = facts.of(person, now).sends
    reserve(person.id, decision.use, seen)      # False: somebody took a place since; look and decide again
    release(person.id, message, attempt)

The place is taken in one write, on the condition that the item is what the decision saw. So two messages that are decided at the same
time never both get the last place. All of it may be done twice.
"""

from collections.abc import Iterable

from chalicelib.contacts import store, usage
from chalicelib.contacts.store import MAX_ATTEMPTS
from chalicelib.errors import Busy
from chalicelib.messages.policy.sends import Sends, Use, union
from chalicelib.people import store as people


def reserve(person: str, use: Use, seen: Sends) -> bool:
    """Takes a place for an attempt of a message, if nobody else took one since `seen` was read; whether the attempt has one now."""
    wanted = usage.placed(seen, use)
    return wanted == seen or store.put_uses(person, wanted, seen.rev)


def release(person: str, message: str, attempt: int) -> None:
    """Gives back the place of an attempt that certainly came to nothing. Raises Busy.

    The person may have become another's part since, so the place is looked for with the survivor, and with who became a part of that.
    """
    if _released(person, message, attempt):
        return
    root = next(iter(people.roots([person]).values()), None)
    if root is None:
        return
    parts = dict.fromkeys(at for _, at in people.members(root.id))
    # The survivor again at the end: what was with a part may have been moved while we looked.
    any(_released(one, message, attempt) for one in (root.id, *parts, root.id))


def joined(survivor: str, merged: Iterable[str]) -> None:
    """Moves what persons were sent to the one that they are now. Raises Busy."""
    for one in store.read((), merged).uses:
        _moved(one, survivor)


def _released(person: str, message: str, attempt: int) -> bool:
    """Whether the place was here."""
    for _ in range(MAX_ATTEMPTS):
        before = store.uses(person)
        if not usage.holds(before, message, attempt):
            return False
        after = usage.freed(before, message, attempt)
        if after == before or store.put_uses(person, after, before.rev):
            return True
    raise Busy("what a person was sent is being changed by many at once; it is tried again")


def _moved(merged: str, survivor: str) -> None:
    """First the survivor has them, then the other one no longer: whoever reads both meanwhile counts each once."""
    for _ in range(MAX_ATTEMPTS):
        theirs, ours = store.uses(merged), store.uses(survivor)
        if not theirs.rev:
            return
        both = union(ours, theirs)
        if both != ours and not store.put_uses(survivor, both, ours.rev):
            continue
        if store.drop_uses(merged, theirs.rev):
            return
    raise Busy("what a person was sent is being changed by many at once; it is tried again")
