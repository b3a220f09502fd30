"""Codes that a phone hands to a server, which exchanges each of them once, and soon."""

from typing import Final

from infra.local_wechat.clock import MINUTE_MS
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Grant, GrantKind, Relation
from infra.local_wechat.world import World

LIFE_MS: Final = 5 * MINUTE_MS
_LETTERS: Final = 32


def granted(world: World, relation: Relation, kind: GrantKind, scope: str = "") -> Grant:
    """A new code."""
    made = Grant(world.chance.text(_LETTERS), kind, relation.appid, relation.person, world.clock.world() + LIFE_MS, scope)
    world.grants[made.code] = made
    return made


def exchanged(world: World, code: str, kind: GrantKind, appid: str) -> Grant:
    """The code, which cannot be used again. Raises Refused (41008 missing, 40029 nobody's or too old, 40163 used)."""
    if not code:
        raise Refused(41008)
    found = world.grants.get(code)
    if found is None or found.kind is not kind or found.appid != appid or world.clock.world() >= found.expires:
        raise Refused(40029)
    if found.used:
        raise Refused(40163)
    found.used = True
    return found
