"""Which values identify nobody, and which rule documents are refused."""

import pytest
from pydantic import ValidationError

from chalicelib.identifiers import identifier
from chalicelib.identity.rules import DEFAULT_RULES, IdentityRules


@pytest.mark.parametrize(
    ("namespace", "value"),
    [
        ("user_id", "0"),
        ("user_id", "NULL"),
        ("unionid", "undefined"),
        ("device_id", "00000000-0000-0000-0000-000000000000"),
        ("mobile", "13800000000"),
        ("mobile", "+86 139 1111 1111"),
        ("mobile", "110"),
        ("email", "none"),
        ("email", "no-at-sign"),
    ],
)
def test_fillers_identify_nobody(namespace: str, value: str) -> None:
    assert DEFAULT_RULES.is_blocked(identifier(namespace, value))


@pytest.mark.parametrize(
    ("namespace", "value"),
    [("mobile", "13800138000"), ("mobile", "13812345678"), ("user_id", "10"), ("email", "a@qq.com"), ("anonymous_id", "null-1")],
)
def test_real_values_identify(namespace: str, value: str) -> None:
    assert not DEFAULT_RULES.is_blocked(identifier(namespace, value))


def test_the_default_rules_declare_the_namespaces_of_the_contract() -> None:
    names = ("user_id", "unionid", "openid", "mobile", "email", "anonymous_id", "device_id", "member")
    assert all(DEFAULT_RULES.allows(name) for name in names)
    assert not DEFAULT_RULES.allows("crm_id")


def test_a_namespace_that_is_no_longer_declared_weighs_least() -> None:
    assert DEFAULT_RULES.rule("crm_id").priority < min(rule.priority for rule in DEFAULT_RULES.namespaces.values())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"namespaces": {}}, "namespaces"),
        ({"namespaces": {"mobile": {"priority": 5}}}, ""),
        ({"namespaces": {"user_id": {"priority": 0}}}, "priority"),
        ({"namespaces": {"user_id": {"priority": 5, "limit": 0}}}, "limit"),
        ({"namespaces": {"user_id": {"priority": 5, "blocked": ["("]}}}, "blocked"),
        ({"namespaces": {"User": {"priority": 5}}}, "namespaces"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_faulty_document_is_refused_with_the_place(change: dict[str, object], place: str) -> None:
    document = {"namespaces": {"user_id": {"priority": 90}}} | change
    with pytest.raises(ValidationError) as caught:
        IdentityRules.model_validate(document)
    assert place in "/".join(str(part) for part in caught.value.errors()[0]["loc"])
