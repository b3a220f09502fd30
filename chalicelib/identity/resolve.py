"""The persons that a body of evidence makes: evidence is weighed strongest and earliest first, and what breaks a rule is refused.

This is Kruskal's algorithm with a veto. The order of weighing depends on the evidence alone, so the same evidence in any order
of arrival gives the same persons.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.identifiers import parse_key
from chalicelib.identity.model import Cluster, Edge, clash, rank, single
from chalicelib.identity.rules import IdentityRules

UNVERIFIED_BETWEEN_KNOWN: Final = "unverified_between_known"


@dataclass(frozen=True, slots=True)
class Resolution:
    """`groups`: the identifier keys of each person with the cluster they make; `refused`: why each refused edge was refused."""

    groups: tuple[tuple[frozenset[str], Cluster], ...]
    refused: dict[tuple[str, str], str]


def is_active(edge: Edge, withdrawn: Mapping[str, int]) -> bool:
    """Whether the evidence stands: seen again after the last withdrawal of either end (times in ms)."""
    return edge.last > max(withdrawn.get(edge.low, 0), withdrawn.get(edge.high, 0))


def objection(edge: Edge, left: Cluster, right: Cluster, rules: IdentityRules) -> str | None:
    """Why the edge may not join the two clusters, or None."""
    if not edge.verified and left.known(rules) and right.known(rules):
        return UNVERIFIED_BETWEEN_KNOWN
    return clash(left, right, rules)


def resolve(keys: Iterable[str], edges: Iterable[Edge], withdrawn: Mapping[str, int], rules: IdentityRules) -> Resolution:
    """The persons over `keys`; edges with an end outside are ignored. Time: O(E log E)."""
    forest = _Forest({key: single(parse_key(key)) for key in keys})
    refused: dict[tuple[str, str], str] = {}
    inside = [edge for edge in edges if edge.low in forest.clusters and edge.high in forest.clusters and is_active(edge, withdrawn)]
    for edge in sorted(inside, key=lambda one: rank(one, rules)):
        left, right = forest.find(edge.low), forest.find(edge.high)
        if left == right:
            continue
        reason = objection(edge, forest.clusters[left], forest.clusters[right], rules)
        if reason:
            refused[edge.pair] = reason
        else:
            forest.join(left, right, edge, rules)
    return Resolution(groups=forest.groups(), refused=refused)


class _Forest:
    """Union-find whose roots carry their cluster."""

    def __init__(self, clusters: dict[str, Cluster]) -> None:
        self.clusters = dict(clusters)
        self._keys = list(clusters)
        self._parent = {key: key for key in clusters}

    def find(self, key: str) -> str:
        root = key
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, left: str, right: str, edge: Edge, rules: IdentityRules) -> None:
        if self.clusters[left].size < self.clusters[right].size:
            left, right = right, left
        self._parent[right] = left
        self.clusters[left] = self.clusters[left].union(self.clusters[right]).with_edge(edge, rules)

    def groups(self) -> tuple[tuple[frozenset[str], Cluster], ...]:
        members: dict[str, list[str]] = {}
        for key in self._keys:
            members.setdefault(self.find(key), []).append(key)
        return tuple((frozenset(keys), self.clusters[root]) for root, keys in sorted(members.items()))
