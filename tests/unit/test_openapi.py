"""The published contract: complete, valid, made from the routes."""

import json
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.docs_page import page
from chalicelib.http import PAGE, Access, Answer, Query, Request, Route, section
from chalicelib.openapi import describe


class Line(BaseModel):
    sku: str = Field(description="The `sku` & nothing <else>.")
    count: int = 1


class OrderIn(BaseModel):
    """An order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lines": [{"sku": "裙子"}]}]})

    lines: list[Line]


class OrderOut(BaseModel):
    id: str
    lines: list[Line]
    notes: dict[str, str] | None


def _handler(_: Request) -> Answer:
    """Keeps the order
    under its id.
    """
    return Answer()


ROUTES = (
    *section(
        "Orders",
        Route("POST", "/v1/orders", _handler, "Keep an order", Access.WRITE, OrderIn, OrderOut, status=201),
        Route("GET", "/v1/orders", _handler, "The orders", Access.READ, answer=OrderOut, query=PAGE),
        Route("PUT", "/v1/orders/{id}", _handler, "Change it", Access.WRITE, headers=(Query("If-Match", "Its ETag."),), etag=True),
        Route("DELETE", "/v1/orders/{id}/lines/{sku}", _handler, "Drop a line", Access.ADMIN, status=204),
    ),
    *section(
        "Ingest",
        Route(
            "POST", "/sa", _handler, "Records", Access.PUBLIC, consumes=("text/plain",), query=(Query("project", "Which", required=True),)
        ),
        Route("POST", "/v1/events", _handler, "Events", Access.INGEST, OrderIn, body_optional=True),
        Route("GET", "/sa.gif", _handler, "Pixel", Access.PUBLIC, produces="image/gif"),
    ),
)
SPEC = describe(ROUTES, "1.2.3")


def _operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = SPEC["paths"][path][method]
    return found


def test_the_document_is_valid_openapi() -> None:
    validate(SPEC)
    assert SPEC["openapi"].startswith("3.1")
    assert SPEC["info"]["version"] == "1.2.3"
    assert json.loads(json.dumps(SPEC)) == SPEC


def test_every_route_is_in_it_under_an_id_of_its_own() -> None:
    operations = [one for methods in SPEC["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations) == len(ROUTES)
    assert _operation("delete", "/v1/orders/{id}/lines/{sku}")["operationId"] == "delete_v1_orders_id_lines_sku"


def test_bodies_and_answers_are_those_of_the_models() -> None:
    operation = _operation("post", "/v1/orders")
    assert operation["requestBody"]["required"] is True
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/OrderIn"}
    assert operation["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/OrderOut"}
    assert {"OrderIn", "OrderOut", "Problem", "ProblemFault"} <= set(SPEC["components"]["schemas"])
    assert SPEC["components"]["schemas"]["OrderIn"]["examples"] == [{"lines": [{"sku": "裙子"}]}]


def test_a_body_may_be_left_out_where_the_route_says_so() -> None:
    assert _operation("post", "/v1/events")["requestBody"]["required"] is False
    assert "requestBody" not in _operation("get", "/v1/orders")


def test_bodies_and_answers_that_are_not_json_have_their_media_type() -> None:
    assert list(_operation("post", "/sa")["requestBody"]["content"]) == ["text/plain"]
    assert list(_operation("get", "/sa.gif")["responses"]["200"]["content"]) == ["image/gif"]
    assert "content" not in _operation("delete", "/v1/orders/{id}/lines/{sku}")["responses"]["204"]


def test_every_answer_may_be_a_problem() -> None:
    for methods in SPEC["paths"].values():
        for operation in methods.values():
            assert operation["responses"]["default"]["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


def test_headers_that_mean_something_are_told() -> None:
    operation = _operation("put", "/v1/orders/{id}")
    assert [(one["name"], one["in"], one["required"]) for one in operation["parameters"][1:]] == [("If-Match", "header", False)]
    assert "etag" in operation["responses"]["200"]["headers"]
    assert "etag" not in _operation("post", "/v1/orders")["responses"]["201"]["headers"]


def test_parameters_are_those_of_path_and_query() -> None:
    path = _operation("delete", "/v1/orders/{id}/lines/{sku}")["parameters"]
    assert [(one["name"], one["in"], one["required"]) for one in path] == [("id", "path", True), ("sku", "path", True)]
    query = {one["name"]: one for one in _operation("get", "/v1/orders")["parameters"]}
    assert query["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert query["cursor"]["required"] is False
    assert _operation("post", "/sa")["parameters"][0]["required"] is True


@pytest.mark.parametrize(
    ("method", "path", "security"),
    [
        ("post", "/sa", []),
        ("post", "/v1/events", [{"writeKey": []}, {"writeKeyAsUser": []}]),
        ("get", "/v1/orders", [{"apiKey": ["read"]}]),
        ("post", "/v1/orders", [{"apiKey": ["write"]}]),
        ("delete", "/v1/orders/{id}/lines/{sku}", [{"apiKey": ["admin"]}]),
    ],
)
def test_a_route_says_which_key_opens_it(method: str, path: str, security: list[dict[str, list[str]]]) -> None:
    assert _operation(method, path)["security"] == security
    assert {name for one in security for name in one} <= set(SPEC["components"]["securitySchemes"])


def test_a_handlers_docstring_becomes_the_description() -> None:
    assert _operation("post", "/v1/orders")["description"] == "Keeps the order under its id."


def test_the_page_shows_every_route_and_shape_and_fetches_nothing() -> None:
    html = page(SPEC)
    for route in ROUTES:
        assert f"<code>{route.path}</code>" in html
        assert route.summary in html
    assert 'id="OrderIn"' in html
    assert 'list of <a href="#Line">' in html
    assert "裙子" in html
    assert "<script" not in html
    assert "http://" not in html
    assert "https://" not in html


def test_the_page_shows_words_as_words() -> None:
    html = page(SPEC)
    assert "The <code>sku</code> &amp; nothing &lt;else&gt;." in html


def test_the_page_tells_who_may_call() -> None:
    html = page(SPEC)
    assert "(no key)" in html
    assert "(apiKey admin)" in html
    assert "(writeKey or writeKeyAsUser)" in html
