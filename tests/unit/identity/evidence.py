"""Evidence for tests: short ways to write it, and Hypothesis strategies that draw it."""

from hypothesis import strategies as st

from chalicelib.identifiers import Identifier, identifier
from chalicelib.identity.model import Edge, edge_between
from chalicelib.identity.rules import DEFAULT_RULES

U1, U2 = identifier("user_id", "u1"), identifier("user_id", "u2")
UNION = identifier("unionid", "U")
FAN_A, FAN_B, OTHER_FAN_A = identifier("openid:wxa", "a"), identifier("openid:wxb", "b"), identifier("openid:wxa", "a2")
PHONE, OTHER_PHONE = identifier("mobile", "13912345678"), identifier("mobile", "13912345679")
SHOP = identifier("member:tmall", "t")
HANDSET, TABLET = identifier("device_id", "d1"), identifier("device_id", "d2")
VISITOR = identifier("anonymous_id", "v")
EVERYBODY = (U1, U2, UNION, FAN_A, FAN_B, OTHER_FAN_A, PHONE, OTHER_PHONE, SHOP, HANDSET, TABLET, VISITOR)


def edge(one: Identifier, two: Identifier, at: int = 1, vouched: bool = True) -> Edge:
    """What one event at `at` shows of the two; `vouched` tells whether its source stands for phones."""
    return edge_between(one, two, at, frozenset({one.key, two.key}) if vouched else frozenset(), "shop", DEFAULT_RULES)


def edges() -> st.SearchStrategy[list[Edge]]:
    """Up to 14 pieces of evidence about a dozen identifiers."""
    pairs = st.tuples(st.sampled_from(EVERYBODY), st.sampled_from(EVERYBODY)).filter(lambda pair: pair[0] != pair[1])
    one = st.tuples(pairs, st.integers(1, 30), st.booleans()).map(lambda drawn: edge(*drawn[0], drawn[1], drawn[2]))
    return st.lists(one, max_size=14)


def joined(evidence: list[Edge]) -> dict[tuple[str, str], Edge]:
    """The evidence by pair."""
    found: dict[tuple[str, str], Edge] = {}
    for one in evidence:
        found[one.pair] = found[one.pair].joined(one) if one.pair in found else one
    return found
