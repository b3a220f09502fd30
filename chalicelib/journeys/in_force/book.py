"""The book of journeys: all that are in force, written together with the definition that changes it, and kept in memory for a while.

pk `journeys-book`, sk `all`, in the definitions table: what every event is held against costs one read every 20 s.
"""

import zlib
from collections.abc import Callable
from typing import Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.access.cache import LookupCache
from chalicelib.audiences import planbook
from chalicelib.audiences.plans import Plan, next_plan
from chalicelib.definitions.kinds import Write, Writing
from chalicelib.definitions.model import LostRace
from chalicelib.definitions.records import written_together
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import Conflict, NotFound, TooLarge
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.in_force.charts import Journeys, JourneyState, Standing
from chalicelib.journeys.in_force.pages import ARCHIVED, Book, Page, from_json, to_json
from chalicelib.settings import settings

KEPT_SECONDS: Final = 20.0
CLOSED_SECONDS: Final = 1.0  # thousands of messages may wait for a journey that was stopped
MAX_CLOSED: Final = 100  # journeys
MAX_BOOK_BYTES: Final = 380 * 1024  # deflated; a DynamoDB item holds 400 KB
_CLOSED: Final = (JourneyState.DRAINING, JourneyState.STOPPED)
_ATTEMPTS: Final = 4  # when somebody else changed another journey at the same time
_PARTITION: Final = "journeys-book"
_ALL: Final = "all"

Change = tuple[Book, tuple[Write, ...]]  # the book as it is to be, and what has to be written with it


class JourneysRecord(StoredItem):
    """All journeys: `n` counts changes, `z` is the JSON of the pages by name, deflated."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True, default=_ALL)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()
    z = BinaryAttribute(legacy_encoding=False)


def current() -> Journeys:
    """The journeys in force, at most 20 s old."""
    return _journeys.get(_ALL)


def state(journey: str) -> JourneyState | None:
    """How a journey stands; None: there is none. Where nobody comes in or stays it is as it was a second ago or later, for what follows is
    for good; otherwise 20 s ago or later.
    """
    found = current().state(journey)
    return _closed.get(journey) if found in _CLOSED else found


def newest() -> Book:
    """What is stored at this moment."""
    try:
        record = JourneysRecord.get(_PARTITION, _ALL, consistent_read=True)
    except DoesNotExist:
        return Book()
    return from_json(int(record.n), zlib.decompress(record.z).decode())


def look_again() -> None:
    """Read the newest book at the next use: something was named that this process may not have heard of."""
    _journeys.clear()
    _closed.clear()


def forget() -> None:
    """The same, as if nothing had ever been read."""
    look_again()
    _compiled.clear()


def writes(after: Book) -> Callable[[Writing], None]:
    """Adds the next version to a transaction, provided that it follows the one in force. Raises TooLarge."""
    packed = zlib.compress(to_json(after).encode())
    if len(packed) > MAX_BOOK_BYTES:
        raise TooLarge("all journeys in force together would be too large; archive those that nobody needs")
    before = after.version - 1
    same = JourneysRecord.n == before if before else JourneysRecord.pk.does_not_exist()

    def write(writing: Writing) -> None:
        writing.save(JourneysRecord(n=after.version, z=packed), condition=same)
        look_again()

    return write


def put_state(name: str, state: JourneyState, now: int, by: str, reason: str = "") -> Standing:
    """Brings a journey into a state at `now` (ms); the same state again changes nothing.

    Raises NotFound for a journey that is not in force, Conflict for one that was archived and is asked to run.
    """

    def changed(book: Book) -> Change:
        page = _page(book, name)
        if page.version == ARCHIVED and state is not JourneyState.STOPPED:
            raise Conflict(f"the journey {name} is archived; publish it to have it run again")
        return book.changed(name, page.brought_into(state, now, by, reason)), ()

    return standing_of(name, _page(_written(changed), name))


def retire(name: str, version: int, now: int) -> None:
    """Forgets a version that nobody is inside of any more; nothing when it is the current one, or was forgotten before."""
    from chalicelib.journeys.definition.questions import without  # with the documents' models, which nobody needs who only hears

    def changed(book: Book) -> Change:
        page = book.pages.get(name)
        if page is None or version == page.version or version not in page.documents:
            return book, ()
        left, before = page.without(version), planbook.newest()
        after = next_plan(before, without(before.definitions, name, version))
        return book.changed(name, left if left.documents else None), plan_writes(before, after, now)

    _written(changed)


def plan_writes(before: Plan, after: Plan, at: int) -> tuple[Write, ...]:
    """What has to be written so that the rules follow; nothing where they stay as they are. Raises TooLarge."""
    return () if after is before else (planbook.writes(before, after, at),)


def standing_of(name: str, page: Page, known: Journeys | None = None) -> Standing:
    """A page with its versions compiled, at the pace of this stage. Those that are `known` already are not compiled again."""
    from chalicelib.journeys.definition.compiling import chart_of  # 60 ms of CPU, for a stage that has journeys

    before, pace, charts = known.charts(name) if known else {}, settings().pace, dict[int, Chart]()
    for version, kept in sorted(page.documents.items()):
        same = before.get(version)
        charts[version] = same if same and same.plan == kept.plan else chart_of(name, version, kept.document, pace, kept.plan)
    left = {version: kept.left or max(page.at, page.since) for version, kept in page.documents.items() if version != page.version}
    return Standing(name, page.state, page.version, page.at, page.by, page.reason, page.since, charts, left)


def _page(book: Book, name: str) -> Page:
    try:
        return book.pages[name]
    except KeyError:
        raise NotFound(f"no journey {name} is in force") from None


def _written(changed: Callable[[Book], Change]) -> Book:
    """The book after a change of it, written with what belongs to it. Whoever lost a race looks at the newest book once more."""
    for attempt in range(_ATTEMPTS):
        book = newest()
        after, also = changed(book)
        if after is book:
            break
        try:
            with written_together() as writing:
                for write in (writes(after), *also):
                    write(writing)
        except LostRace:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    return after


def _load(_: str) -> Journeys:
    """What did not change since the last look is not compiled again."""
    book = newest()
    version, known = next(iter(_compiled), (-1, None))
    if known is None or version < book.version:
        known = Journeys(standing_of(name, page, known) for name, page in book.pages.items())
        _compiled[:] = [(book.version, known)]
    return known


def _state_now(journey: str) -> JourneyState | None:
    look_again()
    return current().state(journey)


_compiled: Final[list[tuple[int, Journeys]]] = []
_journeys: Final = LookupCache(_load, KEPT_SECONDS, 1)
_closed: Final = LookupCache(_state_now, CLOSED_SECONDS, MAX_CLOSED)
