"""The evidence around a person: what a settle has to weigh anew, read from the stored identifiers and edges."""

from dataclasses import dataclass, field
from typing import Final

from chalicelib.events.history import newer_events
from chalicelib.events.model import Event
from chalicelib.identifiers import parse_key, strongest
from chalicelib.identity.model import Edge
from chalicelib.identity.resolve import is_active
from chalicelib.people import store
from chalicelib.people.model import Person
from chalicelib.people.packing import unpack_edge

MAX_IDENTIFIERS: Final = 2_000  # beyond, only what has been read is weighed: a shared till must not stop the stream
MAX_PERSONS: Final = 40  # two items each, a plan, and room to spare in the transaction that begins a settle


@dataclass(slots=True)
class Neighbourhood:
    """Persons that standing evidence connects (accepted or refused) with all that is known of their identifiers.

    `listed`: identifier key -> (person it belongs to, person id whose partition lists it); `whole` is False when a limit cut it.
    """

    persons: dict[str, Person] = field(default_factory=dict)
    listed: dict[str, tuple[str, str]] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    whole: bool = True

    def keys_of(self, person: str) -> set[str]:
        """The identifiers that belong to a person now."""
        return {key for key, (owner, _) in self.listed.items() if owner == person}


def read(start: Person) -> Neighbourhood:
    """Everything that standing evidence connects with `start`, within the limits."""
    found = Neighbourhood()
    waiting = [start]
    while waiting:
        person = waiting.pop()
        if person.id in found.persons or person.into:
            continue
        if len(found.persons) >= MAX_PERSONS or len(found.listed) > MAX_IDENTIFIERS:
            found.whole = False
            break
        keys = _read_person(person, found)
        outside = _far_ends(keys, found)
        waiting.extend(store.roots(str(node.person) for node in store.nodes(sorted(outside)).values()).values())
    return found


def _read_person(person: Person, found: Neighbourhood) -> list[str]:
    found.persons[person.id] = person
    homes = dict(store.members(person.id))
    for key, node in store.nodes(homes).items():
        found.listed[key] = (person.id, homes[key])
        found.withdrawn[key] = int(node.withdrawn)
    for key in homes:
        for record in store.edges_of(key):
            edge = unpack_edge(record)
            found.edges[edge.pair] = edge
            if record.reason:
                found.reasons[edge.pair] = record.reason
    return list(homes)


def _far_ends(keys: list[str], found: Neighbourhood) -> set[str]:
    """The identifiers of other persons that standing evidence leads to."""
    mine = set(keys)
    far = {edge.other(key) for edge in found.edges.values() for key in edge.pair if key in mine}
    candidates = far - found.listed.keys()
    for key, node in store.nodes(sorted(candidates)).items():
        found.withdrawn.setdefault(key, int(node.withdrawn))
    standing = [edge for edge in found.edges.values() if is_active(edge, found.withdrawn)]
    return {key for edge in standing for key in edge.pair if key in candidates}


def sightings_after(withdrawn: int, edges: list[Edge]) -> dict[tuple[str, str], Edge]:
    """Evidence of `edges` that was seen again after a withdrawal but not written down, for a later sighting alone is not.

    The events are the record: an edge is shown by events that are stored under its stronger end.
    """
    renewed: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        centre = strongest((parse_key(edge.low), parse_key(edge.high)))
        for event in newer_events(centre.key, withdrawn):
            if _shows(event, edge.other(centre.key)):
                seen = Edge(edge.low, edge.high, edge.first, event.time, edge.verified, edge.source)
                renewed[edge.pair] = edge.joined(seen)
                break
    return renewed


def _shows(event: Event, key: str) -> bool:
    return any(one.key == key for one in event.identifiers)
