"""Which tags a fan shall carry, and what has to be done for it. Pure.

A fan may carry 20 tags. What does not fit goes by importance: the order in which an account's menus and `give` name things.

What a fan carries is remembered in two steps: a tag stands in `begun` before the platform is asked to set it, and moves to `held` when that
has been done. So whatever may have been set is known, also when a worker died in between; what is only begun is set again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.tagging.batching import Act, Deed

MAX_TAGS_OF_A_FAN: Final = 20

Tags = frozenset[int]  # numbers of the platform


@dataclass(frozen=True, slots=True)
class Carried:
    """What is remembered of a fan: tags that it has for sure, that it may have, and that it was refused for want of room."""

    held: Tags = frozenset()
    begun: Tags = frozenset()
    refused: Tags = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fan is to have, what of it there is no room for, and the deeds that lead there."""

    chosen: tuple[int, ...]
    refused: Tags
    deeds: tuple[Deed, ...]


def plan(openid: str, wanted: Sequence[int], carried: Carried, looked_at: Collection[int], ours: Collection[int]) -> Plan:
    """What to do about a fan.

    `wanted` are the tags that the person stands for now, the most important first. `looked_at` are those that something was heard of: they
    are set or taken whatever is remembered. `ours` are all tags that are kept alike; those of operators are left alone.
    """
    chosen, over = tuple(wanted[:MAX_TAGS_OF_A_FAN]), frozenset(wanted[MAX_TAGS_OF_A_FAN:])
    known = carried.held | carried.begun
    going = sorted(((known | set(looked_at)) & set(ours)) - set(chosen))
    makes_room = bool(known & set(going))
    coming = [tag for tag in chosen if tag in looked_at or tag not in carried.held]
    if not makes_room:  # those that found no room will find none now, unless something was heard of them
        coming = [tag for tag in coming if tag in looked_at or tag not in carried.refused]
    waiting = frozenset(tag for tag in chosen if tag in carried.refused and tag not in coming)
    deeds = (*(Deed(Act.UNTAG, tag, openid) for tag in going), *(Deed(Act.TAG, tag, openid) for tag in coming))
    return Plan(chosen, over | waiting, deeds)


def gives_way(tag: int, held: Collection[int], rank: Mapping[int, int]) -> int:
    """Which tag has to go when a fan has no room for `tag`: the least important of ours that it has, or `tag` itself. Lower ranks first."""
    return max({*held, tag} & rank.keys(), key=lambda one: rank[one], default=tag)
