"""The quick answer is the full answer: deciding from summaries never differs from weighing all evidence."""

from hypothesis import example, given, settings

from chalicelib.identity.model import Cluster, Edge, single
from chalicelib.identity.plan import Decision, decide
from chalicelib.identity.resolve import resolve
from chalicelib.identity.rules import DEFAULT_RULES
from tests.unit.identity.evidence import EVERYBODY, FAN_A, HANDSET, PHONE, SHOP, U1, U2, UNION, VISITOR, edge, edges


class Ledger:
    """People kept up to date by `decide`, with a `resolve` where it asks for a settle: linking without its store."""

    def __init__(self) -> None:
        self.evidence: dict[tuple[str, str], Edge] = {}
        self.person_of = {one.key: one.key for one in EVERYBODY}
        self.clusters: dict[str, Cluster] = {one.key: single(one) for one in EVERYBODY}
        self.settles = 0

    def show(self, new: Edge) -> None:
        before = self.evidence.get(new.pair)
        after = before.joined(new) if before else new
        self.evidence[new.pair] = after
        if before and (before.first, before.verified) == (after.first, after.verified):
            return
        ends = {self.person_of[key] for key in after.pair}
        decision = decide([after], self.person_of, {name: self.clusters[name] for name in ends}, DEFAULT_RULES)
        if decision.settle:
            self._settle()
        else:
            self._apply(decision)

    def people(self) -> set[frozenset[str]]:
        names = set(self.person_of.values())
        return {frozenset(key for key, name in self.person_of.items() if name == one) for one in names}

    def _apply(self, decision: Decision) -> None:
        for names, cluster in decision.unions:
            survivor = min(names)
            self.clusters[survivor] = cluster
            self.person_of = {key: survivor if name in names else name for key, name in self.person_of.items()}

    def _settle(self) -> None:
        self.settles += 1
        found = resolve(self.person_of, self.evidence.values(), {}, DEFAULT_RULES)
        for keys, cluster in found.groups:
            self.clusters[min(keys)] = cluster
            self.person_of.update(dict.fromkeys(keys, min(keys)))


@settings(max_examples=400)
@given(edges())
@example([edge(SHOP, PHONE, 2, vouched=False), edge(U1, SHOP, 3), edge(FAN_A, PHONE, 4)])
@example([edge(U1, HANDSET, 9), edge(U2, HANDSET, 5)])
@example([edge(U1, VISITOR, 9), edge(U2, VISITOR, 9), edge(FAN_A, VISITOR, 1), edge(U2, FAN_A, 30)])
def test_one_by_one_gives_the_same_people_as_all_at_once(evidence: list[Edge]) -> None:
    ledger = Ledger()
    for one in evidence:
        ledger.show(one)
        found = resolve(ledger.person_of, ledger.evidence.values(), {}, DEFAULT_RULES)
        assert ledger.people() == {keys for keys, _ in found.groups}
        for keys, cluster in found.groups:
            kept = ledger.clusters[ledger.person_of[min(keys)]]
            assert (kept.size, kept.counts) == (cluster.size, cluster.counts)
            assert kept.weakest >= cluster.weakest


def settles(*evidence: Edge) -> int:
    ledger = Ledger()
    for one in evidence:
        ledger.show(one)
    return ledger.settles


def test_joins_without_a_conflict_need_no_look_around() -> None:
    assert settles(edge(FAN_A, UNION), edge(U1, UNION), edge(U1, HANDSET), edge(HANDSET, VISITOR), edge(U1, PHONE)) == 0


def test_a_second_login_on_a_shared_phone_is_refused_without_a_look_around() -> None:
    assert settles(edge(U1, HANDSET, at=1), edge(U2, HANDSET, at=2)) == 0


def test_a_second_login_that_turns_out_to_be_the_earlier_one_needs_a_look_around() -> None:
    assert settles(edge(U1, HANDSET, at=2), edge(U2, HANDSET, at=1)) == 1


def test_a_login_after_orders_with_an_unverified_phone_needs_no_look_around() -> None:
    assert settles(edge(FAN_A, PHONE, at=1), edge(SHOP, PHONE, at=2, vouched=False), edge(U1, FAN_A, at=3)) == 0
