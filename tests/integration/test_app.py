"""The whole application as clients and Lambda meet it: every route behind its door, the operator's routes end to end."""

import json
import tomllib
from typing import Any

import pytest
from chalice.deploy.validate import validate_route_content_types, validate_routes
from chalice.test import Client
from pydantic import BaseModel

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.http import Access, Cors, Query
from chalicelib.routes import ROUTES
from chalicelib.version import VERSION
from infra import keys as command
from infra.mappings import QUEUES, STREAMS
from infra.paths import ROOT
from tests.support.aws import Stack
from tests.support.gateway import NOW, Gateway

SHOP = {"title": "官网", "projects": ["default"]}


@pytest.fixture
def admin(stack: Stack) -> Gateway:
    """An operator of an empty stage."""
    made = keys.create_api_key([Scope.ADMIN], by="test", at=NOW)
    return Gateway(application.app, key=made.text)


def _publish_shop(admin: Gateway) -> None:
    assert admin.call("PUT", "/v1/sources/shop", SHOP).status == 200
    assert admin.call("POST", "/v1/sources/shop/publish").status == 200


def _example(path: str) -> str:
    return path.replace("{namespace}", "user_id").replace("{", "").replace("}", "")


# ---- the table of triggers ----


def _mapped() -> list[Any]:
    """The triggers that a stream or queue feeds."""
    return [source for source in application.app.event_sources if "batch_size" in vars(source)]


def test_every_route_but_the_public_ones_asks_for_a_key() -> None:
    gateway = Gateway(application.app)
    closed = [route for route in ROUTES if route.access is not Access.PUBLIC]
    assert len(closed) > 20
    for route in closed:
        refused = gateway.call(route.method, _example(route.path), {})
        assert (refused.status, refused.json["code"]) == (401, "key_invalid"), route.path


def test_no_key_opens_more_than_its_scopes(stack: Stack) -> None:
    texts = {scope: keys.create_api_key([scope], by="test", at=NOW).text for scope in (Scope.READ, Scope.WRITE, Scope.ADMIN)}
    opens = {
        Scope.READ: {Access.READ},
        Scope.WRITE: {Access.WRITE},
        Scope.ADMIN: {Access.READ, Access.WRITE, Access.ADMIN},
    }
    for scope, text in texts.items():
        for route in ROUTES:
            if route.access not in (*opens[scope], Access.PUBLIC):
                refused = Gateway(application.app, key=text).call(route.method, _example(route.path), {})
                assert (refused.status, refused.json["code"]) == (403, "scope_missing"), (scope, route.path)


def test_every_path_answers_a_browsers_preflight() -> None:
    gateway = Gateway(application.app)
    for path in {route.path for route in ROUTES}:
        reply = gateway.call("OPTIONS", _example(path), headers={"origin": "https://shop.example"})
        assert reply.status == 204
        assert reply.headers["access-control-allow-origin"] in ("*", "https://shop.example")


@pytest.mark.parametrize("path", ["/sa", "/sa.gif", "/debug"])
def test_the_collector_lets_pages_send_cookies_and_the_dry_run_header(path: str) -> None:
    assert all(route.cors is Cors.CREDENTIALS for route in ROUTES if route.path == path)
    reply = Gateway(application.app).call("OPTIONS", path, headers={"origin": "https://shop.example"})
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert "dry-run" in reply.headers["access-control-allow-headers"]


def test_every_route_has_its_handler_its_models_and_its_parameters() -> None:
    for route in ROUTES:
        whole = route.found()
        assert callable(whole.handler), route.path
        assert all(model is None or issubclass(model, BaseModel) for model in (whole.body, whole.answer)), route.path
        assert all(isinstance(one, Query) for one in whole.query), route.path


def test_every_stream_and_queue_of_the_deployment_has_its_lambda() -> None:
    assert {source.name for source in _mapped()} == {one.function for one in (*STREAMS, *QUEUES)}


def test_batch_sizes_are_those_that_the_deployment_sets() -> None:
    sizes = {source.name: vars(source)["batch_size"] for source in _mapped()}
    assert sizes == {one.function: one.batch_size for one in (*STREAMS, *QUEUES)}


@pytest.mark.parametrize("function", [*(one.function for one in (*STREAMS, *QUEUES))])
def test_a_stream_or_queue_lambda_answers_an_empty_batch(function: str, stack: Stack) -> None:
    with Client(application.app, stage_name="test") as client:
        assert client.lambda_.invoke(function, {"Records": []}).payload == {"batchItemFailures": []}


