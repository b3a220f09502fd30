"""Persons that codes and links name: who invites, and whom a link was made for."""

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.campaigns.refusals import refused
from chalicelib.identifiers import IdentifierInvalid, identifier, parse_key
from chalicelib.identity.published import current_rules


class PersonNamed(BaseModel):
    """A person, by any of their identifiers. It need not be known yet."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"namespace": "openid:wx77aa00bb11cc22dd", "value": "oA1"}]})

    namespace: str = Field(max_length=115)
    value: str = Field(min_length=1, max_length=255)


def key_of(named: PersonNamed | None, path: str) -> str:
    """The key of the identifier, "" for nobody. Raises DocumentInvalid where it can identify nobody; `path` is its place in the body."""
    if named is None:
        return ""
    try:
        one = identifier(named.namespace, named.value)
    except IdentifierInvalid as invalid:
        raise refused(path, invalid.code, invalid.detail) from invalid
    rules = current_rules()
    if not rules.allows(one.base):
        raise refused(path, "namespace_unknown", f"the identity rules in force do not declare {one.base}")
    if rules.is_blocked(one):
        raise refused(path, "identifier_blocked", f"this value of {one.namespace} identifies nobody")
    return one.key


def named_by(key: str) -> PersonNamed | None:
    """The person of a key that `key_of` made."""
    if not key:
        return None
    one = parse_key(key)
    return PersonNamed(namespace=one.namespace, value=one.value)
