"""The contact policy in force, read from the definitions and kept for a minute."""

from dataclasses import replace
from time import monotonic
from typing import Final

from chalicelib.definitions import store
from chalicelib.messages.policy.documents import KIND, rules_of
from chalicelib.messages.policy.rules import DEFAULT_RULES, ContactRules
from chalicelib.settings import settings

KEPT_SECONDS: Final = 60.0

_kept: list[tuple[float, ContactRules]] = []


def current_rules() -> ContactRules:
    """The published policy, whatever its name, or what holds while none is. At most a minute old."""
    if not _kept or monotonic() - _kept[0][0] >= KEPT_SECONDS:
        _kept[:] = [(monotonic(), _read())]
    return _kept[0][1]


def forget() -> None:
    """Read the policy anew at the next use."""
    _kept.clear()


def _read() -> ContactRules:
    name = store.owner_of(KIND, KIND)
    found = store.published(KIND, name) if name else None
    pace = settings().pace
    return rules_of(found.document, pace) if found else replace(DEFAULT_RULES, pace=pace)
