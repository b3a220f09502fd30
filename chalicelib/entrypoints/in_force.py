"""Definitions in force: what a path or a query names, among the rules."""

from collections.abc import Iterator

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.plans import Published
from chalicelib.audiences.rules import Rules
from chalicelib.errors import NotFound


def in_force(kind: RuleKind, name: str, at_least: int = 0) -> tuple[Rules, Published]:
    """The rules, and among them the definition of that name; of a plan not older than the version `at_least`. Raises NotFound.

    What is not among the rules at hand may have been published this moment, so it is looked for among the newest.
    """
    for rules in _tries(at_least):
        for one in rules.plan.definitions:
            if (one.kind, one.name) == (kind, name):
                return rules, one
    raise NotFound(f"nothing named {name} is published among the {kind}")


def lifecycle_in_force(at_least: int = 0) -> tuple[Rules, Published]:
    """The same for the life cycle, whatever its name."""
    for rules in _tries(at_least):
        for one in rules.plan.definitions:
            if one.kind == RuleKind.LIFECYCLE:
                return rules, one
    raise NotFound("no life cycle is published")


def _tries(at_least: int) -> Iterator[Rules]:
    yield planbook.current_rules(at_least)
    yield planbook.current_rules(planbook.newest().version)
