"""What walks do with the people whom they meet. Each of it may be done twice with the same person.

met = meet(walk, part, people, now)        # Met({"entered": 97, "not_in_segment": 3})
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from chalicelib.audiences import planbook
from chalicelib.broadcasts.ranking import TOO_MANY, TooManyValues, merged, unpacked
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.errors import Busy
from chalicelib.journeys.engine.engine import Refused
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.walks import calendar_entries, changing, date_entries, ranks
from chalicelib.journeys.walks.walks import Over, Part, Walk, What
from chalicelib.people.absorb import POISON
from chalicelib.telemetry import count_refusals

FUNCTION: Final = "journey_work"
POISON_CODE: Final = "journey_walk_poison"
FAILED: Final = "failed"  # nothing can be done with the person; it lies in the dead letters
GONE: Final = "version_gone"  # that the walk was about
_BUSY: Final = "busy"  # others change the same person
WORKERS: Final = 8  # people side by side: each is some ten calls of DynamoDB, and hardly any work of its own
PASS_SECONDS: Final = 20  # until it is looked again whether everybody has been judged by the rules in force
PASS_MS: Final = 3_600_000  # for how long that is waited for
PAUSED_SECONDS: Final = 60  # until it is looked again whether a journey goes on
PAUSED_MS: Final = 86_400_000  # for how long that is waited for: who comes later than a day does not enter


@dataclass(frozen=True, slots=True)
class Met:
    """What became of the people of a page. `histogram` is what was counted up to it, `reason` why the part ends here."""

    counts: Mapping[str, int]
    histogram: bytes = b""
    reason: str = ""


def seconds_to_wait(walk: Walk, part: Part, now: int) -> int:
    """For how long a part cannot go on; 0 where it can. A list is begun when it is complete, with everybody judged by the rules in force,
    and a journey that is paused lets nobody in until it is resumed, not even those whose date fell into the pause before.
    """
    if walk.over is not Over.SEGMENT and date_entries.SINCE not in walk.arguments:
        return 0
    if walk.over is Over.SEGMENT and not part.pages and now - walk.begun_at < PASS_MS:
        stored = planbook.stored()
        if stored.passed < stored.plan.version:
            return PASS_SECONDS
    paused = book.current().state(walk.journey) is JourneyState.PAUSED
    return PAUSED_SECONDS if paused and now - walk.begun_at < PAUSED_MS else 0


def were_turned_away(before: Part, after: Part) -> bool:
    """Whether somebody on the page between did not enter because the journey lets nobody in."""
    return after.counts.get(Refused.NOT_RUNNING, 0) > before.counts.get(Refused.NOT_RUNNING, 0)


def meet(walk: Walk, part: Part, people: Sequence[str], now: int) -> Met:
    """Does what a walk is for with some people."""
    match walk.what:
        case What.COUNT:
            return _counted(walk, part, people, now)
        case What.ENTER:
            candidates = calendar_entries.candidates(part, people)
            return Met(_each(walk, candidates, calendar_entries.enter(walk, candidates, now)))
        case What.DATES:
            return Met(_each(walk, people, date_entries.arming(walk, now)))
        case _:
            counts = _each(walk, changing.concerned(walk, people), changing.changer(walk, now))
            return Met(Counter({word: count for word, count in counts.items() if not (part.is_second and word == changing.LEFT)}))


def concluded(walk: Walk, parts: Sequence[Part], now: int) -> tuple[str, Walk | None]:
    """Once everybody was met: why the walk came to nothing ("" where it did not), and the walk that follows from it."""
    reason = next((part.reason for part in parts if part.reason), "")
    if walk.what is not What.COUNT or reason:
        if reason:
            count_refusals([reason])
        return reason, None
    try:
        histogram = merged([unpacked(part.histogram) for part in parts])
    except TooManyValues:
        count_refusals([TOO_MANY])
        return TOO_MANY, None
    ranks.keep(walk.journey, walk.at, histogram)
    return "", calendar_entries.after_counting(walk, now)


def _counted(walk: Walk, part: Part, people: Sequence[str], now: int) -> Met:
    chart = book.current().chart(walk.journey, walk.version)
    if chart is None or chart.door.rank is None:
        return Met({}, reason=GONE)
    persons = calendar_entries.themselves(people)
    try:
        histogram = merged([unpacked(part.histogram), ranks.counted(persons, chart.door.rank, now)])
    except TooManyValues:
        return Met({}, part.histogram, TOO_MANY)
    return Met({"counted": len(persons)}, histogram.packed())


def _each(walk: Walk, people: Sequence[str], deed: Callable[[str], str]) -> Counter[str]:
    """What became of each, by one word. Whatever is wrong with one of them is none of the others' trouble; what is the platform's is
    raised, and the page comes again.
    """

    def tried(person: str) -> str:
        try:
            return deed(person)
        except Busy:
            return _BUSY
        except POISON as error:
            bury([DeadLetter(FUNCTION, person, f"{walk.journey} {walk.id}", f"{type(error).__name__}: {error}")])
            count_refusals([POISON_CODE])
            return FAILED

    if not people:
        return Counter()
    with ThreadPoolExecutor(min(WORKERS, len(people))) as pool:
        words = dict(zip(people, pool.map(tried, people), strict=True))
    again = [deed(person) for person, word in words.items() if word == _BUSY]  # by themselves; who still is busy has the page come again
    return Counter(word for word in (*words.values(), *again) if word not in ("", _BUSY))
