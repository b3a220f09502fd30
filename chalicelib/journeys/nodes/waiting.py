"""Nodes at which time passes: for so long, until a time of day, until a date. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event
from chalicelib.journeys.engine.instants import date_due, in_time, next_date, next_time_of_day
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.engine.scope import ENTRY_TIME, known_at
from chalicelib.journeys.nodes.node import Go, Scene, Stay, Step
from chalicelib.signals.comparing import microseconds_of

ATTRIBUTES: Final = "attributes."
MISSING: Final = "missing"  # why a date is not waited for: there is none, or nobody can read it
GONE_BY: Final = "gone_by"


@dataclass(frozen=True, slots=True)
class Wait:
    """For `length` ms."""

    length: int
    next: str
    kind: ClassVar[str] = "wait"
    waits: ClassVar[bool] = True

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, scene: Scene) -> Step:
        """Stays for the length."""
        return Stay(scene.at + self.length)

    def hear(self, _: Run, __: Event, ___: Scene) -> Step | None:
        """No event shortens it."""
        return None

    def wake(self, _: Run, __: Scene) -> Step:
        """Goes on."""
        return Go(self.next)


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Until it is `minute_of_day` in the zone next, on one of the days (0 is Monday; none: on any). Who comes at that very time waits for
    the next one.
    """

    minute_of_day: int
    days: tuple[int, ...]
    zone: str
    next: str
    kind: ClassVar[str] = "wait"
    waits: ClassVar[bool] = True

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, scene: Scene) -> Step:
        """Stays until then. Who comes by an event of long ago waits for a time that is still to come."""
        return Stay(next_time_of_day(in_time(scene.at, scene.now), self.minute_of_day, self.days, self.zone, scene.pace))

    def hear(self, _: Run, __: Event, ___: Scene) -> Step | None:
        """No event shortens it."""
        return None

    def wake(self, _: Run, __: Scene) -> Step:
        """Goes on."""
        return Go(self.next)


@dataclass(frozen=True, slots=True)
class WaitDate:
    """Until a date that the run or the person knows, `offset` ms (of the wall's clock) after it, at a time of that day if one is named.

    Without the date, or once it has gone by, the run goes on at once: to `otherwise`, if there is one. When its time has come the date is
    looked at once more: one that was put off is waited for again, one that is gone or has gone by leads to `otherwise`. `yearly`: the next
    time that it comes round.
    """

    path: str
    offset: int
    minute_of_day: int | None
    zone: str
    next: str
    otherwise: str = ""
    yearly: bool = False
    kind: ClassVar[str] = "wait"
    waits: ClassVar[bool] = True

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next, and without the date."""
        return (("next", self.next), *((("else", self.otherwise),) if self.otherwise else ()))

    def arrive(self, run: Run, scene: Scene) -> Step:
        """Stays until then, if it is still to come."""
        return self._step(run, scene, scene.at, in_time(scene.at, scene.now))

    def hear(self, _: Run, __: Event, ___: Scene) -> Step | None:
        """No event shortens it."""
        return None

    def wake(self, run: Run, scene: Scene) -> Step:
        """Goes on, unless the date is another one by now, or none."""
        return self._step(run, scene, run.due, run.due - 1)

    def _step(self, run: Run, scene: Scene, since: int, after: int) -> Step:
        """What the date as it is now leads to: gone by before `since` it is not waited for; one that comes every year counts `after`."""
        value = self._value(run, scene)
        due = self._due(value, scene, after)
        if due is None or due < since:
            why = {"date": value, "because": MISSING if due is None else GONE_BY}
            return Go(self.otherwise, "else", why) if self.otherwise else Go(self.next, why=why)
        return Stay(due, {"date": value, "until": rfc3339(due)}) if due > scene.at else Go(self.next, why={"date": value})

    def _value(self, run: Run, scene: Scene) -> Any:
        if self.path.startswith(ATTRIBUTES):
            return scene.view.attribute(self.path.removeprefix(ATTRIBUTES))
        value = known_at(run, self.path)
        at = microseconds_of(value) if self.path == ENTRY_TIME else None
        return value if at is None else rfc3339(scene.pace.told(at // 1000))  # as the clock on the wall showed it

    def _due(self, value: Any, scene: Scene, after: int) -> int | None:
        if self.yearly:
            return next_date(value, self.offset, self.minute_of_day, self.zone, yearly=True, after=after, pace=scene.pace)
        return date_due(value, self.offset, self.minute_of_day, self.zone, scene.pace)
