"""A person as the nodes of a journey see one: judged freshly, by what is stored at this moment, and not before a node asks.

    view = view_of(person, now)
    view(chart).asks("nodes/pick/branch/0/where")

However many runs, versions and nodes ask, the person is read and the rules are applied once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.nodes.node import Answer, NotReady, View
from chalicelib.people.model import Person

if TYPE_CHECKING:
    from chalicelib.audiences.facts import Facts
    from chalicelib.audiences.findings import Findings
    from chalicelib.audiences.rules import Rules


def view_of(person: Person, now: int) -> Callable[[Chart], View]:
    """How the charts' nodes see a person at `now` (ms)."""
    seen = _Seen(person, now)
    return lambda chart: _Seen.through(seen, chart)


class Seen(Protocol):
    """A person at an instant (ms), as charts look through."""

    @property
    def now(self) -> int:
        """The instant."""
        ...

    @property
    def plan(self) -> int:
        """The version of the plan whose signals are complete for the person."""
        ...

    @property
    def facts(self) -> "Facts":
        """All that rules look at."""
        ...

    @property
    def findings(self) -> "Findings":
        """What the rules find."""
        ...

    def rules(self, at_least: int) -> "Rules":
        """The rules that they are judged by, not older than a version of the plan."""
        ...


class _Seen:
    """One reading of a person."""

    def __init__(self, person: Person, now: int) -> None:
        self.person = person
        self.now = now
        self._rules: Rules | None = None

    def through(self, chart: Chart) -> View:
        """As a version of a journey sees it."""
        return ThroughChart(self, chart)

    @property
    def plan(self) -> int:
        """The version of the plan whose signals are complete for the person."""
        return self.person.plan

    def rules(self, at_least: int) -> "Rules":
        """The rules in force, not older than a version of the plan. Newer ones than those judged by are judged by anew."""
        from chalicelib.audiences import planbook  # 70 ms of CPU with what it reads; many journeys ask for nothing of anybody

        if self._rules is None or self._rules.plan.version < at_least:
            self._rules = planbook.current_rules(max(at_least, self.person.plan))
            self.__dict__.pop("facts", None)
            self.__dict__.pop("findings", None)
        return self._rules

    @cached_property
    def facts(self) -> "Facts":
        """All that rules look at."""
        from chalicelib.audiences.reading import facts_of

        return facts_of(self.person, self.rules(0).plan)

    @cached_property
    def findings(self) -> "Findings":
        """What the rules find."""
        return self.rules(0).results(self.facts, self.now, self.person.plan)


@dataclass(frozen=True, slots=True)
class ThroughChart:
    """A person as one version of a journey sees it."""

    seen: Seen
    chart: Chart

    def asks(self, place: str) -> Answer:
        """The condition at a place of the journey's document. Raises NotReady while something of it is still being counted."""
        seen, rules = self.seen, self.seen.rules(self.chart.plan)
        name = f"{self.chart.name}@{self.chart.version}"
        try:
            found = rules.asked(name, place, seen.facts, seen.findings, seen.now, seen.plan)
        except LookupError as error:
            raise NotReady(f"{name}: {place}") from error
        return Answer(found.holds, {**found.found, **({"condition": found.what} if found.what else {})})

    def attribute(self, path: str) -> Any:
        """An attribute of the person, or one that rules derive; None for none."""
        self.seen.rules(self.chart.plan)
        value = _at(self.seen.facts.attributes, path)
        return _at(self.seen.findings.derived, path) if value is None else value

    def is_in(self, segment: str) -> bool:
        """Whether the rules put the person into a segment. Raises NotReady while they cannot tell yet."""
        from chalicelib.audiences.kinds import RuleKind

        rules = self.seen.rules(self.chart.plan)
        if not rules.applies(RuleKind.SEGMENTS, segment, self.seen.plan):
            raise NotReady(f"segments/{segment}")
        return segment in self.seen.findings.segments


def _at(values: Any, path: str) -> Any:
    """The value of that name, or what lies behind the dots of the path."""
    if not isinstance(values, dict):
        return None
    if path in values:
        return values[path]
    head, _, rest = path.partition(".")
    return _at(values.get(head), rest) if rest else None
