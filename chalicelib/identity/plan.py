"""What new evidence does to the persons that it touches, decided from their summaries alone.

`resolve` over all evidence is the definition of who is one person; `decide` gives the same answer without reading the clusters
whenever it can be sure, and asks for a `settle` (a resolve over the evidence around) when it cannot:

* A union that breaks no rule is right in any order, for every part of a lawful cluster is lawful.
* A refusal is right at once when the edge ranks after all evidence that holds both clusters: both were whole at its turn.
* Evidence that has been weighed before and has not changed needs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.identifiers import parse_key
from chalicelib.identity.model import Cluster, Edge, rank
from chalicelib.identity.resolve import objection
from chalicelib.identity.rules import IdentityRules


@dataclass(frozen=True, slots=True)
class Decision:
    """`unions`: sets of person ids that are one person from now on (most hold one), each with the cluster they make.

    `refused`: why each refused pair was refused; `settle`: the answer needs a resolve, nothing may be joined or refused yet.
    """

    unions: tuple[tuple[frozenset[str], Cluster], ...]
    refused: dict[tuple[str, str], str]
    settle: bool


def decide(edges: Sequence[Edge], person_of: Mapping[str, str], clusters: Mapping[str, Cluster], rules: IdentityRules) -> Decision:
    """Weigh new or changed active edges. `person_of`: identifier key -> person id; `clusters`: person id -> summary."""
    state = dict(clusters)
    groups = {person: frozenset({person}) for person in clusters}
    refused: dict[tuple[str, str], str] = {}
    settle = False
    for edge in sorted(edges, key=lambda one: rank(one, rules)):
        left, right = (_group_of(person_of[key], groups) for key in edge.pair)
        if left == right:
            state[left] = state[left].with_edge(edge, rules)
            continue
        reason = objection(edge, state[left], state[right], rules)
        if reason is None and _may_upset(edge, state[left], state[right], rules):
            settle = True
        elif reason is None:
            _join(left, right, edge, state, groups, rules)
        elif rank(edge, rules) > max(state[left].weakest, state[right].weakest):
            refused[edge.pair] = reason
        else:
            settle = True
    unions = tuple((members, state[name]) for name, members in sorted(groups.items()))
    return Decision(unions=unions, refused=refused, settle=settle)


def _group_of(person: str, groups: Mapping[str, frozenset[str]]) -> str:
    return next(name for name, members in groups.items() if person in members)


def _join(left: str, right: str, edge: Edge, state: dict[str, Cluster], groups: dict[str, frozenset[str]], rules: IdentityRules) -> None:
    state[left] = state[left].union(state.pop(right)).with_edge(edge, rules)
    groups[left] = groups[left] | groups.pop(right)


def _may_upset(edge: Edge, left: Cluster, right: Cluster, rules: IdentityRules) -> bool:
    """Whether joining two known persons could put both sides of an accepted unverified edge in known company.

    It cannot on a side where the edge ends at an identifying identifier: that one already is in the known part.
    """
    if not (left.known(rules) and right.known(rules)):
        return False
    ends_known = [rules.rule(parse_key(key).namespace).identifies for key in edge.pair]
    return (left.unverified or right.unverified) and not all(ends_known)
