"""What rules look at: the facts of one person, and the results of the rules that were applied before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.events.model import Json
from chalicelib.signals.model import State

Reference = tuple[str, str]  # (kind of definition, name): ("segments", "vip")


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a person without any rule; times in epoch ms, 0 for never.

    `states` are the signals by number (none: nothing of the kind ever happened); `attributes` their values by name; `manual` the tags that
    people gave, with since when; `namespaces` those of all identifiers, with the account (`openid:wx0a1b`); `touches` are `first_touch`,
    `latest_touch` and `arrival`, those that there are, as the API shows them.
    """

    states: Mapping[int, State] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    manual: Mapping[str, int] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    first_seen: int = 0
    last_seen: int = 0
    touches: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Results:
    """What the rules judged so far have found of a person at one instant; a rule sees those that it names, for they are judged before it.

    `tags` holds the value of each tag that a rule gave ("" for a plain one), `bands` the band of each score that has bands, `derived` the
    derived attributes that have a value. `changes` tells, where known, at which later instant (ms) a result may change without a new event.
    """

    scores: dict[str, int | float] = field(default_factory=dict)
    bands: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)
    stage: str = ""
    segments: set[str] = field(default_factory=set)
    changes: dict[Reference, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a condition holds or not.

    `what` is the condition as its document has it; `found` the numbers that decided, ready to be shown (times as RFC 3339); `next` the
    earliest instant (ms) at which the result may change without a new event, None if it never will; `parts` explain its inner conditions.
    """

    holds: bool
    what: Json
    found: Json = field(default_factory=dict)
    next: int | None = None
    parts: tuple["Explanation", ...] = ()
