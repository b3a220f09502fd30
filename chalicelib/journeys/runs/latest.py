"""Runs as they are now, wherever they lie by now: what has become of them since they were written.

found = latest.find([(enrolment, run_id)])[0]
found.has_come_to("offer", 3)       # no: an earlier step of it failed, and the run stands at that one again
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.journeys.engine.enrolling import RECALLED
from chalicelib.journeys.engine.model import Enrolment, Run, RunState, Why
from chalicelib.journeys.runs import store
from chalicelib.journeys.runs.parts import read
from chalicelib.people import store as people
from chalicelib.people.model import Person

_ENDED_FROM_OUTSIDE = (Why.EXITED, Why.STOPPED)


@dataclass(frozen=True, slots=True)
class Latest:
    """A run as it is now, and the enrolment that it lies in."""

    enrolment: Enrolment
    run: Run

    def has_come_to(self, node: str, visit: int) -> bool:
        """Whether it made that visit. A run that was put back to a step that failed has not made those after it."""
        visits = self.run.visits
        return visit < len(visits) and visits[visit].node == node

    def has_ended(self, at: int) -> bool:
        """Whether it came to its end at that instant (ms), and was not put back since."""
        return self.run.ended_at == at

    def wants(self, message: str = "") -> bool:
        """Whether what it asks for may still go: not what an exit or an operator has called back, nor a message ("" for what is none) that
        the run that goes on in its place does not take for its own.
        """
        run = self._carried_on()
        if run is not self.run and message and all(one.message != message for one in run.sent):
            return False
        return not _calls_back(run)

    def _carried_on(self) -> Run:
        """The run that goes on in its place, since two people are one; the run itself where there is none."""
        run = self.run
        while (kept := self.enrolment.run(run.merged_into)) is not None:
            run = kept
        return run


def find(asked: Sequence[tuple[Enrolment, str]]) -> list[Latest | None]:
    """The runs of those ids, that were in those enrolments; None for one that nobody knows of any more. Strongly consistent."""
    found = store.find_many((one.person, one.journey) for one, _ in asked)
    return [_latest(one, run, found.get((one.person, one.journey))) for one, run in asked]


def _latest(before: Enrolment, run_id: str, now: Enrolment | None) -> Latest | None:
    if now is not None and (run := now.run(run_id)) is not None:
        return Latest(now, run)
    known = before.run(run_id)
    return elsewhere(before.person, before.journey, known) if known is not None else None


def elsewhere(person: str, journey: str, run: Run) -> Latest | None:
    """A run wherever it lies: with the person that `person` is now, a part of it, or whose the identifier is that entered."""
    for one in _candidates(person, run):
        mine, parts = read(one, journey)
        for enrolment in (mine, *parts):
            if (known := enrolment.run(run.id)) is not None:
                return Latest(enrolment, known)
    return None


def _candidates(person: str, run: Run) -> Iterator[Person]:
    root = people.roots([person]).get(person)
    if root is not None:
        yield root
    for node in people.nodes([run.by]).values():
        owner = people.roots([str(node.person)]).get(str(node.person))
        if owner is not None and (root is None or owner.id != root.id):
            yield owner


def _calls_back(run: Run) -> bool:
    if run.state is not RunState.ENDED:
        return False
    return run.reason in _ENDED_FROM_OUTSIDE or any(RECALLED in one.why for one in run.visits[-1:] if one.why)
