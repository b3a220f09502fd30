"""Persons became one: what they were sent is the one's now. What lies with identifiers needs no moving."""

from collections.abc import Mapping

from chalicelib.contacts import uses
from chalicelib.people import store as people


def united(swallowed: Mapping[str, str]) -> dict[str, list[str]]:
    """Of persons that were merged into others (`swallowed`: by whom) all who belong to the same person now, by that person's id."""
    roots = people.roots(set(swallowed.values()))
    found: dict[str, list[str]] = {}
    for one, by in swallowed.items():
        if by in roots:
            found.setdefault(roots[by].id, []).append(one)
    return found


def joined(swallowed: Mapping[str, str]) -> dict[str, list[str]]:
    """Moves what the swallowed were sent, and gives back who is whose (`united`), for what else is to be moved. Raises Busy."""
    found = united(swallowed)
    for survivor, parts in found.items():
        uses.joined(survivor, parts)
    return found
