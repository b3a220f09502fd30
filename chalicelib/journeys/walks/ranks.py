"""Ranks of those whom the calendar brings in: everybody is counted before the first one enters, so all ranks are out of one table.

    histogram = merged([histogram, counted(page, ranking, now)])     # page by page, as the people of the segment are gone through
    keep(journey, at, histogram)                                     # once: whoever counts again finds it
    standings(table_of(journey, at, ranking), page, now)             # what each one's entry says of it: rank, ranked, value

The values are those that texts show, as they are when somebody's turn comes. In the table `runs`: pk `R#<journey>`, sk the instant of the
firing.
"""

from collections.abc import Collection, Mapping
from typing import Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.broadcasts.means import STORES
from chalicelib.broadcasts.ranking import Histogram, Ranking, Table, Value, unpacked
from chalicelib.broadcasts.ranking import counted as counted_values
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.model import Json
from chalicelib.people.absorb import POISON

RANKS_PREFIX: Final = "R#"
KEPT_MS: Final = 30 * 86_400_000  # far longer than going through any segment takes
_REFUSED: Final = "ConditionalCheckFailedException"


class RankRecord(StoredItem):
    """How many people had which value when they were counted: `z` is the histogram, packed."""

    Meta = meta("runs")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    z = BinaryAttribute(legacy_encoding=False)
    expires = NumberAttribute()


def counted(persons: Collection[str], ranking: Ranking, now: int) -> Histogram:
    """The histogram of some people's values. Raises TooManyValues."""
    found = values(persons, ranking, now)
    return counted_values(found.get(one) for one in persons)


def values(persons: Collection[str], ranking: Ranking, now: int) -> Mapping[str, Value]:
    """What people are ranked by. Somebody of whom nothing can be made has no value; the others are not to wait for them."""
    try:
        return STORES.values(persons, ranking, now) if persons else {}
    except POISON:
        if len(persons) == 1:
            return {}
        return {key: value for one in persons for key, value in values([one], ranking, now).items()}


def keep(journey: str, at: int, histogram: Histogram) -> None:
    """Settles the ranks of a firing, unless they are: the first table stays."""
    record = RankRecord(_partition(journey), _place(at), z=histogram.packed(), expires=(at + KEPT_MS) // 1000)
    try:
        record.save(condition=RankRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _REFUSED:
            raise


def table_of(journey: str, at: int, ranking: Ranking) -> Table | None:
    """The table of a firing; None before everybody was counted."""
    try:
        return Table.of(unpacked(RankRecord.get(_partition(journey), _place(at), consistent_read=True).z), ranking)
    except DoesNotExist:
        return None


def standings(table: Table, persons: Collection[str], now: int) -> dict[str, Json | None]:
    """What each one's entry says of the rank; None for whoever is left out of the ranking."""
    found = values(persons, table.ranking, now)
    placed = {one: table.standing(found.get(one)) for one in persons}
    return {one: None if standing is None else standing.data() for one, standing in placed.items()}


def _partition(journey: str) -> str:
    return RANKS_PREFIX + journey


def _place(at: int) -> str:
    return f"{at:013d}"
