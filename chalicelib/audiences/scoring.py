"""Scoring: judges a person by the rules in force and writes down where they put it, if that is somewhere else than before.

The standing is read before the person and everything else, and is written only if both are still what was judged. So of two who judge at
the same time, the one who knew less reads again, and nobody enters what somebody newer has left. The rules are at least as new as those
that the person and the standing have seen.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Final

from chalicelib.audiences.facts import Reference
from chalicelib.audiences.planbook import current_rules, passed
from chalicelib.audiences.reading import facts_of
from chalicelib.audiences.transitions import moved
from chalicelib.errors import Busy
from chalicelib.identifiers import parse_key
from chalicelib.people import store
from chalicelib.people.clock import Clock
from chalicelib.people.model import Person
from chalicelib.people.reading import MAX_IDENTIFIERS
from chalicelib.people.records import PERSON, PersonRecord, person_partition
from chalicelib.people.standing import Standing

MAX_ATTEMPTS: Final = 12  # lost races before whoever asked has to ask again


def judge_person(person_id: str, now: int, initial: bool = False, image: Person | None = None) -> bool:
    """Judges a person at `now` (ms); whether its standing was written. Somebody who was merged away is judged as who they are now.

    `initial`: rules have come in that nobody was judged by before; what those find is marked as their doing, not the person's. `image` is
    the person as a stream showed it: when it moves nothing, nobody has to read it again. Raises Busy when races do not end. Does nothing
    for an unknown person, and for one that is being settled: the write that ends that is looked at by itself.
    """
    if image is not None and _next(image, store.standing(image.id), now, initial) is None:
        return False
    clock = Clock(now)
    for attempt in range(MAX_ATTEMPTS):
        target = store.roots([person_id]).get(person_id)
        if target is None:
            return False
        try:
            return _judge(target.id, clock.now() if attempt else now, initial)
        except store.Stale:
            continue
    raise Busy(f"the person {person_id} is being changed by many at once; the delivery is tried again")


def teller(keys: Iterable[str]) -> str:
    """The identifier that derived events are told of: the strongest, ties to the smallest key. Raises ValueError when there is none."""
    return min(keys, key=lambda key: (-parse_key(key).strength, key))


def _judge(person_id: str, now: int, initial: bool) -> bool:
    standing = store.standing(person_id)
    person = store.persons([person_id])[person_id]
    if person.into:
        raise store.Stale
    after = _next(person, standing, now, initial) if person.settled else None
    if after is None:
        return False
    _write(person, after)
    return True


def _next(person: Person, standing: Standing, now: int, initial: bool) -> Standing | None:
    rules = current_rules(at_least=max(person.plan, standing.plan))
    facts = facts_of(person, rules.plan)
    judgement = rules.judge(facts, now, person.plan)
    new = rules.newer_than(passed()) if initial else frozenset[Reference]()
    return moved(standing, judgement, facts.manual, now, rules.plan.version, new)


def _write(person: Person, standing: Standing) -> None:
    """Raises Stale when the standing or the person has been written since they were read."""
    if standing.outbox:
        listed = islice(store.members(person.id), MAX_IDENTIFIERS)
        standing = replace(standing, teller=teller(key for key, _ in listed))
    writing = store.Transaction()
    writing.standing(person.id, standing)
    writing.check(PersonRecord, person_partition(person.id), PERSON, PersonRecord.ver == person.version)
    writing.commit()
