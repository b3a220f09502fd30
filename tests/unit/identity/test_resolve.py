"""Who is one person: stories first, then what holds for any evidence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.identifiers import parse_key
from chalicelib.identity.model import Edge
from chalicelib.identity.resolve import UNVERIFIED_BETWEEN_KNOWN, Resolution, resolve
from chalicelib.identity.rules import DEFAULT_RULES, IdentityRules
from tests.unit.identity.evidence import (
    EVERYBODY,
    FAN_A,
    FAN_B,
    HANDSET,
    OTHER_FAN_A,
    OTHER_PHONE,
    PHONE,
    SHOP,
    TABLET,
    U1,
    U2,
    UNION,
    VISITOR,
    edge,
    edges,
    joined,
)


def persons(*evidence: Edge, withdrawn: dict[str, int] | None = None) -> Resolution:
    keys = {key for one in evidence for key in one.pair}
    return resolve(keys, joined(list(evidence)).values(), withdrawn or {}, DEFAULT_RULES)


def together(found: Resolution) -> set[frozenset[str]]:
    return {keys for keys, _ in found.groups}


def group(*identifiers: object) -> frozenset[str]:
    return frozenset(one.key for one in identifiers)  # type: ignore[attr-defined]


def test_a_chain_of_evidence_makes_one_person() -> None:
    found = persons(edge(FAN_A, UNION), edge(UNION, FAN_B), edge(FAN_B, U1), edge(U1, PHONE), edge(PHONE, SHOP))
    assert together(found) == {group(FAN_A, UNION, FAN_B, U1, PHONE, SHOP)}


def test_two_logins_on_one_phone_stay_two_people_and_the_first_keeps_the_phone() -> None:
    found = persons(edge(U2, HANDSET, at=20), edge(U1, HANDSET, at=10))
    assert together(found) == {group(U1, HANDSET), group(U2)}
    assert found.refused == {edge(U2, HANDSET).pair: "over_limit:user_id"}


def test_one_login_on_two_phones_is_one_person() -> None:
    assert together(persons(edge(U1, HANDSET), edge(U1, TABLET))) == {group(U1, HANDSET, TABLET)}


def test_an_unverified_phone_does_not_join_two_accounts() -> None:
    found = persons(edge(U1, PHONE, at=1), edge(U2, PHONE, at=2, vouched=False))
    assert together(found) == {group(U1, PHONE), group(U2)}
    assert found.refused == {edge(U2, PHONE).pair: UNVERIFIED_BETWEEN_KNOWN}


def test_an_unverified_phone_does_not_join_a_fan_and_an_account_that_no_rule_keeps_apart() -> None:
    found = persons(edge(U1, PHONE, at=5), edge(FAN_A, PHONE, at=1, vouched=False))
    assert together(found) == {group(U1, PHONE), group(FAN_A)}


def test_an_order_of_a_shop_finds_the_person_by_its_unverified_phone() -> None:
    assert together(persons(edge(U1, PHONE), edge(SHOP, PHONE, vouched=False))) == {group(U1, PHONE, SHOP)}


def test_a_verified_sighting_makes_up_for_an_unverified_one() -> None:
    found = persons(edge(U1, PHONE, at=1), edge(FAN_A, PHONE, at=2, vouched=False), edge(FAN_A, PHONE, at=9))
    assert together(found) == {group(U1, PHONE, FAN_A)}


def test_two_openids_of_one_account_are_two_people_even_with_one_phone() -> None:
    found = persons(edge(FAN_A, PHONE, at=1), edge(OTHER_FAN_A, PHONE, at=2))
    assert together(found) == {group(FAN_A, PHONE), group(OTHER_FAN_A)}
    assert found.refused == {edge(OTHER_FAN_A, PHONE).pair: "over_limit:openid:wxa"}


def test_openids_of_two_accounts_with_one_unionid_are_one_person() -> None:
    assert together(persons(edge(FAN_A, UNION), edge(FAN_B, UNION))) == {group(FAN_A, FAN_B, UNION)}


def test_strong_evidence_wins_over_earlier_weak_evidence() -> None:
    found = persons(edge(U1, HANDSET, at=1), edge(FAN_A, HANDSET, at=2), edge(FAN_A, U2, at=30))
    assert together(found) == {group(U1, HANDSET), group(U2, FAN_A)}


def test_a_person_keeps_the_first_phone() -> None:
    found = persons(edge(U1, PHONE, at=1), edge(U1, OTHER_PHONE, at=2))
    assert together(found) == {group(U1, PHONE), group(OTHER_PHONE)}


def test_withdrawing_an_identifier_splits_what_it_alone_held_together() -> None:
    evidence = [edge(FAN_A, UNION, at=1), edge(FAN_B, UNION, at=2), edge(FAN_A, VISITOR, at=3)]
    assert together(persons(*evidence, withdrawn={UNION.key: 10})) == {group(FAN_A, VISITOR), group(FAN_B), group(UNION)}


@pytest.mark.parametrize(("seen_again", "linked"), [(10, False), (11, True)])
def test_evidence_after_a_withdrawal_links_anew(seen_again: int, linked: bool) -> None:
    found = persons(edge(U1, PHONE, at=1), edge(U1, PHONE, at=seen_again), withdrawn={PHONE.key: 10})
    assert (len(found.groups) == 1) is linked


@given(edges(), st.randoms())
def test_the_order_of_evidence_does_not_matter(evidence: list[Edge], random: object) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    keys = [one.key for one in EVERYBODY]
    first = resolve(keys, joined(evidence).values(), {}, DEFAULT_RULES)
    second = resolve(reversed(keys), joined(shuffled).values(), {}, DEFAULT_RULES)
    assert together(first) == together(second)
    assert first.refused == second.refused


@given(edges())
def test_nobody_holds_more_than_the_rules_allow(evidence: list[Edge]) -> None:
    found = resolve([one.key for one in EVERYBODY], joined(evidence).values(), {}, DEFAULT_RULES)
    for keys, cluster in found.groups:
        assert cluster.size == len(keys) == sum(cluster.counts.values())
        for namespace, count in cluster.counts.items():
            limit = DEFAULT_RULES.rule(namespace).limit
            assert limit is None or count <= limit
            assert count == sum(parse_key(key).namespace == namespace for key in keys)


@given(edges())
def test_evidence_is_either_within_a_person_or_refused_with_a_reason(evidence: list[Edge]) -> None:
    known = joined(evidence)
    found = resolve([one.key for one in EVERYBODY], known.values(), {}, DEFAULT_RULES)
    home = {key: place for place, (keys, _) in enumerate(found.groups) for key in keys}
    for low, high in known:
        assert (home[low] == home[high]) is ((low, high) not in found.refused)


@settings(max_examples=50)
@given(edges(), edges(), edges())
def test_joining_evidence_is_commutative_associative_and_idempotent(one: list[Edge], two: list[Edge], three: list[Edge]) -> None:
    assert joined(one + two + three) == joined(three + one + two) == joined(one + one + two + three + three)


def test_a_limit_above_one_counts() -> None:
    document = DEFAULT_RULES.model_dump()
    document["namespaces"]["mobile"]["limit"] = 2
    rules = IdentityRules.model_validate(document)
    third = edge(U1, SHOP)
    found = resolve({U1.key, PHONE.key, OTHER_PHONE.key, SHOP.key}, [edge(U1, PHONE), edge(U1, OTHER_PHONE), third], {}, rules)
    assert len(found.groups) == 1
