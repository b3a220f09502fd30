"""The past of definitions: who did what, and what changed from one version to another, in the store and over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.definitions import store
from chalicelib.definitions.history import acts
from chalicelib.definitions.kinds import SOURCES
from chalicelib.definitions.model import Act, Action
from chalicelib.errors import BadRequest, DocumentInvalid, NotFound
from tests.support.aws import memory_stack
from tests.support.gateway import NOW, Gateway

SHOP = "/v1/sources/shop"


@pytest.fixture(autouse=True)
def admin() -> Iterator[Gateway]:
    """An operator of a stage without definitions."""
    with memory_stack(only=["definitions", "keys"]):
        yield Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)


def _draft(at: int, by: str = "anna", **document: Any) -> None:
    store.draft(SOURCES, "shop", document, by=by, at=at)


def _publish(at: int, by: str = "anna", version: int | None = None) -> None:
    store.publish(SOURCES, "shop", by=by, at=at, version=version)


# ---- who did what ----


def test_every_change_is_in_the_history_with_who_and_when() -> None:
    _draft(1, title="a")
    _publish(2, by="ben")
    _draft(3, title="b")
    _publish(4)
    _publish(5, by="ben", version=1)
    store.archive(SOURCES, "shop", by="anna", at=6)
    assert acts(SOURCES, "shop", 10).items == (
        Act(Action.ARCHIVED, 2, 1, 6, "anna"),
        Act(Action.PUBLISHED, 1, 2, 5, "ben"),
        Act(Action.PUBLISHED, 2, 1, 4, "anna"),
        Act(Action.DRAFTED, 2, 1, 3, "anna"),
        Act(Action.PUBLISHED, 1, None, 2, "ben"),
        Act(Action.DRAFTED, 1, None, 1, "anna"),
    )


def test_what_changed_nothing_is_not_in_the_history() -> None:
    _draft(1, title="a")
    _draft(2, title="a")
    _publish(3)
    _publish(4)
    store.archive(SOURCES, "shop", by="anna", at=5)
    store.archive(SOURCES, "shop", by="anna", at=6)
    with pytest.raises(DocumentInvalid):
        _draft(7, title=7)
    assert [one.at for one in acts(SOURCES, "shop", 10).items] == [5, 3, 1]


def test_two_changes_in_the_same_millisecond_are_both_kept_in_their_order() -> None:
    _draft(1, title="a")
    _draft(1, title="b")
    _publish(1)
    assert [(one.action, one.version) for one in acts(SOURCES, "shop", 10).items] == [
        (Action.PUBLISHED, 2), (Action.DRAFTED, 2), (Action.DRAFTED, 1),
    ]  # fmt: skip


def test_the_history_is_read_page_by_page() -> None:
    for moment in range(5):
        _draft(moment, title=str(moment))
    first = acts(SOURCES, "shop", 2)
    second = acts(SOURCES, "shop", 2, first.next)
    third = acts(SOURCES, "shop", 2, second.next)
    assert [one.at for page in (first, second, third) for one in page.items] == [4, 3, 2, 1, 0]
    assert third.next is None


def test_the_history_of_nothing_is_not_found_and_strange_cursors_are_refused() -> None:
    with pytest.raises(NotFound):
        acts(SOURCES, "shop", 10)
    _draft(1, title="a")
    for cursor in ("x", "W10", "WyJzb3VyY2VzI3Nob3AiLCJ2IzEiXQ"):  # no base64 of JSON, [], ["sources#shop","v#1"]
        with pytest.raises(BadRequest):
            acts(SOURCES, "shop", 10, cursor)


def test_an_operator_reads_who_put_a_source_in_force(admin: Gateway) -> None:
    admin.call("PUT", SHOP, {"title": "官网"})
    admin.call("POST", f"{SHOP}/publish")
    page = admin.get(f"{SHOP}/history?limit=1").json
    assert [(one["action"], one["version"], one["previous"], one["at"]) for one in page["items"]] == [
        ("published", 1, None, "2026-11-21T22:26:40.000Z")
    ]
    rest = admin.get(f"{SHOP}/history?limit=1&cursor={page['next']}").json
    assert [one["action"] for one in rest["items"]] == ["drafted"]
    assert rest["next"] is None
    assert page["items"][0]["by"] == rest["items"][0]["by"] != ""


# ---- what changed ----


def _compared(admin: Gateway, query: str = "") -> Any:
    reply = admin.get(f"{SHOP}/diff{query}")
    assert reply.status == 200, reply.body
    return reply.json


def test_a_draft_is_compared_with_what_is_in_force(admin: Gateway) -> None:
    _draft(1, title="a")
    _publish(2)
    _draft(3, title="b")
    _draft(4, title="b", projects=["default"])
    assert _compared(admin) == {
        "kind": "sources", "name": "shop", "from": 1, "to": 3, "next": None,
        "items": [
            {"op": "add", "path": "/projects", "from": None, "to": ["default"]},
            {"op": "replace", "path": "/title", "from": "a", "to": "b"},
        ],
    }  # fmt: skip


def test_what_is_in_force_is_compared_with_the_version_before(admin: Gateway) -> None:
    _draft(1, title="a")
    _draft(2, title="b")
    _publish(3)
    found = _compared(admin)
    assert (found["from"], found["to"], len(found["items"])) == (1, 2, 1)


def test_a_first_version_is_all_new(admin: Gateway) -> None:
    _draft(1, title="a")
    found = _compared(admin)
    assert (found["from"], found["items"]) == (0, [{"op": "add", "path": "/title", "from": None, "to": "a"}])


def test_any_two_versions_can_be_compared_and_a_version_with_itself_differs_in_nothing(admin: Gateway) -> None:
    for title in ("a", "b", "c"):
        _draft(1, title=title)
    assert _compared(admin, "?from=3&to=1")["items"] == [{"op": "replace", "path": "/title", "from": "c", "to": "a"}]
    assert _compared(admin, "?from=2&to=2")["items"] == []


def test_a_long_diff_is_read_page_by_page(admin: Gateway) -> None:
    _draft(1, projects=[f"old{number}" for number in range(5)])
    _draft(2, projects=[f"new{number}" for number in range(5)])
    paths: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = _compared(admin, f"?limit=2&cursor={cursor}")
        paths += [one["path"] for one in page["items"]]
        cursor = page["next"]
    assert paths == [f"/projects/{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("query", "status"),
    [("?from=9", 404), ("?to=9", 404), ("?from=x", 400), ("?to=0", 400), ("?cursor=x", 400), ("?cursor=WyJhIiwiYiIsIjEiXQ", 400)],
)
def test_versions_that_are_not_there_and_strange_questions_are_refused(admin: Gateway, query: str, status: int) -> None:
    _draft(1, title="a")
    assert admin.get(f"{SHOP}/diff{query}").status == status
