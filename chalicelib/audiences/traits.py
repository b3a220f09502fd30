"""What a person is rather than did: attributes, tags, scores, segments, stage, when they were seen, how they can be reached. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.audiences.combining import Outcome
from chalicelib.audiences.conditions import By
from chalicelib.audiences.facts import Explanation, Facts, Results
from chalicelib.audiences.kinds import RuleKind
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.signals.comparing import Operator, compare
from chalicelib.signals.model import NOTHING
from chalicelib.signals.paths import within

Comparisons = tuple[tuple[Operator, Any], ...]  # (operator, operand), all of which must hold

TOUCHES: Final = ("$first_touch", "$latest_touch", "$arrival")  # names of attributes that stand for how a person came


@dataclass(frozen=True, slots=True, eq=False)
class HasAttribute:
    """An attribute of the person or, where there is none of the name, a derived one; `$first_touch.campaign.source` looks into touches."""

    what: Json
    name: str
    tests: Comparisons

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Only derived attributes change by themselves."""
        value, derived = self._value(facts, results)
        holds = stands(value, self.tests)
        return holds, results.changes.get((RuleKind.DERIVED, self.name)) if derived else None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the value; null where there is none."""
        holds, at = self.check(facts, results, now)
        return Explanation(holds, self.what, {"value": self._value(facts, results)[0]}, at)

    def _value(self, facts: Facts, results: Results) -> tuple[Any, bool]:
        """The value or None, and whether a rule's result decides on it."""
        if self.name.startswith(TOUCHES) and self.name.partition(".")[0] in TOUCHES:
            return within(facts.touches, self.name[1:]), False
        own = within(facts.attributes, self.name)
        return (own, False) if own is not None else (results.derived.get(self.name), True)


@dataclass(frozen=True, slots=True, eq=False)
class HasTag:
    """A tag, given by whoever `by` names (None: either), with the value `value` if one is asked for; tags that people give have none."""

    what: Json
    name: str
    value: str | None = None
    by: By | None = None

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """A manual tag stays until somebody takes it away."""
        if self.by is not By.RULE and self.value is None and self.name in facts.manual:
            return True, None
        if self.by is By.MANUAL:
            return False, None
        value = results.tags.get(self.name)
        holds = value is not None if self.value is None else value == self.value
        return holds, results.changes.get((RuleKind.TAGS, self.name))

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With who gave the tag, its value, and since when a person's word has stood."""
        holds, at = self.check(facts, results, now)
        found: Json = {"by": [By.RULE.value] if self.name in results.tags else []}
        if results.tags.get(self.name):
            found["value"] = results.tags[self.name]
        if self.name in facts.manual:
            found["by"].append(By.MANUAL.value)
            found["since"] = rfc3339(facts.manual[self.name])
        return Explanation(holds, self.what, found, at)


@dataclass(frozen=True, slots=True, eq=False)
class HasScore:
    """The value of a score, or the band that it is in."""

    what: Json
    name: str
    tests: Comparisons = ()
    band: str | None = None

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Changes at most when the score does."""
        value = results.scores.get(self.name)
        holds = results.bands.get(self.name) == self.band if self.band is not None else stands(value, self.tests)
        return holds, results.changes.get((RuleKind.SCORES, self.name))

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the value and the band."""
        holds, at = self.check(facts, results, now)
        return Explanation(holds, self.what, {"value": results.scores.get(self.name), "band": results.bands.get(self.name)}, at)


@dataclass(frozen=True, slots=True, eq=False)
class InSegment:
    """Membership of another segment."""

    what: Json
    name: str

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Changes when the other segment does."""
        return self.name in results.segments, results.changes.get((RuleKind.SEGMENTS, self.name))

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """The segment's own explanation tells why."""
        holds, at = self.check(facts, results, now)
        return Explanation(holds, self.what, {"member": holds}, at)


@dataclass(frozen=True, slots=True, eq=False)
class InStage:
    """The stage of the life cycle."""

    what: Json
    stage: str

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """There is one life cycle, so its changes need no name."""
        return results.stage == self.stage, results.changes.get((RuleKind.LIFECYCLE, ""))

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the stage that the person is in."""
        holds, at = self.check(facts, results, now)
        return Explanation(holds, self.what, {"stage": results.stage}, at)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Whether the person was first or last active within the last `length` ms, or before them. Who was never seen was neither."""

    what: Json
    first: bool
    before: bool
    length: int

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """At exactly the length of time it is `before` and no longer `within`."""
        seen = facts.first_seen if self.first else facts.last_seen
        if not seen:
            return False, None
        recently = seen > now - self.length
        return recently is not self.before, seen + self.length if recently else None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the time."""
        holds, at = self.check(facts, results, now)
        seen = facts.first_seen if self.first else facts.last_seen
        return Explanation(holds, self.what, {"first_seen" if self.first else "last_seen": rfc3339(seen) if seen else None}, at)


@dataclass(frozen=True, slots=True, eq=False)
class HasIdentifier:
    """Whether there is an identifier of a namespace, with its account or of any."""

    what: Json
    namespace: str
    exists: bool

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Identifiers come and go with events."""
        return is_named(facts.namespaces, self.namespace) is self.exists, None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the namespaces that are meant and there."""
        found = named(facts.namespaces, self.namespace)
        return Explanation(self.check(facts, results, now)[0], self.what, {"namespaces": found})


@dataclass(frozen=True, slots=True, eq=False)
class CanReach:
    """Whether there is an identifier of the namespace `base`, or an attribute that does as well.

    `follows` and `leaves` are the signals of a fan's following and unfollowing an account, None where a channel needs no fan.
    """

    what: Json
    base: str
    attribute: str = ""
    follows: int | None = None
    leaves: int | None = None

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Nobody becomes or ceases to be reachable without an event."""
        return self._addressed(facts) and not self._left(facts.states), None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the identifiers that serve, and when the fan followed and left."""
        found: Json = {"namespaces": named(facts.namespaces, self.base)}
        if self.attribute:
            found[self.attribute] = bool(facts.attributes.get(self.attribute))
        for label, signal in (("subscribed", self.follows), ("unsubscribed", self.leaves)):
            last = 0 if signal is None else facts.states.get(signal, NOTHING).last
            if last:
                found[label] = rfc3339(last)
        return Explanation(self.check(facts, results, now)[0], self.what, found)

    def _addressed(self, facts: Facts) -> bool:
        has_identifier = is_named(facts.namespaces, self.base)
        return has_identifier or bool(self.attribute and facts.attributes.get(self.attribute))

    def _left(self, states: Mapping[int, Any]) -> bool:
        if self.follows is None or self.leaves is None:
            return False
        return bool(states.get(self.leaves, NOTHING).last > states.get(self.follows, NOTHING).last)


def stands(value: Any, tests: Comparisons) -> bool:
    """Whether a value is as every test asks."""
    for operator, operand in tests:  # noqa: SIM110 - a generator would take twice as long, and this is asked of everybody
        if not compare(operator, value, operand):
            return False
    return True


def is_named(namespaces: frozenset[str], name: str) -> bool:
    """Whether a namespace is there, with its account or, where the name has none, of any account."""
    return name in namespaces or any(one.startswith(f"{name}:") for one in namespaces)


def named(namespaces: frozenset[str], name: str) -> list[str]:
    """The namespaces that a name means."""
    return sorted(one for one in namespaces if one == name or one.startswith(f"{name}:"))
