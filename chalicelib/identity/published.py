"""The identity rules in force, read from the definitions and kept for a minute."""

from time import monotonic
from typing import Final

from chalicelib.definitions import store
from chalicelib.definitions.kinds import register
from chalicelib.identity.rules import DEFAULT_NAME, DEFAULT_RULES, KIND, IdentityRules

KEPT_SECONDS: Final = 60.0

register(KIND, IdentityRules)
_kept: list[tuple[float, int, IdentityRules]] = []


def current_rules() -> IdentityRules:
    """The published `identity-rules/default`, or the built-in ones while nothing is published. At most a minute old."""
    return _current()[1]


def current_version() -> int:
    """The version of the rules in force; 0 is the built-in ones."""
    return _current()[0]


def forget() -> None:
    """Read the rules anew at the next use."""
    _kept.clear()


def _current() -> tuple[int, IdentityRules]:
    if _kept and monotonic() - _kept[0][0] < KEPT_SECONDS:
        return _kept[0][1], _kept[0][2]
    found = store.published(KIND, DEFAULT_NAME)
    version, rules = (found.version, IdentityRules.model_validate(found.document)) if found else (0, DEFAULT_RULES)
    _kept[:] = [(monotonic(), version, rules)]
    return version, rules