def test_chalice_accepts_the_routes_for_deployment() -> None:
    validate_routes(application.app.routes)
    validate_route_content_types(application.app.routes, application.app.api.binary_types)


# ---- the service ----


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION


def test_health_tells_version_and_stage_without_a_store() -> None:
    with Client(application.app, stage_name="test") as client:
        assert client.http.get("/health").json_body == {"status": "ok", "version": VERSION, "stage": "test"}


def test_the_document_lists_every_route() -> None:
    with Client(application.app, stage_name="test") as client:
        spec = client.http.get("/openapi.json").json_body
    listed = {(method.upper(), path) for path, methods in spec["paths"].items() for method in methods}
    assert listed == {(route.method, route.path) for route in ROUTES}


def test_the_page_can_be_read_in_a_browser() -> None:
    with Client(application.app, stage_name="test") as client:
        answer = client.http.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.body.startswith(b"<!doctype html>")


def test_every_section_of_the_document_has_a_title() -> None:
    assert all(len(route.tags) == 1 for route in ROUTES)


# ---- definitions ----


def test_a_definition_goes_from_draft_to_force_to_archive(admin: Gateway) -> None:
    drafted = admin.call("PUT", "/v1/sources/shop", SHOP)
    assert (drafted.status, drafted.headers["etag"]) == (200, '"1"')
    assert drafted.json | {"created_by": ""} == {
        "kind": "sources",
        "name": "shop",
        "version": 1,
        "state": "draft",
        "published_version": None,
        "document": SHOP,
        "created_at": "2026-11-21T22:26:40.000Z",
        "created_by": "",
        "published_at": None,
        "published_by": None,
    }
    assert admin.call("POST", "/v1/sources/shop/publish").json["state"] == "published"
    assert admin.get("/v1/sources/shop").json["published_version"] == 1
    assert admin.get("/v1/sources").json["items"][0]["state"] == "published"
    assert admin.call("POST", "/v1/sources/shop/archive").json["state"] == "archived"


def test_an_audit_names_the_key_that_changed_a_definition(admin: Gateway) -> None:
    by = admin.call("PUT", "/v1/sources/shop", SHOP).json["created_by"]
    assert by in {one["id"] for one in admin.get("/v1/keys").json["items"]}


def test_an_invalid_definition_is_refused_with_paths(admin: Gateway) -> None:
    refused = admin.call("PUT", "/v1/sources/shop", {"title": 1, "colour": "red"})
    assert (refused.status, refused.json["code"]) == (422, "document_invalid")
    assert {one["path"] for one in refused.json["errors"]} == {"title", "colour"}


@pytest.mark.parametrize(
    ("if_match", "status"), [('"1"', 200), ("1", 200), ('W/"1"', 200), ("*", 200), ('"7"', 412), ("x", 400), ('"-1"', 400)]
)
def test_a_draft_can_insist_on_the_version_it_started_from(admin: Gateway, if_match: str, status: int) -> None:
    admin.call("PUT", "/v1/sources/shop", SHOP)
    assert admin.call("PUT", "/v1/sources/shop", {"title": "new"}, {"if-match": if_match}).status == status


@pytest.mark.parametrize("if_match", ['"1"', "*"])
def test_a_draft_cannot_insist_on_a_version_of_what_there_is_not(admin: Gateway, if_match: str) -> None:
    refused = admin.call("PUT", "/v1/sources/shop", SHOP, {"if-match": if_match})
    assert (refused.status, refused.json["detail"]) == (
        412,
        "there is nothing named shop among the sources yet; leave If-Match out to begin it",
    )


def test_the_identity_rules_can_be_edited_like_any_definition(admin: Gateway) -> None:
    rules = {"title": "strict", "namespaces": {"user_id": {"priority": 90, "identifies": True}}}
    assert admin.call("PUT", "/v1/identity-rules/default", rules).status == 200
    assert admin.call("POST", "/v1/identity-rules/default/publish").status == 200
    refused = admin.call("PUT", "/v1/identity-rules/default", {"namespaces": {}})
    assert refused.json["errors"][0]["path"] == "namespaces"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/sources/nobody", 404),
        ("GET", "/v1/sources/shop?version=9", 404),
        ("GET", "/v1/sources/shop?version=0", 400),
        ("GET", "/v1/sources/shop?version=x", 400),
        ("GET", "/v1/sources/%E5%BA%97", 400),
        ("POST", "/v1/sources/shop/publish?version=2", 404),
        ("GET", "/v1/sources?limit=201", 400),
        ("GET", "/v1/sources?cursor=%21", 400),
        ("DELETE", "/v1/keys/unknown", 404),
    ],
)
def test_what_cannot_be_found_or_understood_is_told_apart(admin: Gateway, method: str, path: str, status: int) -> None:
    _publish_shop(admin)
    assert admin.call(method, path).status == status


