"""Which rules answer. Pure, and the same whatever order they were written in.

1. A rule that asks for something (a word, a key, a scene) and finds it goes before rules of the same trigger that ask for nothing: those
   are the answers when nothing else fits.
2. Among these the higher priority comes first; then rules that ask for segments; then the name decides.
3. The first one answers alone, unless it says `several: all`: then all that say so answer, in this order.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from chalicelib.replies.rules import Heard, Rule
from chalicelib.replies.triggers import Several
from chalicelib.signals.patterns import searches

NOBODY: Final[frozenset[str]] = frozenset()


def answers(
    rules: Iterable[Rule], heard: Sequence[Heard], segments: Collection[str] = NOBODY, barred: Collection[str] = NOBODY
) -> tuple[tuple[Rule, Heard], ...]:
    """The rules that answer, in order, each with what it answers to. `barred` names rules that may not answer now."""
    fitting = [rule for rule in rules if rule.name not in barred and _is_for(rule, segments)]
    for one in heard:
        if found := _chosen([rule for rule in fitting if rule.details and rule.trigger is one.trigger and matches(rule, one)]):
            return tuple((rule, one) for rule in found)
    last = heard[-1:]
    return tuple(
        (rule, one) for one in last for rule in _chosen([rule for rule in fitting if not rule.details and rule.trigger is one.trigger])
    )


def possible(rules: Iterable[Rule], heard: Sequence[Heard]) -> tuple[Rule, ...]:
    """The rules that may answer, whoever the person is."""
    return tuple(rule for rule in rules if any(rule.trigger is one.trigger and matches(rule, one) for one in heard))


def matches(rule: Rule, heard: Heard) -> bool:
    """Whether what happened is all that the rule asks for."""
    return all(_TESTS[detail](asked, heard) for detail, asked in rule.details.items())


def plain(text: str) -> str:
    """A text without what does not matter: case, width, spaces around it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _is_for(rule: Rule, segments: Collection[str]) -> bool:
    return rule.inside.issubset(segments) and rule.outside.isdisjoint(segments)


def _chosen(rules: Iterable[Rule]) -> list[Rule]:
    ordered = sorted(rules, key=lambda rule: (-rule.priority, not rule.conditional, rule.name))
    if ordered and ordered[0].several is Several.ALL:
        return [rule for rule in ordered if rule.several is Several.ALL]
    return ordered[:1]


def _has_words(asked: Mapping[str, Any], heard: Heard) -> bool:
    text = plain(heard.text)
    return (
        any(plain(word) in text for word in asked.get("contains", ()))
        or any(plain(word) == text for word in asked.get("exact", ()))
        or any(searches(pattern, heard.text) for pattern in asked.get("regex", ()))
    )


def _has_scene(asked: Mapping[str, str], heard: Heard) -> bool:
    if not heard.scene:
        return False
    if "eq" in asked:
        return heard.scene == asked["eq"]
    return heard.scene.startswith(asked["prefix"]) if "prefix" in asked else searches(asked["regex"], heard.scene)


_TESTS: Final[Mapping[str, Callable[[Any, Heard], bool]]] = {
    "words": _has_words,
    "key": lambda asked, heard: heard.key == asked,
    "scene": _has_scene,
    "campaign": lambda asked, heard: heard.campaign == asked,
    "segment": lambda asked, heard: heard.segment == asked,
}
