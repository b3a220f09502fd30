"""Whatever happened and whatever is asked: what is kept of people decides as the full list of their events would, and knows until when."""

from collections.abc import Iterator, Sequence
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.events.model import Event, Json
from tests.support.asking import NOW, happened, question, results_of
from tests.support.histories import CONDITIONS, HAPPENINGS, subjects
from tests.support.naive import Subject, holds, moments

AMOUNTS = (1, 2.5, -3, "7", "ten", True, None, [1])


def split(events: Sequence[Event], sides: Sequence[bool]) -> list[list[Event]]:
    """The events as they came to two people who turn out to be one; without a word on it an event came to the first."""
    told = [*sides, *[True] * len(events)]
    return [[event for event, side in zip(events, told, strict=False) if side is which] for which in (True, False)]


def lifetime(condition: Json, who: Subject) -> Iterator[tuple[int, bool, int | None]]:
    """Every instant that matters, a millisecond before and after it, with what holds at it and when that will change, latest first."""
    instants = {moment + off for moment in (NOW, *moments(condition, who), *(event.time for event in who.events)) for off in (-1, 0, 1)}
    after, change = holds(condition, who, max(instants) + 1), None
    later = max(instants) + 1
    for instant in sorted(instants, reverse=True):
        held = holds(condition, who, instant)
        if held is not after:
            after, change = held, later
        later = instant
        yield instant, held, change


@given(CONDITIONS, subjects(), st.lists(st.booleans()))
def test_what_is_kept_decides_as_the_full_history_would_and_never_learns_too_late(condition: Json, who: Subject, sides: list[bool]) -> None:
    asked, results = question(condition), results_of(who)
    facts = asked.facts(who, *split(who.events, sides))
    for now, held, change in lifetime(condition, who):
        found, until = asked.node.check(facts, results, now)
        assert found is held, now
        assert until is None or until > now
        assert change is None or (until is not None and until <= change), now


@given(HAPPENINGS, subjects())
@example({"event": "Scanned", "count": {"eq": 1}, "within": "10s"}, Subject((happened("Scanned", NOW), happened("Scanned", NOW, number=1))))
def test_of_a_single_condition_the_very_instant_of_its_next_change_is_known(condition: Json, who: Subject) -> None:
    asked, results = question(condition), results_of(who)
    facts = asked.facts(who)
    for now, held, change in lifetime(condition, who):
        assert asked.node.check(facts, results, now) == (held, change), now


@given(st.integers(95, 130), st.randoms(use_true_random=False))
def test_of_a_long_history_the_newest_events_count_even_among_those_of_one_instant(number: int, chance: Random) -> None:
    events = [happened("Paid", NOW - chance.randrange(4), number=at, amount=chance.choice(AMOUNTS)) for at in range(number)]
    asked = {"event": "Paid", "sum": "amount", "within": "10s"}
    total = question({**asked, "gt": 0}).explain(Subject(events), NOW).found["sum"]
    assert holds({**asked, "eq": total}, Subject(events), NOW)


@given(CONDITIONS, subjects())
def test_an_explanation_says_what_the_check_says(condition: Json, who: Subject) -> None:
    asked = question(condition)
    told = asked.explain(who, NOW)
    assert (told.holds, told.next) == asked.check(who, NOW)
    assert told.what == condition
