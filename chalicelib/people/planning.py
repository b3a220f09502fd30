"""What a settle is going to do: who goes on, who is merged, which identifier moves where.

A person that falls apart into very many is settled in instalments: a plan takes as many moves as one transaction can end, and leaves
the rest, and the wish for a settle, with the person that holds them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.identifiers import parse_key
from chalicelib.identity.model import Cluster, single
from chalicelib.identity.resolve import Resolution
from chalicelib.people.model import person_id
from chalicelib.people.neighbourhood import Neighbourhood

MAX_PERSONS_ENDED: Final = 24  # four items each, and the plan: a transaction takes 100
MAX_MOVES_BYTES: Final = 300_000  # of a plan's item, which must stay under DynamoDB's 400 KB
_MOVE_BYTES: Final = 100  # of a move beside its identifier: two person ids and punctuation

Move = tuple[str, str, str]  # identifier, person that lists it, person that it goes to


@dataclass(frozen=True, slots=True)
class Plan:
    """What a settle does: `clusters` of every person that goes on, `moves`, and `merges` of (person, survivor).

    `unfinished` persons wait for another settle when it ends; `recount`: some person's events have not been counted since identifiers
    left it. `attempt` counts the workers that have taken the plan up.
    """

    token: str
    clusters: dict[str, Cluster]
    moves: tuple[Move, ...]
    merges: tuple[tuple[str, str], ...]
    unfinished: frozenset[str] = frozenset()
    recount: bool = False
    attempt: int = 1

    @property
    def quiet(self) -> bool:
        """Whether everybody stays where they are, with what they have."""
        return not self.moves and not self.merges and not self.recount


def plan_of(around: Neighbourhood, resolution: Resolution, start: str, token: str, cause: Collection[str]) -> Plan:
    """The plan that makes the persons around `start` those of the resolution.

    The identifiers in `cause` move last, so that whoever settles for their sake finds the person unfinished until all is done.
    """
    owner = _names(around, resolution, token)
    clusters = {owner[place]: cluster for place, (_, cluster) in enumerate(resolution.groups)}
    place_of = {key: place for place, (keys, _) in enumerate(resolution.groups) for key in keys}
    goes_on_as = {
        name: name if name in clusters else owner[place_of[min(around.keys_of(name), key=_weight)]] for name in sorted(around.persons)
    }
    stays = {key: goes_on_as[person] for key, (person, _) in around.listed.items()}
    moves = [(key, around.listed[key][1], owner[place_of[key]]) for key in sorted(stays) if owner[place_of[key]] != stays[key]]
    moves.sort(key=lambda move: (move[0] in cause, move[2] not in around.persons, move[2]))
    taken = _first(moves, around.persons)
    left = moves[taken:]
    return Plan(
        token=token,
        clusters=_without_moves(clusters, left, stays),
        moves=tuple(moves[:taken]),
        merges=tuple((name, survivor) for name, survivor in goes_on_as.items() if name != survivor),
        unfinished=frozenset({*(stays[key] for key, _, _ in left), *([goes_on_as[start]] if left else [])}),
        recount=any(person.recount for person in around.persons.values()),
    )


def _names(around: Neighbourhood, resolution: Resolution, token: str) -> dict[int, str]:
    """The person id of each group: a person goes on where its strongest identifier is; a group without one gets a new id."""
    owner: dict[int, str] = {}
    for name in sorted(around.persons, key=lambda one: around.persons[one].seniority):
        anchor = min(around.keys_of(name), key=_weight)
        place = next(place for place, (group, _) in enumerate(resolution.groups) if anchor in group)
        owner.setdefault(place, name)
    for place, (group, _) in enumerate(resolution.groups):
        owner.setdefault(place, person_id(f"{min(group, key=_weight)}|{token}"))
    return owner


def _first(moves: Sequence[Move], persons: Collection[str]) -> int:
    """How many of the moves one settle has room for: those to new persons make one more person to end each."""
    new: set[str] = set()
    size = 0
    for place, (key, _, person) in enumerate(moves):
        size += len(key.encode()) + _MOVE_BYTES
        if person not in persons:
            new.add(person)
        if size > MAX_MOVES_BYTES or len(persons) + len(new) > MAX_PERSONS_ENDED:
            return place
    return len(moves)


def _without_moves(clusters: Mapping[str, Cluster], left: Sequence[Move], stays: Mapping[str, str]) -> dict[str, Cluster]:
    """The clusters when some moves are not made; a new person that nothing moves to is not made either."""
    found = dict(clusters)
    for key, _, person in left:
        one = parse_key(key)
        found[person] = found[person].without(one.namespace)
        found[stays[key]] = found[stays[key]].union(single(one))
    return {name: cluster for name, cluster in found.items() if cluster.size}


def _weight(key: str) -> tuple[int, str]:
    return (-parse_key(key).strength, key)