# ---- keys ----


def test_a_write_key_made_over_http_may_send_events_and_nothing_else(admin: Gateway) -> None:
    _publish_shop(admin)
    made = admin.call("POST", "/v1/keys", {"source": "shop", "label": "H5"})
    assert made.status == 201
    sender = Gateway(application.app, key=made.json["key"])
    event = {"name": "PageView", "time": NOW - 1000, "identifiers": {"user_id": "u1"}}
    assert sender.call("POST", "/v1/events", {"events": [event]}).json == {"accepted": 1, "rejected": []}
    assert sender.get("/v1/keys").status == 403
    assert sender.get("/v1/people/user_id/u1").status == 403


def test_an_api_key_may_not_send_events_for_it_has_no_source(admin: Gateway) -> None:
    refused = admin.call("POST", "/v1/events", {"events": []})
    assert (refused.status, refused.json["code"]) == (403, "scope_missing")
    assert "write key" in refused.json["detail"]


def test_the_text_of_a_key_is_told_once(admin: Gateway) -> None:
    made = admin.call("POST", "/v1/keys", {"scopes": ["read"]}).json
    listed = admin.get("/v1/keys").body.decode()
    assert made["key"] not in listed
    assert made["id"] in listed
    assert admin.key is not None
    assert admin.key not in listed


def test_a_key_is_rotated_and_revoked_over_http(admin: Gateway) -> None:
    made = admin.call("POST", "/v1/keys", {"scopes": ["admin"]}).json
    new = admin.call("POST", f"/v1/keys/{made['id']}/rotate", {"overlap": "2h"})
    assert (new.status, new.json["scopes"]) == (201, ["admin"])
    old = next(one for one in admin.get("/v1/keys").json["items"] if one["id"] == made["id"])
    assert old["expires_at"] == "2026-11-22T00:26:40.000Z"
    assert admin.call("DELETE", f"/v1/keys/{new.json['id']}").json["revoked_at"] is not None
    assert Gateway(application.app, key=new.json["key"]).get("/v1/keys").status == 401


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"source": "shop", "scopes": ["read"]},
        {"scopes": ["root"]},
        {"scopes": ["read"], "key": "0123456789"},
        {"source": 1},
        {"source": "shop", "key": "x" * 201},
        {"colour": "red"},
    ],
)
def test_a_wish_for_a_key_that_makes_no_sense_is_refused(admin: Gateway, wanted: dict[str, Any]) -> None:
    _publish_shop(admin)
    refused = admin.call("POST", "/v1/keys", wanted)
    assert (refused.status, bool(refused.json["errors"])) == (422, True)


@pytest.mark.parametrize("overlap", ["31d", "1w", "-1d", "", "999999d"])
def test_an_old_key_does_not_outlive_its_rotation_by_much(admin: Gateway, overlap: str) -> None:
    made = admin.call("POST", "/v1/keys", {"scopes": ["read"]}).json
    assert admin.call("POST", f"/v1/keys/{made['id']}/rotate", {"overlap": overlap}).status == 422


# ---- keys from the command line ----


def test_the_first_keys_of_a_stage_come_from_the_command_line(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["create", "--scopes", "read,write,admin", "--label", "operator"]) == 0
    operator = json.loads(capsys.readouterr().out)
    assert command.main(["create", "--source", "shop", "--project", "default", "--text", "0123456789abcdef"]) == 0
    sender = json.loads(capsys.readouterr().out)
    assert sender["key"] == "0123456789abcdef"
    gateway = Gateway(application.app, key=operator["key"])
    assert gateway.get("/v1/sources/shop").json["document"]["projects"] == ["default"]
    assert {one["label"] for one in gateway.get("/v1/keys").json["items"]} == {"operator", ""}
    assert Gateway(application.app, key=sender["key"]).call("POST", "/v1/events", {"events": []}).status == 202


def test_the_command_line_ends_keys_and_says_what_it_cannot_do(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["create", "--scopes", "read"])
    made = json.loads(capsys.readouterr().out)
    assert command.main(["revoke", made["id"]]) == 0
    assert Gateway(application.app, key=made["key"]).get("/v1/rejections").status == 401
    capsys.readouterr()
    assert command.main(["revoke", "0" * 16]) == 1
    assert "not_found" in capsys.readouterr().err


def test_the_command_line_refuses_scopes_that_there_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["create", "--scopes", "root"])
    assert "read,write,admin" in capsys.readouterr().err
