"""All that is known of reaching a person, brought together for a decision.

    facts = of(person, now)                     # strongly consistent: a no that was answered is in it
    everybody = many(persons, now)              # for broadcasts: at half the reads, and maybe a second old

Read units of one decision: one for the list of identifiers (and one for each person that became part of this one), one for the
attributes unless they are given, one for each identifier and each person in it, one for each account of WeChat.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from typing import Final

from chalicelib.contacts import store
from chalicelib.contacts.addresses import Known, addresses_of, fans_among
from chalicelib.contacts.model import NOTHING_KNOWN
from chalicelib.contacts.store import Found
from chalicelib.fans.connected import type_of
from chalicelib.identifiers import Identifier, parse_key
from chalicelib.messages.policy import consents
from chalicelib.messages.policy.model import ContactFacts, Suppression
from chalicelib.messages.policy.sends import NOTHING_SENT, Sends, union
from chalicelib.people import store as people
from chalicelib.people.attributes import Profile
from chalicelib.people.model import Person
from chalicelib.wechat.accounts import AccountType

MAX_IDENTIFIERS: Final = 1_000  # ten calls; who has more is a till or a test
TOO_LARGE: Final = "person_too_large"  # reason of the suppression: not all that they said could be looked at
TIMEZONE: Final = "timezone"  # the attribute
WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class _Held:
    """A person with their identifiers, and the ids that they had before they became one."""

    person: Person
    identifiers: tuple[Identifier, ...]
    parts: tuple[str, ...]
    whole: bool


def of(person: Person, now: int, profile: Profile | None = None) -> ContactFacts:
    """What is known of a person (one that no other has swallowed) at `now` (ms). `profile` saves reading it."""
    known = people.profile(person.id).profile if profile is None else profile
    return _facts([_held(person)], {person.id: known}, now, consistent=True)[person.id]


def many(persons: Sequence[Person], now: int, profiles: Mapping[str, Profile] | None = None) -> dict[str, ContactFacts]:
    """The same of many by person id. Who is not in `profiles` is taken to have no time zone, unless none are given."""
    told = people.profiles(one.id for one in persons) if profiles is None else profiles
    with ThreadPoolExecutor(min(WORKERS, len(persons) or 1)) as pool:
        held = list(pool.map(_held, persons))
    return _facts(held, told, now, consistent=False)


def _held(person: Person) -> _Held:
    listed = list(islice(people.members(person.id), MAX_IDENTIFIERS + 1))
    identifiers = tuple(parse_key(key) for key in dict.fromkeys(key for key, _ in listed[:MAX_IDENTIFIERS]))
    parts = tuple(dict.fromkeys(at for _, at in listed if at != person.id))
    return _Held(person, identifiers, parts, len(listed) <= MAX_IDENTIFIERS)


def _facts(held: Sequence[_Held], profiles: Mapping[str, Profile], now: int, *, consistent: bool) -> dict[str, ContactFacts]:
    identifiers = [one for each in held for one in each.identifiers]
    ids = [one for each in held for one in (each.person.id, *each.parts)]
    found = store.read((one.key for one in identifiers), ids, consistent=consistent)
    fans = fans_among(identifiers)
    known = Known(found.contacts, store.fans(fans, consistent=consistent), _mini_programs(appid for appid, _ in fans))
    return {each.person.id: _of(each, found, known, profiles.get(each.person.id), now) for each in held}


def _of(held: _Held, found: Found, known: Known, profile: Profile | None, now: int) -> ContactFacts:
    contacts = [found.contacts.get(one.key, NOTHING_KNOWN) for one in held.identifiers]
    unsure = () if held.whole else (Suppression(0, TOO_LARGE),)
    timezone = profile.values().get(TIMEZONE, "") if profile is not None else ""
    return ContactFacts(
        addresses=addresses_of(held.person.id, held.identifiers, known, now),
        consents=consents.kept(one for contact in contacts for one in contact.consents),
        suppressions=(*dict.fromkeys(one for contact in contacts for one in contact.suppressions), *unsure),
        sends=_sends(held, found),
        timezone=timezone if isinstance(timezone, str) else "",
    )


def _sends(held: _Held, found: Found) -> Sends:
    """Of all that the person was, for what was sent may not have been moved yet; `rev` is of the item that the next place goes into."""
    own = found.uses.get(held.person.id, NOTHING_SENT)
    all_of_them = reduce(union, (found.uses[one] for one in held.parts if one in found.uses), own)
    return replace(all_of_them, rev=own.rev)


def _mini_programs(appids: Iterable[str]) -> frozenset[str]:
    return frozenset(appid for appid in dict.fromkeys(appids) if type_of(appid) is AccountType.MINI_PROGRAM)
