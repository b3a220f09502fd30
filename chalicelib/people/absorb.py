"""Absorb: events from the stream become people. Known combinations of identifiers cost one read and one write a person and chunk."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.errors import Busy
from chalicelib.events.model import Event, Kind
from chalicelib.people import store
from chalicelib.people.attributes import MAX_TEXT
from chalicelib.people.fold import activity_of, chunks, event_mark, set_mark
from chalicelib.people.linking import Rulebook, link
from chalicelib.people.model import Person
from chalicelib.people.packing import compact
from chalicelib.people.recent import CHUNK_EVENTS, CLOCK_MARGIN_MS
from chalicelib.people.withdrawing import withdraw
from chalicelib.telemetry import count_refusals

ATTRIBUTE_LIMIT: Final = "attribute_limit"  # a change that the person has no room for
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
    now: int
    root_of: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def read(self, deliveries: Iterable[Delivery], consistent: bool = False) -> None:
        """Reads the person of each delivery's strongest identifier."""
        keys = {delivery.event.primary.key for delivery in deliveries}
        attached = {key: str(node.person) for key, node in store.nodes(sorted(keys), consistent).items()}
        roots = store.roots(attached.values(), consistent)
        self.root_of.update({key: roots[person].id for key, person in attached.items() if person in roots})
        self.people.update({root.id: root for root in roots.values()})

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
        person = link(event, self.book, self.now)
        self.people[person.id] = person
        self.root_of[event.primary.key] = person.id
        return person

    def _withdraw(self, event: Event) -> None:
        for one in event.unlink:
            alone = replace(event, identifiers=(one,), unlink=(), kind=Kind.LINK)
            link(alone, self.book, self.now)
            withdraw(one, event.time, self.book.rules, self.now)
        self.people.clear()


@dataclass(slots=True)
class Outcome:
    """What became of a batch: the rest is done. `again`: tokens to deliver anew; `poison`: what can never be absorbed, and why."""

    again: list[str] = field(default_factory=list)
    poison: list[tuple[Delivery, str]] = field(default_factory=list)


def absorb(deliveries: Sequence[Delivery], book: Rulebook, now: int) -> Outcome:
    """Make every delivery count exactly once. Safe to run twice, beside others, and after having died between any two lines.

    Faults of the platform (throttling, network) are raised: the whole batch is to be delivered anew. `now` in ms.
    """
    batch, outcome = Batch(book, now), Outcome()
    waiting = list(deliveries)
    for attempt in range(MAX_ROUNDS):
        batch.read(waiting, consistent=attempt > 0)
        waiting = _round(batch, waiting, outcome)
        if not waiting:
            break
    outcome.again.extend(delivery.token for delivery in waiting)
    return outcome


def _round(batch: Batch, deliveries: Sequence[Delivery], outcome: Outcome) -> list[Delivery]:
    """One pass over what is left; returns what lost a race and has to be looked at again."""
    lost: list[Delivery] = []
    ready: list[Delivery] = []
    for delivery in deliveries:
        if batch.known(delivery.event):
            ready.append(delivery)
            continue
        with _guarded(delivery, outcome):
            person = batch.linked(delivery.event)
            if batch.known(delivery.event):
                ready.append(delivery)
            elif not _fold_all(batch, person, [delivery]):
                lost.append(delivery)
    for name, group in _by_person(batch, ready).items():
        lost.extend(_fold_group(batch, name, group, outcome))
    return lost


def _by_person(batch: Batch, deliveries: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(batch.root_of[delivery.event.primary.key], []).append(delivery)
    return groups


def _fold_group(batch: Batch, name: str, deliveries: list[Delivery], outcome: Outcome) -> list[Delivery]:
    """Folds deliveries of one person chunk by chunk, and one by one when a chunk holds something that cannot be folded."""
    for place, chunk in enumerate(chunks(deliveries, CHUNK_EVENTS)):
        rest = deliveries[place * CHUNK_EVENTS :]
        person = batch.people.get(name)
        if person is None or not all(batch.known(delivery.event) for delivery in chunk):
            return rest
        try:
            if not _fold_all(batch, person, chunk):
                return rest
        except POISON:
            for delivery in chunk:
                with _guarded(delivery, outcome):
                    _fold_all(batch, batch.people[name], [delivery])
    return []


def _fold_all(batch: Batch, person: Person, deliveries: Sequence[Delivery]) -> bool:
    """Whether the deliveries are in the person now; False when somebody else wrote first."""
    try:
        batch.people[person.id] = _fold(person, deliveries, batch.now)
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


def _fold(person: Person, deliveries: Sequence[Delivery], now: int) -> Person:
    """The person with the events that it has not applied yet, stored. Attributes go first: applying them twice changes nothing."""
    fresh = _not_applied(person, deliveries)
    if not fresh:
        return person
    _fold_attributes(person, fresh)
    recent, spilled = person.recent.added(map(event_mark, fresh), person.id, now)
    if spilled:
        store.save_block(person.id, spilled, now)
    return store.save_person(replace(person, activity=person.activity.union(activity_of(fresh)), recent=recent))


def _not_applied(person: Person, deliveries: Sequence[Delivery]) -> list[Event]:
    fresh: dict[bytes, Event] = {}
    for delivery in deliveries:
        mark = event_mark(delivery.event)
        if mark not in fresh and not person.recent.holds(mark) and not _in_blocks(person, mark, delivery.written_at):
            fresh[mark] = delivery.event
    return list(fresh.values())


def _in_blocks(person: Person, mark: bytes, written_at: int) -> bool:
    return any(mark in store.block_marks(owner, written_at - CLOCK_MARGIN_MS) for owner in person.recent.owners_to_ask(written_at))


def _fold_attributes(person: Person, events: Sequence[Event]) -> None:
    """Writes the attributes that change. Those of another generation belong to a person that has been split since it was read."""
    if not any(event.attributes for event in events):
        return
    before = store.profile(person.id)
    if before.generation != person.generation:
        raise store.Stale
    after = before.profile.applied(events)
    lost = {change.name for event in events for change in event.attributes} - after.operations.keys()
    if len(compact(after.operations)) > MAX_TEXT:
        after, lost = before.profile, {change.name for event in events for change in event.attributes}
    count_refusals([ATTRIBUTE_LIMIT] * len(lost))
    if after != before.profile:
        store.save_profile(person.id, replace(before, profile=after))
