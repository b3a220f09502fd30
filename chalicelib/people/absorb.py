"""Absorb: events from the stream become people. Known combinations of identifiers cost one read and one write a person and chunk."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.errors import Busy
from chalicelib.events.model import Event, Kind
from chalicelib.people import store
from chalicelib.people.clock import Clock
from chalicelib.people.fold import activity_of, chunks, event_mark, set_mark
from chalicelib.people.linking import link
from chalicelib.people.model import Person
from chalicelib.people.packing import size_of
from chalicelib.people.recent import CHUNK_EVENTS, CLOCK_MARGIN_MS, KNOWN_SETS
from chalicelib.people.rulebook import Rulebook
from chalicelib.people.withdrawing import withdraw
from chalicelib.signals.model import Journal
from chalicelib.telemetry import count_refusals

ATTRIBUTE_LIMIT: Final = "attribute_limit"  # a change that the person has no room for
HOT_BYTES: Final = 1_000  # of a person item, which is one write unit up to 1,024: beyond it the journal goes into the ledger
MAX_ROUNDS: Final = 12  # lost races before the delivery is left to be tried again
# Faults of the data or of the code on it: trying again cannot help. Everything else is the platform's and is raised.
POISON: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as a stream delivers it: `written_at` is when DynamoDB took it (ms, 0 if not known), `token` names it to the stream."""

    event: Event
    written_at: int
    token: str


@dataclass(slots=True)
class Batch:
    """One invocation's view of people: read together, kept current by its own writes. Nothing in it is trusted without a condition."""

    book: Rulebook
    clock: Clock
    root_of: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def read(self, deliveries: Iterable[Delivery], consistent: bool = False) -> None:
        """Reads the person of each delivery's strongest identifier."""
        keys = {delivery.event.primary.key for delivery in deliveries}
        attached = {key: str(node.person) for key, node in store.nodes(sorted(keys), consistent).items()}
        roots = store.roots(attached.values(), consistent)
        self.root_of.update({key: roots[person].id for key, person in attached.items() if person in roots})
        self.people.update({root.id: root for root in roots.values()})

    def refuse_outdated(self, deliveries: Sequence[Delivery]) -> None:
        """Raises OutdatedPlan when one of the persons keeps signals that the book does not know: to those the events may matter."""
        self.read(deliveries, consistent=True)
        for person in self.people.values():
            self.book.require(person)

    def known(self, event: Event) -> Person | None:
        """The person of the event if its evidence is recorded, so that it only has to be folded."""
        person = self.people.get(self.root_of.get(event.primary.key, ""))
        if person is None or not person.settled or person.into or event.kind is Kind.UNLINK:
            return None
        return person if person.known.covers(set_mark(event), event.time) else None

    def linked(self, event: Event) -> Person:
        """The person of the event after its evidence has been acted upon."""
        if event.kind is Kind.UNLINK:
            self._withdraw(event)
        person = link(event, self.book, self.clock.now())
        self.people[person.id] = person
        self.root_of[event.primary.key] = person.id
        return person

    def _withdraw(self, event: Event) -> None:
        for one in event.unlink:
            alone = replace(event, identifiers=(one,), unlink=(), kind=Kind.LINK)
            link(alone, self.book, self.clock.now())
            withdraw(one, event.time, self.book, self.clock.now())
        self.people.clear()


@dataclass(slots=True)
class Outcome:
    """What became of a batch: the rest is done. `again`: tokens to deliver anew; `poison`: what can never be absorbed, and why."""

    again: list[str] = field(default_factory=list)
    poison: list[tuple[Delivery, str]] = field(default_factory=list)


def absorb(deliveries: Sequence[Delivery], book: Rulebook, now: int) -> Outcome:
    """Make every delivery count exactly once. Safe to run twice, beside others, and after having died between any two lines.

    Faults of the platform (throttling, network) are raised: the whole batch is to be delivered anew; so is OutdatedPlan, which asks for a
    newer book. `now` in ms: when the work began.
    """
    batch, outcome = Batch(book, Clock(now)), Outcome()
    waiting = [delivery for delivery in deliveries if _matters(delivery.event, book)]
    if len(waiting) < len(deliveries):
        batch.refuse_outdated([delivery for delivery in deliveries if not _matters(delivery.event, book)])
    for attempt in range(MAX_ROUNDS):
        batch.read(waiting, consistent=attempt > 0)
        waiting = _round(batch, waiting, outcome)
        if not waiting:
            break
    outcome.again.extend(delivery.token for delivery in waiting)
    return outcome


def _matters(event: Event, book: Rulebook) -> bool:
    """What rules derived changes nobody, unless another rule asks for it."""
    return event.kind is not Kind.DERIVED or book.signals.entry_of(event, book.signals.version) is not None


def _round(batch: Batch, deliveries: Sequence[Delivery], outcome: Outcome) -> list[Delivery]:
    """One pass over what is left; returns what lost a race and has to be looked at again."""
    lost: list[Delivery] = []
    ready: list[Delivery] = []
    linked = 0
    for delivery in deliveries:
        if batch.known(delivery.event):
            ready.append(delivery)
            continue
        with _guarded(delivery, outcome):
            person = batch.linked(delivery.event)
            if batch.known(delivery.event):
                ready.append(delivery)
                linked += 1
            elif not _fold_all(batch, person, [delivery]):
                lost.append(delivery)
        if linked == KNOWN_SETS:  # one more could push the first of them out of its person's list
            lost.extend(_fold_ready(batch, ready, outcome))
            ready, linked = [], 0
    return [*lost, *_fold_ready(batch, ready, outcome)]


