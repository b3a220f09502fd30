"""Preview: whom a broadcast would reach at this moment, found by deciding for everybody in the segment, within the time of one request.

    progress = look(wanted, Progress(), now, clock)      # progress.after is None once everybody was looked at

Exact but for the words: a person for whom a text lacks a variable counts as reached. Nothing is reserved or kept.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from chalicelib.broadcasts.means import STORES, Listed, Stores
from chalicelib.broadcasts.model import Broadcast, Wanted, order_of
from chalicelib.broadcasts.parts import SHARDS
from chalicelib.broadcasts.ranking import NOT_RANKED, Missing
from chalicelib.broadcasts.reach import Reach, reach_of, unpacked
from chalicelib.errors import BadRequest
from chalicelib.paging import decode_cursor, encode_cursor

BUDGET_MS: Final = 20_000  # of the 29 s that API Gateway waits for an answer
PAGE: Final = 100  # people
_NAME: Final = "preview"  # stands for the broadcast
_FIRST: Final = " "  # the place before everybody, in a cursor


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preview has come: the shard, and the last person there; `shard` is SHARDS at the end."""

    reach: Reach = field(default_factory=Reach)
    shard: int = 0
    after: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether everybody was looked at."""
        return self.shard >= SHARDS

    def cursor(self, of: str) -> str | None:
        """The cursor to go on with; None at the end. `of` stands for the request."""
        if self.is_complete:
            return None
        return encode_cursor(of, str(self.shard), self.after or _FIRST, *self.reach.packed())


def progress_of(cursor: str, of: str) -> Progress:
    """The progress that a cursor was made of. Raises BadRequest for one of another request, or of nobody's making."""
    whose, shard, after, *counts = decode_cursor(cursor, 8)
    if whose != of or shard not in map(str, range(SHARDS)):
        raise BadRequest("cursor is not one that this preview gave")
    return Progress(unpacked(tuple(counts)), int(shard), after.strip())


def look(wanted: Wanted, start: Progress, now: int, clock: Callable[[], int], means: Stores = STORES) -> Progress:
    """Looks at everybody behind `start`, at least at one page and as many as fit into BUDGET_MS by `clock` (ms, from any beginning)."""
    one = Broadcast(_NAME, wanted, now, "", started_at=now)
    deadline, progress = clock() + BUDGET_MS, start
    while not progress.is_complete:
        page = means.listed(wanted.segment, progress.shard, progress.after, PAGE)
        reach = progress.reach + _reach(one, page, now, means)
        progress = Progress(reach, progress.shard + 1) if len(page) < PAGE else Progress(reach, progress.shard, page[-1].person)
        if clock() >= deadline:
            break
    return progress


def _reach(one: Broadcast, page: Sequence[Listed], now: int, means: Stores) -> Reach:
    ids = [listed.person for listed in page]
    out = means.excepted(one.wanted.excepted, ids) if one.wanted.excepted and ids else set()
    persons = sorted({person.id for person in means.people([each for each in ids if each not in out]).values()})
    ranked = _ranked(one.wanted, persons, now, means)
    decisions = means.weighed([order_of(one, person, "", now) for person in ranked], now) if ranked else []
    missing = len(persons) - len(ranked)
    refused = Reach(missing, len(out), refusals=Counter({NOT_RANKED: missing} if missing else {}))
    return reach_of(decisions) + refused


def _ranked(wanted: Wanted, persons: Sequence[str], now: int, means: Stores) -> Sequence[str]:
    """Those of the persons who are not left out of the ranking."""
    if wanted.rank is None or wanted.rank.missing is not Missing.OUT or not persons:
        return persons
    values = means.values(persons, wanted.rank, now)
    return [one for one in persons if one in values]
