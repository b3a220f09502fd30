"""Whether nodes make a journey: every way leads somewhere, every path ends, none goes round in one moment."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.journeys.definition.checks import MAX_NODES
from chalicelib.journeys.definition.documents import JourneyDocument
from tests.support.journey_documents import DONE, Json, journey, refused

FOREVER: Json = {"wait": "1d", "next": "ask"}


def asks(then: str, otherwise: str) -> Json:
    """A branch."""
    return {"branch": [{"where": {"tag": "vip"}, "next": then}], "else": otherwise}


def test_a_way_to_nowhere_is_refused_at_the_place_that_leads_there() -> None:
    nodes = {
        "a": asks("nowhere", "b"),
        "b": {"wait_for": [{"event": "A", "then": "gone"}, {"event": "B"}], "within": "1h", "then": "lost", "else": "done"},
        "done": DONE,
    }
    assert refused(journey(nodes)) == [
        ("nodes/a/branch/0/next", "node_unknown"),
        ("nodes/b/wait_for/0/then", "node_unknown"),
        ("nodes/b/then", "node_unknown"),
    ]


def test_a_start_that_is_not_there_is_refused() -> None:
    assert refused(journey(start="hold")) == [("start", "node_unknown")]


def test_a_node_that_no_way_leads_to_is_refused() -> None:
    assert refused(journey({"done": DONE, "lonely": {"goal": "x", "next": "done"}})) == [("nodes/lonely", "node_unreachable")]


def test_a_path_that_never_comes_to_an_exit_is_refused() -> None:
    nodes = {"ask": asks("round", "done"), "round": {"wait": "1d", "next": "again"}, "again": {"wait": "1d", "next": "round"}, "done": DONE}
    assert refused(journey(nodes)) == [("nodes/round", "no_end"), ("nodes/again", "no_end")]


def test_a_journey_may_go_round_as_long_as_time_passes_and_a_way_leads_out() -> None:
    JourneyDocument.model_validate(journey({"ask": asks("done", "round"), "round": FOREVER, "done": DONE}))


@pytest.mark.parametrize(
    ("between", "code"),
    [
        ({"goal": "seen", "next": "ask"}, "loop_without_wait"),
        ({"send": {"template": "a"}, "next": "ask"}, "loop_without_wait"),
        ({"wait": {"until": "09:00"}, "next": "ask"}, None),
        ({"wait": {"date": "attributes.birthday"}, "next": "ask"}, "loop_without_wait"),  # it may have gone by
        ({"wait_for": {"event": "A"}, "within": "1h", "then": "ask", "else": "done"}, None),
        ({"wait_for": {"segment": "vip"}, "within": "1h", "then": "ask", "else": "done"}, "loop_without_wait"),  # they may be in it
        ({"wait_for": {"segment": "vip"}, "within": "1h", "then": "done", "else": "ask"}, None),
    ],
)
def test_a_loop_must_certainly_take_time(between: Json, code: str | None) -> None:
    document = journey({"ask": asks("between", "done"), "between": between, "done": DONE})
    if code is None:
        JourneyDocument.model_validate(document)
    else:
        assert refused(document) == [("nodes/ask", code)]


def test_too_many_nodes_are_refused() -> None:
    names = [f"n{number}" for number in range(MAX_NODES)]
    nodes = {one: {"goal": "x", "next": following} for one, following in pairwise([*names, "done"])} | {"done": DONE}
    assert refused(journey(nodes)) == [("nodes", "nodes_too_many")]


NAMES = ["a", "b", "c", "d", "e", "f"]
ways = st.sampled_from(NAMES)
any_node = st.one_of(
    st.builds(lambda to: {"wait": "1h", "next": to}, ways),
    st.builds(lambda to: {"goal": "x", "next": to}, ways),
    st.builds(asks, ways, ways),
    st.builds(lambda one, two: {"wait_for": {"segment": "s"}, "within": "1h", "then": one, "else": two}, ways, ways),
    st.just(DONE),
)


def _ways(node: Json) -> list[tuple[str, bool]]:
    """(what comes next, whether it may come in the same moment), read off the document."""
    if "wait" in node:
        return [(node["next"], False)]
    if "goal" in node:
        return [(node["next"], True)]
    if "branch" in node:
        return [(node["branch"][0]["next"], True), (node["else"], True)]
    if "wait_for" in node:
        return [(node["then"], True), (node["else"], False)]
    return []


def _reaches(nodes: Json, start: str, *, quick: bool) -> set[str]:
    """Where one can come from a node in one step or more."""
    found: set[str] = set()
    for _ in nodes:
        found |= {to for name in (start, *found) for to, soon in _ways(nodes[name]) if soon or not quick}
    return found


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, any_node)))
def test_exactly_those_graphs_are_taken_in_which_everybody_gets_to_an_end(nodes: dict[str, Any]) -> None:
    alive = {"a"} | _reaches(nodes, "a", quick=False)
    sound = (
        alive == set(NAMES)
        and all("exit" in nodes[name] or any("exit" in nodes[to] for to in _reaches(nodes, name, quick=False)) for name in alive)
        and not any(name in _reaches(nodes, name, quick=True) for name in alive)
    )
    try:
        JourneyDocument.model_validate(journey(nodes, start="a"))
    except ValidationError:
        assert not sound
    else:
        assert sound
