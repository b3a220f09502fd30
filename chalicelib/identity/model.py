"""Evidence that identifiers are one person, and what is known of a person's cluster of identifiers. Pure values."""

from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.identifiers import Identifier, parse_key
from chalicelib.identity.rules import IdentityRules

UNVERIFIED_STRENGTH: Final = 0  # below every namespace: unverified evidence is weighed after all other

Rank = tuple[int, int, str, str]
FIRST_RANK: Final[Rank] = (-100, 0, "", "")


@dataclass(frozen=True, slots=True)
class Edge:
    """Evidence that two identifiers (keys, `low` < `high`) are one person, over all events that showed it.

    `first` and `last` are the earliest and latest event times in ms. Merging two of them is commutative, associative and
    idempotent, so evidence may arrive in any order and any number of times.
    """

    low: str
    high: str
    first: int
    last: int
    verified: bool
    source: str

    @property
    def pair(self) -> tuple[str, str]:
        """The two keys, which identify the edge."""
        return self.low, self.high

    def other(self, key: str) -> str:
        """The far end, seen from `key`."""
        return self.high if key == self.low else self.low

    def joined(self, more: "Edge") -> "Edge":
        """Both pieces of evidence as one; the source is that of the earlier one."""
        earlier = min(self, more, key=lambda one: (one.first, one.source))
        return replace(
            self,
            first=earlier.first,
            last=max(self.last, more.last),
            verified=self.verified or more.verified,
            source=earlier.source,
        )


def edge_between(one: Identifier, two: Identifier, at: int, vouched: frozenset[str], source: str, rules: IdentityRules) -> Edge:
    """The evidence of one event that shows both identifiers. Unverified when either needs verification and is not in `vouched`."""
    low, high = sorted((one.key, two.key))
    verified = all(end.key in vouched or not rules.rule(end.namespace).needs_verification for end in (one, two))
    return Edge(low=low, high=high, first=at, last=at, verified=verified, source=source)


def rank(edge: Edge, rules: IdentityRules) -> Rank:
    """The place of the edge in the order in which evidence is weighed: strongest first, then earliest, then by name."""
    strength = min(rules.rule(parse_key(key).namespace).priority for key in edge.pair) if edge.verified else UNVERIFIED_STRENGTH
    return (-strength, edge.first, edge.low, edge.high)


@dataclass(frozen=True, slots=True)
class Cluster:
    """What joining needs to know of a person's identifiers without reading them.

    `counts` is identifiers per namespace (with account); `unverified` tells that some unverified evidence holds it together;
    `weakest` bounds from above the rank of the evidence that does.
    """

    size: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    unverified: bool = False
    weakest: Rank = FIRST_RANK

    def known(self, rules: IdentityRules) -> bool:
        """Whether an identifying namespace (user_id, unionid, openid) is among them."""
        return any(rules.rule(namespace).identifies for namespace in self.counts)

    def with_edge(self, edge: Edge, rules: IdentityRules) -> "Cluster":
        """The cluster once `edge` holds it together too."""
        return replace(self, unverified=self.unverified or not edge.verified, weakest=max(self.weakest, rank(edge, rules)))

    def union(self, other: "Cluster") -> "Cluster":
        """Both clusters as one. Cost: the number of namespaces, whatever the number of identifiers."""
        counts = dict(self.counts)
        for namespace, count in other.counts.items():
            counts[namespace] = counts.get(namespace, 0) + count
        return Cluster(
            size=self.size + other.size,
            counts=counts,
            unverified=self.unverified or other.unverified,
            weakest=max(self.weakest, other.weakest),
        )

    def without(self, namespace: str) -> "Cluster":
        """The cluster without one identifier of the namespace. What bounds the rest from above still does."""
        counts = {name: count - (name == namespace) for name, count in self.counts.items()}
        return replace(self, size=self.size - 1, counts={name: count for name, count in counts.items() if count})


def single(one: Identifier) -> Cluster:
    """The cluster of one identifier."""
    return Cluster(size=1, counts={one.namespace: 1})


def clash(left: Cluster, right: Cluster, rules: IdentityRules) -> str | None:
    """Why the two may not be one person (`over_limit:NAMESPACE`), or None. Once true it stays true however both grow."""
    for namespace in sorted(left.counts.keys() & right.counts.keys()):
        limit = rules.rule(namespace).limit
        if limit is not None and left.counts[namespace] + right.counts[namespace] > limit:
            return f"over_limit:{namespace}"
    return None
