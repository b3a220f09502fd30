"""What a person was sent lately, as far as caps have to know. Pure, bounded, and the same in any order.

    sends = reserved(sends, use)                 # before the message is queued, in the same write
    sends = released(sends, message, attempt)    # when it certainly did not go out
    sends = union(one, two)                      # when two persons become one

Of every kind of use (category, channel, account, split) the newest KEPT stay, and nothing older than any cap looks back. A use that was
released stays in its place: a copy from before the release cannot bring it to life again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.messages.templates.model import Category, ChannelName

KEPT: Final = 100  # of each kind: twice the largest cap, for those that were released
DAY_MS: Final = 86_400_000
MAX_WITHIN_MS: Final = 90 * DAY_MS  # how far a cap may look back
HORIZON_MS: Final = MAX_WITHIN_MS + 3 * DAY_MS  # a zone's day, and clocks that differ

Kind = tuple[Category, ChannelName, str, str]


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """That a message took its place under the caps: when, which attempt of it, and what of."""

    at: int
    message: str
    attempt: int
    category: Category
    channel: ChannelName
    account: str = ""
    split: str = ""

    @property
    def kind(self) -> Kind:
        """Uses of the same kind count alike for every cap."""
        return self.category, self.channel, self.account, self.split


@dataclass(frozen=True, slots=True)
class Sends:
    """Newest first. Those that are `released` are among them, and do not count. `rev` is the write of the item that they were read from."""

    uses: tuple[Use, ...] = ()
    released: frozenset[Use] = frozenset()
    rev: int = field(default=0, compare=False)


NOTHING_SENT: Final = Sends()


def reserved(sends: Sends, use: Use) -> Sends:
    """With one more use. The same attempt of the same message again changes nothing."""
    if any((one.message, one.attempt) == (use.message, use.attempt) for one in sends.uses):
        return sends
    return replace(sends, uses=_kept({*sends.uses, use}))


def released(sends: Sends, message: str, attempt: int) -> Sends:
    """Without an attempt that certainly came to nothing."""
    freed = {one for one in sends.uses if (one.message, one.attempt) == (message, attempt)}
    return replace(sends, released=sends.released | freed)


def union(one: Sends, two: Sends) -> Sends:
    """Both as if all had gone to one person."""
    uses = _kept({*one.uses, *two.uses})
    return Sends(uses, (one.released | two.released) & frozenset(uses))


def is_full(inside: Sequence[Use]) -> bool:
    """Whether more uses of a kind may have been than are still known, when these are all that are known of some time until now."""
    return len(inside) >= KEPT and KEPT in Counter(one.kind for one in inside).values()


def _kept(uses: set[Use]) -> tuple[Use, ...]:
    newest = sorted(uses, reverse=True)
    places: Counter[Kind] = Counter()
    found = []
    for use in newest:
        places[use.kind] += 1
        if places[use.kind] <= KEPT and use.at > newest[0].at - HORIZON_MS:
            found.append(use)
    return tuple(found)
