"""Persons whose place in segments changed: all of their fans in an account are brought to it, until nothing changes any more meanwhile."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from chalicelib.errors import Busy
from chalicelib.people.standing import Standing
from chalicelib.tagging import present
from chalicelib.tagging.accounts import Account, account
from chalicelib.tagging.batching import Act
from chalicelib.tagging.bringing import bring
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.present import Present

MAX_ROUNDS: Final = 4  # of looking again; then the message comes again later

Named = Mapping[str, Collection[str]]  # by person, keys of the sources that something was heard of


def follow(appid: str, named: Named, platform: Tags) -> Counter[Act]:
    """Brings the fans of these persons to where they stand; how many deeds that took.

    Raises Busy when people keep changing, TagLost and WechatError as `bring`.
    """
    done: Counter[Act] = Counter()
    waiting = dict(named)
    for _ in range(MAX_ROUNDS):
        found = present.persons(waiting, [appid])
        done += _round(account(appid), found, waiting, platform)
        after = present.persons(found, [appid])
        waiting = {one: waiting[one] for one in found if found[one].mark != after[one].mark}
        if not waiting:
            return done
    raise Busy(f"{len(waiting)} persons change faster than their tags can follow; the delivery is tried again")


def _round(about: Account, found: Mapping[str, Present], named: Named, platform: Tags) -> Counter[Act]:
    standings: dict[str, Standing] = {}
    looked_at: dict[str, set[int]] = {}
    for asked, one in found.items():
        for openid in one.openids.get(about.appid, ()):
            standings[openid] = one.standing
            looked_at[openid] = about.numbers_of(named[asked]) | looked_at.get(openid, set())
    return bring(about, standings, looked_at, platform) if standings else Counter()
