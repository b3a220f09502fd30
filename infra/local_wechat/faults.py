"""Faults on demand: which calls they hit, when, and what goes wrong. Deciding only; the server carries the effects out.

`POST /_sim/faults {"match": {"path": "/cgi-bin/message/custom/send"}, "when": {"nth": 3}, "effect": {"errcode": 42001}}`
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Effect(StrEnum):
    """What goes wrong. Those that end in `_after` do so when the call has had its effect: the answer is lost, not the message."""

    ERRCODE = "errcode"
    HTTP = "http"
    TIMEOUT = "timeout"
    TIMEOUT_AFTER = "timeout_after"
    SLOW = "slow"
    RESET = "reset"
    RESET_AFTER = "reset_after"
    TRUNCATE = "truncate"
    HTML = "html"
    TEXT_PLAIN = "text_plain"
    BAD_UTF8 = "bad_utf8"
    EXTRA_FIELDS = "extra_fields"
    MISSING_ERRCODE = "missing_errcode"


MATCHES: Final = frozenset({"appid", "path", "openid", "template_id", "auth"})
WHENS: Final = frozenset({"nth", "every", "probability", "count", "until", "above_per_second"})
_SECOND_MS: Final = 1000
BEFORE: Final = frozenset({Effect.HTTP, Effect.HTML, Effect.TIMEOUT, Effect.RESET})
"""Instead of the call, which has no effect at all."""


@dataclass(slots=True)
class Fault:
    """`seen` and `hit` count calls, `recent` holds the times of the last second's.

    `match` has appid, path (its end), openid, template_id, auth (`token` is every call but those for tokens and of persons).
    `when` has nth, every, probability, count, until (epoch ms of the world), above_per_second.
    """

    effect: Effect
    value: Any = None
    match: dict[str, str] = field(default_factory=dict)
    when: dict[str, float] = field(default_factory=dict)
    seen: int = 0
    hit: int = 0
    recent: list[int] = field(default_factory=list)

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether the call is one of those. A path matches by its end, everything else as a whole."""
        path = str(facts.get("path", ""))
        return all(path.endswith(value) if name == "path" else facts.get(name) == value for name, value in self.match.items())

    def strikes(self, now: int, chance: float) -> bool:
        """Counts a call that matches and tells whether it is hit. `chance` is a fraction for `probability`."""
        self.seen += 1
        self.recent = [*(at for at in self.recent if at > now - _SECOND_MS), now]
        when = self.when
        hit = (
            self.seen == when.get("nth", self.seen)
            and self.seen % int(when.get("every", 1)) == 0
            and chance < when.get("probability", 1.0)
            and self.hit < when.get("count", self.hit + 1)
            and now < when.get("until", now + 1)
            and len(self.recent) > when.get("above_per_second", 0)
        )
        self.hit += hit
        return hit


def striking(faults: Iterable[Fault], facts: Mapping[str, Any], now: int, fraction: Callable[[], float]) -> Fault | None:
    """The first fault that hits a call; all that match have counted it."""
    hits = [fault for fault in faults if fault.matches(facts) and fault.strikes(now, fraction() if "probability" in fault.when else 0.0)]
    return hits[0] if hits else None
