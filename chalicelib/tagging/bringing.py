"""Bringing fans to the tags that their persons stand for now, in calls of 50.

    bring(account, {"oFan1": standing}, {"oFan1": {101}}, real(appid))

What is done is decided on what is read now, and looked at again when it was done (see `following.py`). So whoever comes last has seen the
last state, in whatever order messages come; and a worker that dies leaves nothing that is not known as begun.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.audiences.membership import places
from chalicelib.people.standing import Standing
from chalicelib.tagging import fan_records, tag_records
from chalicelib.tagging.accounts import Account
from chalicelib.tagging.batching import PERSON_FULL, Act, Deed, Refused, batches, bisected
from chalicelib.tagging.choosing import Plan, gives_way, plan
from chalicelib.tagging.fan_records import Fans, FanTags
from chalicelib.tagging.platform import Tags
from chalicelib.telemetry import count_refusals
from chalicelib.wechat.errors import WechatError

NO_ROOM_CODE: Final = "tag_without_room"
NO_FAN_CODE: Final = "tag_without_fan"
UNKNOWN_TAG: Final = 45159


class TagLost(Exception):
    """The platform does not know a tag any more: somebody has deleted it there. It has to be made anew."""

    def __init__(self, tag: int) -> None:
        super().__init__(f"the platform has no tag {tag}")
        self.tag = tag


@dataclass(slots=True)
class _Work:
    """One bringing: the deeds of all fans, and what became of them."""

    account: Account
    platform: Tags
    fans: Fans
    plans: dict[str, Plan]
    done: list[Deed] = field(default_factory=list)
    full: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # by openid, tags that there is no room for
    strangers: set[str] = field(default_factory=set)  # openids that the platform takes for no fans

    def carry_out(self) -> None:
        """Makes the calls, then finds room where the platform saw none."""
        refused: list[Refused] = []
        for act, tag, openids in batches(deed for one in self.plans.values() for deed in one.deeds):
            failed = {openid: Refused(Deed(act, tag, openid), error) for openid, error in self._call(act, tag, openids)}
            refused += failed.values()
            self.done += [Deed(act, tag, openid) for openid in openids if openid not in failed]
        for one in refused:
            if one.error.number == PERSON_FULL:
                self._make_room(one.deed)
            else:
                self.strangers.add(one.deed.openid)

    def _call(self, act: Act, tag: int, openids: Collection[str]) -> list[tuple[str, WechatError]]:
        ask = self.platform.tag if act is Act.TAG else self.platform.untag
        try:
            return list(bisected(lambda some: ask(tag, some), tuple(openids)))
        except WechatError as error:
            if error.number != UNKNOWN_TAG:
                raise
            if act is Act.TAG:
                raise TagLost(tag) from error
            return []

    def _make_room(self, deed: Deed) -> None:
        """The least important of our tags goes, or is this one; operators' tags stay."""
        fan = deed.openid
        held = self._held(fan)
        loser = gives_way(deed.tag, held, self.account.rank)
        self.full[fan].add(loser)
        if loser == deed.tag:
            return
        self._call(Act.UNTAG, loser, [fan])
        if self._call(Act.TAG, deed.tag, [fan]):
            self.full[fan].add(deed.tag)
        else:
            self.done.append(deed)

    def _held(self, openid: str) -> set[int]:
        """Which of our tags a fan has by now."""
        done = {deed.tag: deed.act for deed in self.done if deed.openid == openid}
        before = self.fans[openid].carried.held - {tag for tag, act in done.items() if act is Act.UNTAG}
        return (set(before) | {tag for tag, act in done.items() if act is Act.TAG}) - self.full[openid]


def bring(account: Account, standings: Mapping[str, Standing], looked_at: Mapping[str, Collection[int]], platform: Tags) -> Counter[Act]:
    """Gives and takes what fans, by openid, have too few or too many; how many deeds were done of each act.

    `looked_at` names tags of fans that are set or taken whatever is remembered. Raises TagLost, and WechatError for what concerns more than
    a single fan.
    """
    fans = {openid: fan for openid, fan in fan_records.fans(account.appid, standings).items() if fan.follows}
    plans = {
        openid: plan(openid, account.wanted_by(places(standings[openid])), fan.carried, looked_at.get(openid, ()), account.ours)
        for openid, fan in fans.items()
    }
    work = _Work(account, platform, fans, plans)
    _note_begun(account.appid, plans)
    work.carry_out()
    _note_done(work)
    return Counter(deed.act for deed in work.done)


def _note_begun(appid: str, plans: Mapping[str, Plan]) -> None:
    """Before any call: what may have been set is known from here on."""
    for openid, one in plans.items():
        if coming := [deed.tag for deed in one.deeds if deed.act is Act.TAG]:
            fan_records.begin(appid, openid, coming)


def _note_done(work: _Work) -> None:
    done: dict[str, list[Deed]] = defaultdict(list)
    for deed in work.done:
        done[deed.openid].append(deed)
    refused: Counter[int] = Counter()
    for openid, one in work.plans.items():
        refused += _note_fan(work, openid, one, done[openid])
    for tag in work.account.tags:
        if step := refused[tag.id] - refused[-tag.id]:
            tag_records.count_refused(work.account.appid, tag, step)
    count_refusals([NO_FAN_CODE] * len(work.strangers))


def _note_fan(work: _Work, openid: str, one: Plan, done: Iterable[Deed]) -> Counter[int]:
    """Remembers what became of a fan; counts tags that have no room now under their numbers, those that found some under the negative."""
    appid, fan = work.account.appid, work.fans[openid]
    if openid in work.strangers:  # what is begun stays so; when the fan follows again, all is forgotten
        return Counter()
    full = (one.refused | work.full[openid]) & work.account.rank.keys()
    held = [deed.tag for deed in done if deed.act is Act.TAG and deed.tag not in full]
    gone = {deed.tag for deed in done if deed.act is Act.UNTAG} | _stale(fan, work.account)
    if held or gone:
        fan_records.settle(appid, openid, held, sorted(gone))
    if full - fan.carried.refused:
        fan_records.refuse(appid, openid, sorted(full))
        count_refusals([NO_ROOM_CODE] * len(full - fan.carried.refused))
    found_room = (fan.carried.refused - full) & (set(held) | gone)
    return Counter(full - fan.carried.refused) + Counter(-tag for tag in found_room)


def _stale(fan: FanTags, account: Account) -> set[int]:
    """Remembered numbers of tags that are gone from the account."""
    return set((fan.carried.held | fan.carried.begun | fan.carried.refused) - account.ours)