def _fold_ready(batch: Batch, deliveries: Sequence[Delivery], outcome: Outcome) -> list[Delivery]:
    """Folds deliveries whose evidence is recorded, person by person and chunk by chunk; returns what has to be looked at again."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(batch.root_of[delivery.event.primary.key], []).append(delivery)
    return [lost for group in groups.values() for chunk in chunks(group, CHUNK_EVENTS) for lost in _fold_chunk(batch, chunk, outcome)]


def _fold_chunk(batch: Batch, chunk: Sequence[Delivery], outcome: Outcome) -> list[Delivery]:
    """Folds deliveries of one person in one write, or one by one when they hold something that cannot be folded."""
    covered, lost = list[Delivery](), list[Delivery]()
    for delivery in chunk:
        (covered if batch.known(delivery.event) else lost).append(delivery)
    person = batch.known(covered[0].event) if covered else None
    if person is None:
        return lost
    try:
        return lost if _fold_all(batch, person, covered) else [*lost, *covered]
    except POISON:
        return [*lost, *_fold_singly(batch, covered, outcome)]


def _fold_singly(batch: Batch, deliveries: Sequence[Delivery], outcome: Outcome) -> list[Delivery]:
    lost: list[Delivery] = []
    for delivery in deliveries:
        with _guarded(delivery, outcome):
            person = batch.known(delivery.event)
            if person is None or not _fold_all(batch, person, [delivery]):
                lost.append(delivery)
    return lost


def _fold_all(batch: Batch, person: Person, deliveries: Sequence[Delivery]) -> bool:
    """Whether the deliveries are in the person now; False when somebody else wrote first."""
    try:
        batch.people[person.id] = _fold(person, deliveries, batch.book, batch.clock.now())
    except store.Stale:
        batch.people.pop(person.id, None)
        return False
    return True


@contextmanager
def _guarded(delivery: Delivery, outcome: Outcome) -> Iterator[None]:
    """One delivery's trouble is its own: a held lock means again, a fault in the data means the dead letters."""
    try:
        yield
    except Busy:
        outcome.again.append(delivery.token)
    except POISON as error:
        outcome.poison.append((delivery, f"{type(error).__name__}: {error}"))


def _fold(person: Person, deliveries: Sequence[Delivery], book: Rulebook, now: int) -> Person:
    """The person with the events that it has not applied yet, stored. Attributes go first: applying them twice changes nothing."""
    book.require(person)
    fresh = _not_applied(person, deliveries)
    if not fresh:
        return person
    attributes_version = _fold_attributes(person, fresh)
    recent, spilled = person.recent.added(map(event_mark, fresh), person.id, now)
    if spilled:
        store.save_block(person.id, spilled, now)
    entries = book.signals.entries_of(fresh, person.plan)
    folded = replace(
        person,
        activity=person.activity.union(activity_of(fresh)),
        recent=recent,
        journal=person.journal.added(entries),
        attributes_version=attributes_version,
    )
    if entries and person.journal.entries and size_of(folded) > HOT_BYTES:
        folded = replace(folded, journal=Journal(tuple(entries), _posted(person, book)))
    return store.save_person(folded)


def _posted(person: Person, book: Rulebook) -> int:
    """Brings the stored journal into the ledger, which may be done twice; returns where the journal goes on."""
    stored = store.ledger(person.id)
    after = book.signals.posted(stored.ledger, person.journal, person.plan)
    if after.through > stored.ledger.through:
        store.save_ledger(person.id, replace(stored, ledger=after))
    return person.journal.start + len(person.journal.entries)


def _not_applied(person: Person, deliveries: Sequence[Delivery]) -> list[Event]:
    unknown: dict[bytes, Delivery] = {}
    for delivery in deliveries:
        mark = event_mark(delivery.event)
        if not person.recent.holds(mark):
            unknown.setdefault(mark, delivery)
    spilled = _spilled(person, unknown.values())
    return [delivery.event for mark, delivery in unknown.items() if mark not in spilled]


def _spilled(person: Person, deliveries: Iterable[Delivery]) -> set[bytes]:
    """What the blocks say was applied that may be among the deliveries: one read for each owner of blocks, however many deliveries."""
    oldest: dict[str, int] = {}
    for delivery in deliveries:
        for owner in person.recent.owners_to_ask(delivery.written_at):
            oldest[owner] = min(delivery.written_at, oldest.get(owner, delivery.written_at))
    return {mark for owner, at in oldest.items() for mark in store.block_marks(owner, at - CLOCK_MARGIN_MS)}


def _fold_attributes(person: Person, events: Sequence[Event]) -> int:
    """Writes the attributes that change; returns their version. Those of another generation are of a person that was split since."""
    if not any(event.attributes for event in events):
        return person.attributes_version
    before = store.profile(person.id)
    if before.generation != person.generation:
        raise store.Stale
    after = before.profile.applied(events)
    count_refusals([ATTRIBUTE_LIMIT] * after.refused)
    if after == before.profile:
        return before.version
    store.save_profile(person.id, replace(before, profile=after))
    return before.version + 1
