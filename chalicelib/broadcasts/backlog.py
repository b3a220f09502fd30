"""How many of its own messages a part of a broadcast may have waiting, so that others in the same queue wait for few of them. Pure.

Counted on the sheets of the last pages alone: messages of another broadcast, or for an account that is shut, hold nobody up but those who
sent them. A message whose note is still to come is taken for one that waits; one that was put off waits for its time, and not in a queue.
Mass messages wait for company: those of an account go in one call, a hundred thousand at most, so twenty-five of them count as one.
"""

from collections.abc import Collection
from typing import Final

from chalicelib.broadcasts.parts import Part
from chalicelib.dispatch.model import State
from chalicelib.dispatch.tally_sheets import Counts
from chalicelib.messages.templates.model import ChannelName

# In all sixteen parts 4,000: at 100 a second, which most accounts allow, a message asked for by itself may have to wait 40 s behind them.
MOST: Final = 250
MASS: Final = 25
PAGES: Final = 10  # so a part is held up when a quarter of the last thousand people's messages wait
RECENT: Final = 70  # pages, where they may be mass messages: more than MOST * MASS of them
AGAIN_SECONDS: Final = 3  # until it is looked again whether they are fewer: at 1,000 a second, most of them are gone
SELDOM_SECONDS: Final = 60  # the same, for one that has been held up for ten minutes
SHARE: Final = 10  # of the time that it has been held up
PATIENCE_MS: Final = 3_600_000  # then it goes on by a page: messages that nobody will ever send are not to hold it up for good
_IN_QUEUES: Final = (State.ACCEPTED, State.QUEUED, State.CLAIMED)


def looked_at(part: Part, channels: Collection[ChannelName]) -> tuple[int, ...]:
    """How many messages each of the pages brought whose messages may still wait."""
    return part.recent[-RECENT if ChannelName.MASS in channels else -PAGES :]


def may_be_many(recent: Collection[int]) -> bool:
    """Whether it is worth counting."""
    return sum(recent) >= MOST


def waiting(recent: Collection[int], noted: Counts) -> int:
    """How many messages wait, of pages that brought so many, and whose sheets say this."""
    mass = sum(count for one, count in noted.notes.items() if one.state in _IN_QUEUES and one.channel == ChannelName.MASS)
    return noted.of(*_IN_QUEUES) - mass + mass // MASS + max(sum(recent) - noted.total, 0)


def seconds_until_again(part: Part, now: int) -> int:
    """In how many seconds to look again at a part that is held up at `now` (ms); 0: it goes on by a page."""
    held_up = now - part.paged_at
    return 0 if held_up >= PATIENCE_MS else min(max(held_up // 1000 // SHARE, AGAIN_SECONDS), SELDOM_SECONDS)
