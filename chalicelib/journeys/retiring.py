"""Versions of journeys that nobody depends on any more are forgotten, so that new ones can be published.

Everybody on the journey is gone through, MOST of them an hour: how far that is stays in an item of the table `runs` (pk `V#<journey>`, sk
`round`). A version that nobody was at in a whole round is forgotten, for nobody comes to a version that is not the current one. But for
this: whoever is not yet gone through and becomes a part of somebody who is, brings their run along unseen. It stands still then, as one
whose version was forgotten, until it is moved to another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.enrolling import may_be_called_back
from chalicelib.journeys.engine.model import Enrolment, Run, RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import store
from chalicelib.journeys.runs.records import SHARDS

MOST: Final = 50_000  # people of a journey looked at in one hour: some 8 s of one lambda
SETTLED_MS: Final = 10 * 60_000  # until no process lets anybody into the version before
ROUND_PREFIX: Final = "V#"
_READ: Final = 100  # enrolments of one BatchGetItem
_ROUND: Final = "round"


class RoundRecord(StoredItem):
    """How far the people of a journey are gone through: the versions that nobody was at so far, with commas; where to go on, since when."""

    Meta = meta("runs")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_ROUND)
    v = NumberAttribute(default=SCHEMA_VERSION)
    free = UnicodeAttribute()
    shard = NumberAttribute()
    after = UnicodeAttribute()
    at = NumberAttribute(default=0)  # ms


@dataclass(frozen=True, slots=True)
class Round:
    """The same, read: `free` versions, the number of the shard, the person to go on behind, when it began (ms). Without `free` ones it is
    over.
    """

    free: frozenset[int] = frozenset()
    shard: int = 0
    after: str = ""
    at: int = 0

    def still_free(self, left: Mapping[int, int]) -> "Round":
        """The same without versions that were entered again since it began. `left`: since when (ms) others are entered in their place."""
        return replace(self, free=frozenset(one for one in self.free if one in left and left[one] <= self.at))


def retire(journey: str, now: int, most: int | None = None) -> None:
    """Goes on with the round of a journey, over so many people at `most` (MOST), and at its end forgets the versions that nobody is at, of
    those that nobody enters any more. May be done twice. Begins anew as soon as all of them are found to be used.
    """
    standing = book.current().standing(journey)
    if standing is None:
        return
    old = {version: standing.charts[version] for version, left in standing.left.items() if now - left >= SETTLED_MS}
    if not old:
        return
    known = _known(journey)
    place = known.still_free({version: standing.left[version] for version in old})
    place = _gone_on(journey, place if place.free else Round(frozenset(old), at=now), old, now, most or MOST)
    if place.shard >= len(SHARDS):
        for version in sorted(place.free):
            book.retire(journey, version, now)
        place = Round()
    if place != known:
        _keep(journey, place)


def is_needed(run: Run, chart: Chart, now: int) -> bool:
    """Whether a run depends on its version: it is under way, or an event may still mean something to it. Pure."""
    if run.open:
        return True
    longest = max((length for _, length in chart.goal.within), default=0) if chart.goal else 0
    last = max([run.entered_at, *(one.at for one in run.sent)])
    watched = run.state in (RunState.ENDED, RunState.HELD_OUT) and now < last + longest
    return watched or may_be_called_back(run, chart, now)


def _gone_on(journey: str, place: Round, old: Mapping[int, Chart], now: int, most: int) -> Round:
    """The round after so many people more, at its end, or without a free version left."""
    seen = 0
    while place.free and place.shard < len(SHARDS) and seen < most:
        people = store.listed(journey, SHARDS[place.shard], place.after)
        for start in range(0, len(people), _READ):
            found = store.find_many((person, journey) for person in people[start : start + _READ])
            place = replace(place, free=place.free - _used(found.values(), old, now))
        seen += len(people)
        place = replace(place, after=people[-1]) if len(people) == store.PAGE else replace(place, shard=place.shard + 1, after="")
    return place if place.free else Round()


def _used(enrolments: Iterable[Enrolment], old: Mapping[int, Chart], now: int) -> set[int]:
    return {run.version for one in enrolments for run in one.runs if run.version in old and is_needed(run, old[run.version], now)}


def _known(journey: str) -> Round:
    try:
        record = RoundRecord.get(ROUND_PREFIX + journey, _ROUND, consistent_read=True)
    except DoesNotExist:
        return Round()
    return Round(frozenset(int(one) for one in record.free.split(",") if one), int(record.shard), record.after, int(record.at))


def _keep(journey: str, place: Round) -> None:
    free = ",".join(map(str, sorted(place.free)))
    RoundRecord(ROUND_PREFIX + journey, _ROUND, free=free, shard=place.shard, after=place.after, at=place.at).save()
