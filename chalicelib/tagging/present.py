"""Who people are and where they stand at this moment: read anew each time, for no message is trusted to tell.

What is read: the person after all merges, its standing (from which lists of segments and tags follow), and its openids in the accounts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from chalicelib.audiences.membership import Key, Place, places
from chalicelib.identifiers import parse_key
from chalicelib.people import store
from chalicelib.people.keeping import unpack_standing
from chalicelib.people.records import STANDING, StandingRecord, person_partition
from chalicelib.people.standing import Standing

MAX_IDENTIFIERS: Final = 2_000  # of one person; a till or a test account has more, and none of its fans is anybody's
NAMESPACE: Final = "openid:"


@dataclass(frozen=True, slots=True)
class Present:
    """A person now: its standing, and its openids by appid."""

    person: str
    standing: Standing
    openids: Mapping[str, tuple[str, ...]]

    @property
    def places(self) -> Mapping[Key, Place]:
        """The lists that the person is on."""
        return places(self.standing)

    @property
    def mark(self) -> tuple[str, int]:
        """Changes whenever the person's standing does."""
        return self.person, self.standing.version


def persons(ids: Iterable[str], appids: Collection[str]) -> dict[str, Present]:
    """For each id the person that it is now, with its openids in the accounts; what nobody knows is left out. Strongly consistent."""
    roots = {asked: root.id for asked, root in store.roots(ids).items()}
    standings = standings_of(set(roots.values()))
    found = {one: Present(one, standing, _openids(one, appids)) for one, standing in standings.items()}
    return {asked: found[root] for asked, root in roots.items()}


def of_fans(appid: str, openids: Iterable[str]) -> dict[str, tuple[str, Standing]]:
    """For each openid the person that has it, and its standing. Nobody (`""`) where no event has shown the openid."""
    keys = {f"{NAMESPACE}{appid}#{openid}": openid for openid in openids}
    nodes = store.nodes(keys)
    roots = store.roots({str(node.person) for node in nodes.values()})
    persons_of = {keys[key]: roots[str(node.person)].id for key, node in nodes.items() if str(node.person) in roots}
    standings = standings_of(set(persons_of.values()))
    nobody = ("", Standing())
    return {openid: (person, standings[person]) if (person := persons_of.get(openid)) else nobody for openid in keys.values()}


def standings_of(persons: Iterable[str]) -> dict[str, Standing]:
    """Where rules have put each of them; version 0 if they have not. Strongly consistent."""
    wanted = {person_partition(one): one for one in persons}
    found = StandingRecord.batch_get([(pk, STANDING) for pk in wanted], consistent_read=True) if wanted else ()
    known = {wanted[record.pk]: unpack_standing(record.d, int(record.ver)) for record in found}
    return {one: known.get(one, Standing()) for one in wanted.values()}


def _openids(person: str, appids: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, _ in islice(store.members(person), MAX_IDENTIFIERS):
        named = parse_key(key)
        appid = named.namespace.removeprefix(NAMESPACE)
        if named.base == "openid" and appid in appids:
            found.setdefault(appid, []).append(named.value)
    return {appid: tuple(sorted(openids)) for appid, openids in found.items()}
