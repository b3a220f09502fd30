"""Reading people: the person behind an identifier, what is known of it, and the evidence for that."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from chalicelib.errors import HuiliuError, NotFound
from chalicelib.identifiers import Identifier, parse_key
from chalicelib.identity.model import Edge
from chalicelib.identity.resolve import is_active
from chalicelib.people import store
from chalicelib.people.attributes import Profile
from chalicelib.people.model import Person
from chalicelib.people.packing import unpack_edge
from chalicelib.people.records import EdgeRecord, NodeRecord

MAX_IDENTIFIERS: Final = 2_000  # a small read each: some eight of the API's thirty seconds


class PersonTooLarge(HuiliuError):
    """The person holds more identifiers than one answer can look into: a till, a test account."""

    code = "person_too_large"
    status = 422


class EdgeState(StrEnum):
    """What became of a piece of evidence."""

    ACCEPTED = "accepted"  # both identifiers are this person
    REFUSED = "refused"  # a rule kept them apart; `reason` says which
    WITHDRAWN = "withdrawn"  # one of them was unbound and not seen together with the other since


@dataclass(frozen=True, slots=True)
class Held:
    """An identifier of a person: since when (ms), by which source, and whether a source has vouched for it."""

    identifier: Identifier
    since: int
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence as it stands now; `rules` is the version of the identity rules it was last weighed under."""

    edge: Edge
    state: EdgeState
    reason: str
    rules: int


def person_of(one: Identifier) -> Person:
    """The person behind an identifier. Raises NotFound when no event has shown it."""
    node = store.nodes([one.key]).get(one.key)
    person = store.roots([str(node.person)]).get(str(node.person)) if node else None
    if person is None:
        raise NotFound(f"nobody is known by {one.namespace} {one.value!r}; events are linked a moment after they are accepted")
    return person


def keys_of(person: Person) -> list[str]:
    """The keys of all identifiers of a person. Raises PersonTooLarge rather than leave some out."""
    if person.cluster.size > MAX_IDENTIFIERS:
        raise PersonTooLarge(f"the person holds {person.cluster.size} identifiers; {MAX_IDENTIFIERS} can be looked into at once")
    return sorted({key for key, _ in store.members(person.id)})


def identifiers_of(person: Person) -> list[Held]:
    """The identifiers of a person, strongest first, then earliest; of a person that is too large MAX_IDENTIFIERS of them."""
    keys = dict.fromkeys(key for key, _ in islice(store.members(person.id), MAX_IDENTIFIERS))
    held = [_held(key, node) for key, node in store.nodes(keys).items()]
    return sorted(held, key=lambda one: (-one.identifier.strength, one.since, one.identifier.key))


def strongest_of(person: str) -> Identifier | None:
    """The strongest identifier of a person id, ties to the smallest key; of a person that is too large, among MAX_IDENTIFIERS."""
    held = (parse_key(key) for key, _ in islice(store.members(person), MAX_IDENTIFIERS))
    return min(held, key=lambda one: (-one.strength, one.key), default=None)


def profile_of(person: Person) -> Profile:
    """The attributes of a person."""
    return store.profile(person.id).profile


def evidence_of(person: Person) -> list[Evidence]:
    """All evidence about a person's identifiers, earliest first: what holds them together, what was refused, what was withdrawn."""
    mine = set(keys_of(person))
    records = {unpack_edge(record).pair: record for key in sorted(mine) for record in store.edges_of(key)}
    ends = store.nodes({key for pair in records for key in pair})
    withdrawn = {key: int(node.withdrawn) for key, node in ends.items()}
    found = [_evidence(record, mine, withdrawn) for record in records.values()]
    return sorted(found, key=lambda one: (one.edge.first, one.edge.pair))


def _held(key: str, node: NodeRecord) -> Held:
    return Held(parse_key(key), int(node.since), str(node.source), bool(node.verified))


def _evidence(record: EdgeRecord, mine: set[str], withdrawn: dict[str, int]) -> Evidence:
    edge = unpack_edge(record)
    if not is_active(edge, withdrawn):
        state = EdgeState.WITHDRAWN
    else:
        state = EdgeState.ACCEPTED if mine.issuperset(edge.pair) else EdgeState.REFUSED
    reason = str(record.reason or "") if state is EdgeState.REFUSED else ""
    return Evidence(edge, state, reason, int(record.rules))
