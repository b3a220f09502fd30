"""The ranks of a broadcast's people: settled once everybody was counted, and told to each when their turn comes.

The histogram of all is an item of its own, which is written once: whatever people do while they are told, all ranks are out of one table.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from pynamodb.exceptions import PutError

from chalicelib.broadcasts import store
from chalicelib.broadcasts.means import Means
from chalicelib.broadcasts.model import Broadcast, ranked, refused
from chalicelib.broadcasts.parts import Part
from chalicelib.broadcasts.ranking import NOT_RANKED, TOO_MANY, Histogram, Table, TooManyValues, merged, unpacked
from chalicelib.broadcasts.records import RANKS, RanksRecord
from chalicelib.dispatch import states
from chalicelib.dispatch.model import Message, Order

_REFUSED: Final = "ConditionalCheckFailedException"


def settled(one: Broadcast, counts: Sequence[Part], now: int) -> Broadcast:
    """The broadcast after all its parts were counted: its people may be told, or it is refused. May be done twice."""
    try:
        histogram = merged(unpacked(part.counted) for part in counts)
    except TooManyValues:
        return too_many(one.id, now)
    _keep(one.id, histogram)
    return store.changed(one.id, ranked)


def too_many(broadcast: str, now: int) -> Broadcast:
    """Refuses a broadcast whose people have too many different values."""
    return store.changed(broadcast, partial(refused, reason=TOO_MANY, now=now))


def table_of(one: Broadcast) -> Table | None:
    """The table of ranks; None where nobody is ranked."""
    if one.wanted.rank is None:
        return None
    return Table.of(unpacked(RanksRecord.get(one.id, RANKS, consistent_read=True).z), one.wanted.rank)


def begun(orders: Sequence[Order], table: Table, means: Means, now: int) -> list[Message]:
    """What becomes of orders, each with its person's rank, not written yet. Whoever is left out of the ranking is refused."""
    values = means.values([one.person for one in orders], table.ranking, now)
    told, out = [], []
    for one in orders:
        standing = table.standing(values.get(one.person))
        if standing is None:
            out.append(states.refused(states.accepted(one, now), NOT_RANKED, None, now))
        else:
            told.append(replace(one, data={**one.data, **standing.data()}))
    return [*out, *(means.begun(told, now) if told else ())]


def _keep(broadcast: str, histogram: Histogram) -> None:
    """Unless there is one: it is the same."""
    try:
        RanksRecord(pk=broadcast, z=histogram.packed()).save(condition=RanksRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _REFUSED:
            raise
