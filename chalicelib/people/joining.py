"""What else persons bring along when they become one, or several: attributes, signals, and where rules have put them.

Everything goes into the transaction that makes them one. Nothing is read or written for what nobody has.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.people import store
from chalicelib.people.model import Person
from chalicelib.people.standing import Standing
from chalicelib.signals.model import Journal, Ledger
from chalicelib.signals.plan import SignalPlan

PAST_START: Final = 1  # a journal that begins after its first entry says that there is a ledger; counts of entries never go back


def join(result: Person, survivor: Person, absorbed: Sequence[Person], signals: SignalPlan, writing: store.Transaction) -> Person:
    """The survivor with what the absorbed persons bring along. `result` is the survivor as it will be otherwise."""
    if not absorbed:
        return result
    joined = join_signals(result, survivor, absorbed, signals, writing)
    join_standings(survivor.id, absorbed, writing)
    return replace(joined, attributes_version=join_profiles(survivor, absorbed, writing))


def join_profiles(survivor: Person, absorbed: Sequence[Person], writing: store.Transaction) -> int:
    """Unites the attributes; returns the version that they will have."""
    more = [store.profile(loser.id).profile for loser in absorbed]
    gained = [profile for profile in more if profile.operations]
    if not gained:
        return survivor.attributes_version
    before = store.profile(survivor.id)
    together = before.profile
    for profile in gained:
        together = together.union(profile)
    writing.profile(survivor.id, replace(before, profile=together, generation=survivor.generation))
    return before.version + 1


def join_signals(result: Person, survivor: Person, absorbed: Sequence[Person], signals: SignalPlan, writing: store.Transaction) -> Person:
    """Unites what is kept of signals: as entries in the journal while nobody has a ledger, else in the survivor's ledger.

    The union is as old as the older plan of the two: signals that only one of them kept are not complete.
    """
    at = min(person.plan for person in (survivor, *absorbed))
    if not any(person.journal.start for person in (survivor, *absorbed)):
        entries = (entry for loser in absorbed for entry in loser.journal.entries)
        return replace(result, plan=at, journal=survivor.journal.added(entries))
    stored = {person.id: store.ledger(person.id) for person in (survivor, *absorbed)}
    states = signals.united(signals.states(stored[person.id].ledger, person.journal, at) for person in (survivor, *absorbed))
    through = survivor.journal.start + len(survivor.journal.entries) + PAST_START
    writing.ledger(survivor.id, replace(stored[survivor.id], ledger=Ledger(states, through)))
    return replace(result, plan=at, journal=Journal(start=through))


def join_standings(person: str, absorbed: Sequence[Person], writing: store.Transaction, sources: Sequence[str] = ()) -> None:
    """Unites where rules have put them, so that what one of them has entered is not entered again.

    A person who was split off gets the standing of the `sources` that it was part of, for it has been through what they have been through.
    """
    mine = store.standing(person)
    theirs = {loser.id: store.standing(loser.id) for loser in absorbed}
    for name, standing in theirs.items():  # also where there is none: one that is written meanwhile must not be left behind
        writing.drop_standing(name, standing.version)
    gone = {name: standing for name, standing in theirs.items() if standing.version}
    copied = [] if mine.version else [standing for source in sources if (standing := store.standing(source)).version]
    others = [*gone.values(), *copied]
    if not others:
        return
    together = mine if mine.version else Standing(plan=others[0].plan)
    for standing in others:
        together = together.union(standing)
    writing.standing(person, together)
