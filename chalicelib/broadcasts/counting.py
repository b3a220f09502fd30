"""Counting before anybody is told: what values the people of a segment have, part by part, so that each can be told their rank.

A page is counted, and then its place and the histogram up to there are noted in one write, by whoever has the lease: what is counted again
after somebody died was not noted. When all parts are counted, `ranks.settled` adds them up, and the broadcast goes on to tell people.

Counted is who was in the segment when the broadcast began and is not left out, as the person that they are. Whoever became somebody else
and still stands on the list is not: that person is listed too, or will be.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.broadcasts import part_store, ranks, starting, store
from chalicelib.broadcasts.fanning_out import WORK_MS, End, handed_on, page_of, put_down, taken
from chalicelib.broadcasts.means import STORES, Listed, Means
from chalicelib.broadcasts.model import NEVER, Broadcast
from chalicelib.broadcasts.part_store import LeaseLost
from chalicelib.broadcasts.parts import Gone, Part
from chalicelib.broadcasts.queue import CarryOn
from chalicelib.broadcasts.ranking import Histogram, Ranking, TooManyValues, Value, counted, merged, unpacked
from chalicelib.people.absorb import POISON

PAGE: Final = 500  # people: some ten seconds, and one write of the histogram


@dataclass(frozen=True, slots=True)
class _Counter:
    """One invocation at one part. `now` tells the time (epoch ms), `until` is when it stops."""

    one: Broadcast
    ranking: Ranking
    means: Means
    now: Callable[[], int]
    until: int

    def counted(self, page: Sequence[Listed]) -> Histogram:
        """The values of a page. Raises TooManyValues."""
        wanted = self.one.wanted
        ids = [one.person for one in page if one.since <= self.one.started_at]
        out = self.means.excepted(wanted.excepted, ids) if wanted.excepted and ids else set()
        roots = self.means.people([one for one in ids if one not in out])
        persons = [key for key, person in roots.items() if person.id == key]
        values = self._values(persons) if persons else {}
        return counted(values.get(one) for one in persons)

    def _values(self, persons: Collection[str]) -> Mapping[str, Value]:
        """Whoever nothing can be made of has no value; they are put aside when their turn to be told comes."""
        try:
            return self.means.values(persons, self.ranking, self.now())
        except POISON:
            if len(persons) == 1:
                return {}
            return {key: value for one in persons for key, value in self._values([one]).items()}


def work(message: CarryOn, name: str, now: Callable[[], int], means: Means = STORES) -> tuple[End, Gone]:
    """Carries on a part for a message called `name`; how that ended. Nobody is told. Raises what is the platform's fault."""
    began = now()
    found = taken(message, name, began)
    if found is None or found[0].wanted.rank is None:
        return End.LEFT, Gone()
    one, part = found
    try:
        return _counted_on(part, _Counter(one, found[0].wanted.rank, means, now, began + WORK_MS)), Gone()
    except LeaseLost:
        return End.LEFT, Gone()


def _counted_on(part: Part, counter: _Counter) -> End:
    histogram = unpacked(part.counted)
    while True:
        found = store.find(part.broadcast)
        if found is None or not found.goes_on:
            return put_down(part)
        if counter.now() >= counter.until:
            return handed_on(part, counter.now())
        page, place = page_of(part, counter.one.wanted.segment, PAGE, counter.means)
        try:
            histogram = merged([histogram, counter.counted(page)])
        except TooManyValues:
            ranks.too_many(part.broadcast, counter.now())
            part_store.release(part, NEVER)
            return End.REFUSED
        if len(page) < PAGE:
            part_store.finish(part, Gone(seen=histogram.people), counter.now(), histogram.packed())
            starting.look_after(part.broadcast, counter.now())
            return End.DONE
        part = part_store.save_count(part, place, Gone(seen=histogram.people), histogram.packed(), counter.now())
