"""What changed from one version of a document to another."""

import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.definitions import diff as module
from chalicelib.definitions.diff import Edit, Op, diff

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "女装", "a/b", "m~n", "~1"])
KEYS = st.sampled_from(["title", "where", "all", "a/b", "m~n", "0"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20)


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ({"title": "a"}, {"title": "a"}, []),
        ({"title": "a"}, {"title": "b"}, [Edit(Op.REPLACE, "/title", "a", "b")]),
        ({"a": 1}, {"b": 1}, [Edit(Op.REMOVE, "/a", old=1), Edit(Op.ADD, "/b", new=1)]),
        ({"where": {"tag": "x"}}, {"where": {"tag": "y"}}, [Edit(Op.REPLACE, "/where/tag", "x", "y")]),
        ({"where": {"tag": "x"}}, {"where": ["tag"]}, [Edit(Op.REPLACE, "/where", {"tag": "x"}, ["tag"])]),
        ({"a/b": {"m~n": 1}}, {"a/b": {"m~n": 2}}, [Edit(Op.REPLACE, "/a~1b/m~0n", 1, 2)]),
        ({"count": 1}, {"count": True}, [Edit(Op.REPLACE, "/count", 1, True)]),
        ({"add": 1}, {"add": 1.0}, [Edit(Op.REPLACE, "/add", 1, 1.0)]),
        ({"eq": None}, {}, [Edit(Op.REMOVE, "/eq", old=None)]),
    ],
)
def test_each_change_is_named_with_its_place_and_both_values(old: Any, new: Any, edits: list[Edit]) -> None:
    assert diff(old, new) == edits


def test_a_rule_put_in_front_does_not_make_the_others_look_changed() -> None:
    old = [{"event": "Scan", "add": 5}, {"event": "Unfollow", "add": -20}]
    new = [{"event": "Paid", "add": 50}, *old]
    assert diff({"rules": old}, {"rules": new}) == [Edit(Op.ADD, "/rules/0", new={"event": "Paid", "add": 50})]
    assert diff({"rules": new}, {"rules": old}) == [Edit(Op.REMOVE, "/rules/0", old={"event": "Paid", "add": 50})]


def test_a_rule_that_changed_among_others_is_compared_with_its_old_self() -> None:
    old = [{"event": "Scan", "add": 5}, {"event": "Unfollow", "add": -20}]
    new = [{"event": "Scan", "add": 8}, {"event": "Unfollow", "add": -20}]
    assert diff({"rules": old}, {"rules": new}) == [Edit(Op.REPLACE, "/rules/0/add", 5, 8)]


def test_two_rules_put_in_at_different_places_are_two_edits() -> None:
    old = [{"event": name} for name in "abcd"]
    new = [{"event": name} for name in "xabycd"]
    assert diff(old, new) == [Edit(Op.ADD, "/0", new={"event": "x"}), Edit(Op.ADD, "/3", new={"event": "y"})]


@pytest.mark.parametrize(("old", "new"), [([1, 2, 3, 4], [1, 9, 2, 3, 4]), ([5, 5, 6, 5], [5, 5, 7, 6, 5])])
def test_a_list_too_long_or_too_repetitive_to_align_is_still_compared_between_what_is_the_same_at_its_ends(
    monkeypatch: pytest.MonkeyPatch, old: list[int], new: list[int]
) -> None:
    monkeypatch.setattr(module, "MAX_ALIGNED", 0)
    assert [edit.op for edit in diff(old, new)] == [Op.ADD]


def test_the_largest_documents_are_compared_in_time() -> None:
    assert len(diff([1] * 10_000, [1, 2] * 5_000)) == 5_000
    assert len(diff(list(range(1000)), list(range(1000))[::-1])) >= 999


@given(VALUES, VALUES)
def test_the_edits_in_their_order_turn_one_document_into_the_other(old: Any, new: Any) -> None:
    patch = [{"op": edit.op, "path": edit.path, "value": edit.new} for edit in diff({"d": old}, {"d": new})]
    assert jsonpatch.apply_patch({"d": old}, patch) == {"d": new}


@given(VALUES, VALUES)
def test_there_are_no_edits_exactly_between_equal_documents(old: Any, new: Any) -> None:
    assert (diff(old, new) == []) == (json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True))
