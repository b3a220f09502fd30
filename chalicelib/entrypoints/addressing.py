"""Whom a path under `/v1/people/{namespace}/{value}` names."""

from chalicelib.errors import BadRequest
from chalicelib.http import Request
from chalicelib.identifiers import Identifier, IdentifierInvalid, identifier


def addressed(request: Request) -> Identifier:
    """The identifier in the path. Raises BadRequest."""
    return valid_identifier(request.params["namespace"], request.params["value"])


def valid_identifier(namespace: str, value: str) -> Identifier:
    """The normalised identifier. Raises BadRequest where there can be none."""
    try:
        return identifier(namespace, value)
    except IdentifierInvalid as invalid:
        raise BadRequest(f"{invalid.code}: {invalid.detail}") from invalid
