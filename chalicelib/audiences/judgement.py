"""A judgement: what all rules make of one person at one instant. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.audiences.facts import Reference


@dataclass(frozen=True, slots=True)
class Fact:
    """A derived attribute: its value (a number or a text) and when the hit that decided it happened (ms, 0 for never)."""

    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Scale:
    """The steps of a definition from low to high: the bands of a score, the values of a tag. `start` is the step of nothing at all."""

    steps: Mapping[str, int]
    start: str = ""

    def direction(self, before: str, after: str) -> str | None:
        """`up` or `down`; None when one of the two is no step (any more), or they are the same."""
        one, two = self.steps.get(before), self.steps.get(after)
        if one is None or two is None or one == two:
            return None
        return "up" if two > one else "down"


@dataclass(frozen=True, slots=True)
class Outline:
    """What is defined: all definitions in force, the scales of scores with bands and of tags with values, the name of the life cycle."""

    defined: frozenset[Reference] = frozenset()
    scales: Mapping[Reference, Scale] = field(default_factory=dict)
    lifecycle: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where a person stands: values of scores, bands of those that have them, values of rule tags ("" for a plain one), stage, segments.

    `derived` holds the derived attributes that have a value. `next` is the earliest instant (ms) at which a band, tag, stage or segment
    may change without a new event. `pending` names definitions that do not apply to the person yet, because signals of theirs are still
    being counted: what stands for them keeps standing.
    """

    scores: Mapping[str, int | float] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    stage: str = ""
    segments: frozenset[str] = frozenset()
    derived: Mapping[str, Fact] = field(default_factory=dict)
    next: int | None = None
    pending: frozenset[Reference] = frozenset()
    outline: Outline = field(default_factory=Outline)
