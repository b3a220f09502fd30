"""Definitions as operators keep them: drafts, versions, who did what, what is refused and where, and files in and out."""

from typing import Any, Final

import pytest

from tests.e2e.api import Api, Json

CLICKED: Final[Json] = {"event": "MenuClicked", "where": {"key": "dress"}, "count": {"gt": 5}, "within": "7d"}


def test_a_definition_is_drafted_published_changed_and_taken_back_and_the_history_says_by_whom(api: Api, mark: str) -> None:
    path = f"/v1/segments/shown-{mark}"
    first, second = ({"title": "裙装", "where": {**CLICKED, "count": {"gt": count}}} for count in (5, 8))
    assert api.write("PUT", path, first).items() >= {"version": 1, "state": "draft", "published_version": None}.items()
    assert api.write("PUT", path, first)["version"] == 1
    assert api.write("POST", f"{path}/publish")["published_version"] == 1
    assert api.write("PUT", path, second)["version"] == 2
    assert api.read(path, version=1)["document"] == first
    assert api.read(f"{path}/diff")["items"] == [{"op": "replace", "path": "/where/count/gt", "from": 5, "to": 8}]
    assert api.write("POST", f"{path}/publish")["published_version"] == 2
    assert api.write("POST", f"{path}/publish?version=1")["published_version"] == 1
    assert api.write("POST", f"{path}/archive")["state"] == "archived"
    acts = api.every(f"{path}/history")
    assert [(one["action"], one["version"], one["previous"]) for one in acts] == [
        ("archived", 2, 1), ("published", 1, 2), ("published", 2, 1), ("drafted", 2, 1), ("published", 1, None), ("drafted", 1, None),
    ]  # fmt: skip
    assert {one["by"] for one in acts} == {api.read(path)["created_by"]}


def test_two_operators_do_not_overwrite_one_another(api: Api, mark: str) -> None:
    path = f"/v1/tags/contested-{mark}"
    read = api.call("PUT", path, {"where": {"attribute": "a", "exists": True}}).headers["etag"]
    assert api.call("PUT", path, {"where": {"attribute": "b", "exists": True}}, headers={"If-Match": read}).status_code == 200
    late = api.call("PUT", path, {"where": {"attribute": "c", "exists": True}}, headers={"If-Match": read})
    assert late.status_code == 412
    assert api.read(path)["document"]["where"]["attribute"] == "b"


REFUSED: Final[dict[str, tuple[str, Json, str, str]]] = {
    "an-unknown-operator": ("segments", {"where": {"all": [CLICKED, {"attribute": "age", "over": 18}]}}, "where/all/1/over", ""),
    "a-window-over-the-retention": ("segments", {"where": {**CLICKED, "within": "731d"}}, "where/within", "duration_invalid"),
    "more-than-a-hundred": ("segments", {"where": {"any": [{**CLICKED, "count": {"gte": 101}}]}}, "where/any/0/count", "count_too_large"),
    "nothing-at-all": ("tags", {"where": {"all": []}}, "where/all", "list_expected"),
    "two-in-one": ("tags", {"where": {**CLICKED, "segment": "x"}}, "where/segment", "extra_forbidden"),
    "two-of-seeing": ("tags", {"where": {"last_seen": {"within": "1d"}, "first_seen": {"within": "1d"}}}, "where", "condition_unclear"),
    "a-dangerous-pattern": ("tags", {"where": {"attribute": "a", "matches": "(a+)+$"}}, "where/matches", "pattern_unsafe"),
    "bands-without-an-end": ("scores", {"rules": [{"event": "A", "add": 1}], "bands": [{"name": "low", "upto": 1}]}, "bands", ""),
    "a-stage-without-a-name": ("lifecycle", {"stages": [{"where": CLICKED}]}, "stages/0/name", ""),
    "two-ways-to-derive": ("derived-attributes", {"count": {"event": "A"}, "sum": {"event": "A", "property": "b"}}, "", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_breaks_the_language_is_refused_with_the_place(name: str, api: Api) -> None:
    kind, document, place, code = REFUSED[name]
    answer = api.call("PUT", f"/v1/{kind}/{name}", document)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "document_invalid")
    assert any(fault["path"].startswith(place) for fault in problem["errors"]), problem
    assert code in answer.text
    assert api.call("GET", f"/v1/{kind}/{name}").status_code == 404


def refused(api: Api, method: str, path: str) -> Any:
    answer = api.call(method, path)
    assert answer.status_code in {409, 422}, answer.text
    return answer.text


def test_rules_that_ask_for_one_another_or_for_nothing_are_not_put_in_force(api: Api, mark: str) -> None:
    one, two, none = (f"/v1/segments/{name}-{mark}" for name in ("one", "two", "none"))
    api.write("PUT", none, {"where": {"all": [{"event": "A"}, {"segment": f"missing-{mark}"}]}})
    assert "reference_unknown" in refused(api, "POST", f"{none}/publish")
    api.publish("segments", f"one-{mark}", {"where": {"event": f"A-{mark}"}})
    api.publish("segments", f"two-{mark}", {"where": {"segment": f"one-{mark}"}})
    api.write("PUT", one, {"where": {"any": [{"event": f"A-{mark}"}, {"segment": f"two-{mark}"}]}})
    assert "definition_cycle" in refused(api, "POST", f"{one}/publish")
    assert api.read(one)["published_version"] == 1
    assert "reference_in_use" in refused(api, "POST", f"{one}/archive")
    # Nor may a rule be set going by what it tells itself, directly or by way of another.
    told = {"event": "$segment_entered", "where": {"segment": f"two-{mark}"}}
    api.write("PUT", one, {"where": told})
    assert "definition_cycle" in refused(api, "POST", f"{one}/publish")
    api.write("POST", f"{two}/archive")
    assert api.write("POST", f"{one}/archive")["published_version"] is None


def test_the_language_of_conditions_is_part_of_the_published_contract(api: Api) -> None:
    schemas = api.read("/openapi.json")["components"]["schemas"]
    assert "within" in str(schemas["EventCount"]["properties"])
    assert schemas["Sequence"]["properties"]["sequence"]["maxItems"] == 8
