"""Which rules answer: words, scenes, priorities, segments; and never the order in which they were written."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.replies.documents import ReplyDocument
from chalicelib.replies.matching import answers, possible
from chalicelib.replies.rules import Heard, Rule, rule_of
from chalicelib.replies.triggers import Trigger

SEND = [{"text": "x"}]


def rule(name: str, on: str = "text", **document: Any) -> Rule:
    """A rule as its document makes it."""
    named = {key.removesuffix("_"): value for key, value in document.items()}
    checked = {"account": "wx1", "on": on, "send": SEND, **named}
    ReplyDocument.model_validate(checked)
    return rule_of(name, checked)


def wrote(text: str) -> Heard:
    return Heard(Trigger.TEXT, text=text)


def names(rules: list[Rule], *heard: Heard, segments: frozenset[str] = frozenset(), barred: frozenset[str] = frozenset()) -> list[str]:
    return [one.name for one, _ in answers(rules, heard, segments, barred)]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ({"contains": ["裙装"]}, "裙装", True),
        ({"contains": ["裙装"]}, "有没有裙装和裤装", True),
        ({"contains": ["裙装", "连衣裙"]}, "连衣裙呢", True),
        ({"contains": ["裙装"]}, "裙 装", False),
        ({"contains": ["vip"]}, "我是ＶＩＰ吗", True),
        ({"exact": ["裙装"]}, " 裙装 ", True),
        ({"exact": ["裙装"]}, "裙装吗", False),
        ({"exact": ["VIP"]}, "vip", True),
        ({"regex": ["^[0-9]{6}$"]}, "100080", True),
        ({"regex": ["^[0-9]{6}$"]}, "邮编100080", False),
        ({"contains": ["裙装"], "exact": ["裤装"]}, "裤装", True),
        ({"contains": ["裙装"]}, "", False),
    ],
)
def test_words_are_found_whatever_their_case_and_width(words: dict[str, Any], text: str, found: bool) -> None:
    assert bool(names([rule("r", words=words)], wrote(text))) is found


@pytest.mark.parametrize(
    ("scene", "holds", "found"),
    [
        ({"eq": "618"}, "618", True),
        ({"eq": "618"}, "6180", False),
        ({"prefix": "invite_"}, "invite_7", True),
        ({"prefix": "invite_"}, "re_invite_7", False),
        ({"regex": "^shelf-[0-9]{1,3}$"}, "shelf-7", True),
        ({"regex": ".*"}, "", False),
        ({"eq": "618"}, "", False),
    ],
)
def test_a_scene_is_looked_for_in_what_the_code_holds(scene: dict[str, str], holds: str, found: bool) -> None:
    for on in (Trigger.FOLLOW, Trigger.SCAN):
        assert bool(names([rule("r", on, scene=scene)], Heard(on, scene=holds))) is found


def test_both_details_have_to_fit() -> None:
    both = [rule("r", "follow", scene={"prefix": "a"}, campaign="618")]
    assert names(both, Heard(Trigger.FOLLOW, scene="a1", campaign="618")) == ["r"]
    assert names(both, Heard(Trigger.FOLLOW, scene="a1", campaign="619")) == []
    assert names(both, Heard(Trigger.FOLLOW, scene="b1", campaign="618")) == []


def test_a_rule_answers_to_its_own_trigger_only() -> None:
    rules = [rule("tap", "click", key="618"), rule("scan", "scan", scene={"eq": "618"}), rule("text", words={"exact": ["618"]})]
    assert names(rules, Heard(Trigger.CLICK, key="618", text="618", scene="618")) == ["tap"]


DRESS: dict[str, Any] = {"words": {"contains": ["裙装"]}}
TROUSERS: dict[str, Any] = {"words": {"contains": ["裤装"]}}


@pytest.mark.parametrize(
    ("one", "two", "answer"),
    [
        ({"priority": 2}, {"priority": 1}, ["dress"]),
        ({"priority": 1}, {"priority": 2}, ["trousers"]),
        ({}, {}, ["dress"]),  # by name
        ({"several": "all", "priority": 1}, {"several": "all", "priority": 2}, ["trousers", "dress"]),
        ({"several": "all"}, {"several": "all"}, ["dress", "trousers"]),
        ({"several": "all", "priority": 2}, {"priority": 1}, ["dress"]),
        ({"several": "all", "priority": 1}, {"priority": 2}, ["trousers"]),
    ],
)
def test_of_two_words_one_answers_or_both_as_set(one: dict[str, Any], two: dict[str, Any], answer: list[str]) -> None:
    rules = [rule("dress", **DRESS, **one), rule("trousers", **TROUSERS, **two)]
    assert names(rules, wrote("裙装 裤装")) == names(rules[::-1], wrote("裤装 裙装")) == answer


def test_a_rule_that_asks_for_nothing_answers_only_when_nothing_else_fits_whatever_its_priority() -> None:
    rules = [rule("default", priority=1000), rule("dress", **DRESS, priority=-1000)]
    assert names(rules, wrote("裙装")) == ["dress"]
    assert names(rules, wrote("裤装")) == ["default"]


def test_segments_let_a_rule_answer_and_put_it_before_one_that_is_for_everybody() -> None:
    rules = [rule("all", **DRESS), rule("vip", **DRESS, in_=["vip"]), rule("new", **DRESS, not_in=["vip", "old"], priority=1)]
    assert names(rules, wrote("裙装"), segments=frozenset({"vip"})) == ["vip"]
    assert names(rules, wrote("裙装"), segments=frozenset({"old"})) == ["all"]
    assert names(rules, wrote("裙装")) == ["new"]


def test_a_rule_that_may_not_answer_now_is_as_if_it_were_not_there() -> None:
    rules = [rule("dress", **DRESS, priority=2, every="1d"), rule("again", **DRESS), rule("default")]
    assert names(rules, wrote("裙装"), barred=frozenset({"dress"})) == ["again"]
    assert names(rules, wrote("裙装"), barred=frozenset({"dress", "again"})) == ["default"]


def test_a_tapped_answer_is_a_click_first_and_a_text_if_no_rule_knows_its_key() -> None:
    rules = [rule("yes", "click", key="101"), rule("fine", words={"exact": ["好的"]}), rule("any", "click")]
    tapped = (Heard(Trigger.CLICK, key="101"), wrote("好的"))
    assert names(rules, *tapped) == ["yes"]
    assert names(rules[1:], *tapped) == ["fine"]
    assert names(rules[2:], *tapped) == []


some_words = st.lists(st.sampled_from(["裙装", "裤装", "鞋", "vip"]), min_size=1, max_size=3, unique=True)
some_rules = st.lists(
    st.tuples(
        some_words | st.none(), st.integers(-2, 2), st.sampled_from(["priority", "all"]), st.lists(st.sampled_from("ab"), unique=True)
    ),
    max_size=8,
)


def _rules(drawn: list[Any]) -> list[Rule]:
    return [_rule(f"r{number}", *parts) for number, parts in enumerate(drawn)]


def _rule(name: str, words: list[str] | None, priority: int, several: str, inside: list[str]) -> Rule:
    document: dict[str, Any] = {"priority": priority, "several": several}
    document |= {"words": {"contains": words}} if words else {}
    document |= {"in_": inside} if inside else {}
    return rule(name, **document)


@given(some_rules, st.text(alphabet="裙裤装鞋vip ，", max_size=12), st.frozensets(st.sampled_from("ab")), st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter_and_one_answer_is_exclusive(
    drawn: list[Any], text: str, segments: frozenset[str], chance: random.Random
) -> None:
    rules = _rules(drawn)
    found = names(rules, wrote(text), segments=segments)
    shuffled = list(rules)
    chance.shuffle(shuffled)
    assert names(shuffled, wrote(text), segments=segments) == found
    by_name = {one.name: one for one in rules}
    assert len(found) <= 1 or all(by_name[name].several == "all" for name in found)
    assert set(found) <= {one.name for one in possible(rules, (wrote(text),))}
    for name in found:
        assert by_name[name].inside <= segments


@given(some_rules, some_words, st.text(alphabet="abcdefgh 12，。", max_size=20), st.text(alphabet="xyz！？ ", max_size=20))
def test_other_words_do_not_matter(drawn: list[Any], words: list[str], before: str, after: str) -> None:
    rules = _rules(drawn)
    assert names(rules, wrote(" ".join(words))) == names(rules, wrote(before + " " + " ".join(words) + " " + after))
