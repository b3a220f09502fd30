"""What the published contract says of definitions: for every kind the same routes, and a schema with an example that the kind accepts."""

from functools import cache
from typing import Any

import pytest

from chalicelib import routes
from chalicelib.definitions.kinds import kind_of, kinds
from chalicelib.openapi import describe

ROUTES = {
    ("get", ""), ("get", "/{name}"), ("put", "/{name}"), ("post", "/{name}/publish"), ("post", "/{name}/archive"),
    ("get", "/{name}/history"), ("get", "/{name}/diff"),
}  # fmt: skip
KINDS = (
    "sources", "identity-rules", "accounts", "campaigns", "scores", "tags", "segments", "lifecycle", "derived-attributes",
    "replies", "menus", "templates", "providers", "contact-policies", "notices", "journeys",
)  # fmt: skip


@cache
def _contract() -> Any:
    return describe(routes.ROUTES, "test")


def test_these_are_the_kinds() -> None:
    _contract()
    assert set(KINDS) <= set(kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drafted_published_archived_compared_and_traced(kind: str) -> None:
    paths = _contract()["paths"]
    found = {(method, path.removeprefix(f"/v1/{kind}")) for path in paths if path.startswith(f"/v1/{kind}") for method in paths[path]}
    assert found >= ROUTES


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_schema_with_an_example_that_it_accepts(kind: str) -> None:
    body = _contract()["paths"][f"/v1/{kind}/{{name}}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    schema = _contract()["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert schema["examples"]
    for example in schema["examples"]:
        assert kind_of(kind).written(example) == example


def test_the_schema_knows_every_shape_of_a_condition() -> None:
    shapes = _contract()["components"]["schemas"]["Condition"]["anyOf"]
    assert len(shapes) == 14
