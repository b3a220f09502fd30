"""The HTTP entrypoints over a store that is a list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.access import store
from chalicelib.access.model import Caller, Scope
from chalicelib.entrypoints import native, segment, sensors
from chalicelib.events.accept import accept
from chalicelib.events.keep import Outcome
from chalicelib.events.model import Event, IdentifierPolicy, ItemChange, Record, Refusal, Source
from chalicelib.identity.rules import DEFAULT_RULES

SHOP = Source("shop")
PARTNER = Source("partner", third_party=True)
WRITE_KEYS = {"write-shop": SHOP, "write-partner": PARTNER}
PROJECTS = {"production": SHOP, "partner-project": PARTNER}


@dataclass
class Kept:
    """What the entrypoints have kept, each with its source's name."""

    events: list[tuple[str, Event]] = field(default_factory=list)
    items: list[tuple[str, ItemChange]] = field(default_factory=list)
    refusals: list[tuple[str, Refusal]] = field(default_factory=list)
    failure: Exception | None = None

    def keep(self, records: Sequence[Record], source: Source, policy: IdentifierPolicy, received_at: int, **_: Any) -> Outcome:
        """Stands in for the real store."""
        if self.failure:
            raise self.failure
        accepted = accept(records, source, policy, received_at)
        self.events += [(source.name, pending.event) for pending in accepted.events]
        self.items += [(source.name, item) for item in accepted.items]
        self.refusals += [(source.name, refusal) for refusal in accepted.refusals]
        return Outcome(len(accepted.events) + len(accepted.items), accepted.refusals)

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return [event.name for _, event in self.events]

    @property
    def codes(self) -> list[str]:
        """The codes of the refusals."""
        return [refusal.code for _, refusal in self.refusals]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """The store behind the entrypoints, with two sources, their keys and projects."""
    found = Kept()
    api_key = Caller("k-api", None, frozenset({Scope.READ, Scope.WRITE}))
    callers = {key: Caller(f"k-{key}", source, frozenset({Scope.INGEST})) for key, source in WRITE_KEYS.items()} | {"api-key": api_key}
    monkeypatch.setattr(store, "find", callers.get)
    monkeypatch.setattr(store, "source_of_project", PROJECTS.get)
    for module in (native, segment, sensors):
        monkeypatch.setattr(module, "keep", found.keep)
        monkeypatch.setattr(module, "current_rules", lambda: DEFAULT_RULES)
    return found
