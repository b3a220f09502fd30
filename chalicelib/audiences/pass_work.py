"""Carrying on one segment of a pass: read on from its cursor, bring up and judge everybody, hand on when a minute is over.

A lambda may die between any two lines, a message may come twice, two lambdas may have the same segment. Therefore:
- Bringing up and judging somebody twice is doing it once, so a page may be looked at again.
- The cursor and the counts change in one conditional write; only who took the segment last can make it.
- The lease is given up before the message for the next worker is sent. Should that be lost, whoever reads the plan next sends another.
- A message that finds another's worker at the segment is done with: that worker's own message comes again if it dies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from chalicelib.audiences import pass_records, passes
from chalicelib.audiences.pass_progress import SEGMENTS, Place, Segment, Tally
from chalicelib.audiences.pass_records import LOST_MS, LeaseLost, Taken
from chalicelib.audiences.passes import Part, Straggler
from chalicelib.audiences.planbook import current_plan
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.scoring import judge_person
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.errors import Busy
from chalicelib.identity.published import current_rules, current_version
from chalicelib.people.absorb import POISON
from chalicelib.people.records import PERSON, PersonRecord
from chalicelib.people.recount import bring_up
from chalicelib.people.rulebook import Rulebook

FUNCTION: Final = "pass_people"
WORK_MS: Final = 60_000  # of one worker
WORK_PEOPLE: Final = 500
PAGE_ITEMS: Final = 200  # of one read, a fifth to a tenth of them people
MAX_TRIES: Final = 8  # of somebody whom others hold: in three quarters of an hour


class End(StrEnum):
    """How a worker ended. After all of them the message is done with."""

    DONE = "done"  # the segment is finished
    HANDED_ON = "handed_on"
    LEFT = "left"  # another worker has it, or it was finished before
    SUPERSEDED = "superseded"  # a newer plan's pass covers everybody


@dataclass(frozen=True, slots=True)
class _Page:
    """People in the order of the table, each with its place; where to read on (None: the end), and how many items were read."""

    people: tuple[tuple[Place, str], ...]
    last: Place | None
    items: int


@dataclass(slots=True)
class _Worker:
    """One invocation at one segment. `now` tells the time (epoch ms), `until` is when it stops; `tally` is what it has done itself."""

    plan: Plan
    now: Callable[[], int]
    until: int
    tally: Tally = field(default_factory=Tally)

    @property
    def is_tired(self) -> bool:
        """Whether it is another worker's turn."""
        return self.now() >= self.until or self.tally.seen >= WORK_PEOPLE

    def look_at(self, page: _Page) -> Place | None:
        """Meets the people of a page. Where it got tired, None when it came to the end of the page."""
        for number, (place, person) in enumerate(page.people, 1):
            self.tally += self._met(person)
            if self.is_tired and number < len(page.people):
                self.tally += Tally(items=page.items * number // len(page.people))
                return place
        self.tally += Tally(items=page.items)
        return None

    def _met(self, person: str) -> Tally:
        """Whoever is held by others comes later; whoever cannot be done is put aside."""
        try:
            return _done(person, self.plan, self.now())
        except Busy:
            passes.try_again(Straggler(person, self.plan.version))
            return Tally(seen=1)


def work(part: Part, message: str, now: Callable[[], int]) -> tuple[End, Tally]:
    """Carries on a segment for a message; how that ended, and what was done. Faults of the platform are raised: the message comes again."""
    plan = current_plan(at_least=part.plan)
    if plan.version != part.plan:
        return End.SUPERSEDED, Tally()
    began = now()
    segment = _taken(part, message, began)
    if isinstance(segment, Taken):
        if segment is Taken.OVER:
            passes.end(part.plan)  # whoever finished the last segment may have died before saying so
        return End.LEFT, Tally()
    worker = _Worker(plan, now, began + WORK_MS)
    try:
        return _carried_on(segment, worker), worker.tally
    except LeaseLost:
        return End.LEFT, worker.tally


def _taken(part: Part, message: str, now: int) -> Segment | Taken:
    segment = pass_records.take(part.plan, part.segment, message, now)
    if segment is not Taken.UNKNOWN:
        return segment
    pass_records.begin(part.plan, now, now + LOST_MS)  # whoever sent the message died before
    return pass_records.take(part.plan, part.segment, message, now)


def treated(person: str, plan: Plan, now: int) -> bool:
    """Brings a person up to a plan and judges it; whether its events were counted anew. Raises Busy.

    To that plan and none newer: nobody may be ahead of what lambdas have in memory before the newer plan's pass begins.
    """
    recounted = bring_up(person, Rulebook(current_rules(), current_version(), plan.signals), now)
    judge_person(person, now, initial=True)
    return recounted


def fetch(straggler: Straggler, now: int) -> Tally:
    """Brings up one person that a pass could not, or has gone by; tries again later, up to MAX_TRIES times, while others hold it.

    Whoever came too late for an older plan's pass is found by that of the newer one. A straggler of no plan is brought up to any.
    """
    plan = current_plan(at_least=straggler.plan)
    if straggler.plan not in (0, plan.version):
        return Tally()
    try:
        return _done(straggler.person, plan, now)
    except Busy as held:
        if straggler.tries >= MAX_TRIES:
            put_aside(straggler.person, held.detail)
            return Tally(seen=1, failed=1)
        passes.try_again(straggler)
        return Tally()


def put_aside(person: str, reason: str) -> None:
    """A person that cannot be brought up goes to the dead letters: the others are not to wait for it."""
    bury([DeadLetter(FUNCTION, person, PERSON, reason)])


def _done(person: str, plan: Plan, now: int) -> Tally:
    """Raises Busy while others hold the person."""
    try:
        return Tally(seen=1, recounted=int(treated(person, plan, now)))
    except POISON as error:
        put_aside(person, f"{type(error).__name__}: {error}")
        return Tally(seen=1, failed=1)


def _carried_on(segment: Segment, worker: _Worker) -> End:
    before = segment.tally
    if not segment.expected:
        segment = pass_records.expect(segment, PersonRecord.describe_table()["ItemCount"] // SEGMENTS)
    for page in _pages(segment):
        place = worker.look_at(page) or page.last
        if place is None:
            break
        segment = pass_records.save(segment, place, before + worker.tally, worker.now())
        if worker.is_tired:
            pass_records.release(segment, worker.now())
            passes.send([Part(segment.plan, segment.number)])
            return End.HANDED_ON
    pass_records.finish(segment, before + worker.tally, worker.now())
    passes.end(segment.plan)
    return End.DONE


def _pages(segment: Segment) -> Iterator[_Page]:
    """The segment from its cursor on. Eventually consistent, at half the price: what is newer than the pass needs no visit."""
    start = {"pk": {"S": segment.cursor[0]}, "sk": {"S": segment.cursor[1]}} if segment.cursor else None
    found = PersonRecord.scan(
        (PersonRecord.sk == PERSON) & PersonRecord.into.does_not_exist(),
        segment=segment.number,
        total_segments=SEGMENTS,
        last_evaluated_key=start,
        page_size=PAGE_ITEMS,
        attributes_to_get=["pk", "sk"],
    )
    for page in found.page_iter:
        people = tuple((_place(item), item["pk"]["S"][2:]) for item in page["Items"])
        last = page.get("LastEvaluatedKey")
        yield _Page(people, _place(last) if last else None, page["ScannedCount"])


def _place(item: dict[str, Any]) -> Place:
    return item["pk"]["S"], item["sk"]["S"]
