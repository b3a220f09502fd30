"""Carries out mass messages that go to a tag: gathered until nobody new comes, claimed all together, sent in one call, settled one by one.

    waiting     its fan is given the tag, and the message stays queued with the gathering as its group
    closed      every member is looked at once more and claimed; whoever must not get it loses the tag; then the call
    claimed     settled by what became of the call, whenever the message comes by

Whatever is found half done is done on by the next message of the gathering that comes by. A message is settled only by what is written of
its group: the list is frozen before the call, and repeated by its id.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from chalicelib.channels import mass_by_tag, mass_gatherings, mass_groups
from chalicelib.channels.mass_by_tag import SHARE, ByTag
from chalicelib.channels.mass_gathering import (
    FENCE_MS,
    NO_TAG,
    WORKER_MS,
    Gathering,
    Member,
    Phase,
    Share,
    closed,
    closes_at,
    losers_of,
    members_of,
    over,
    walk_at,
    walked,
    words_of,
)
from chalicelib.channels.mass_group import Group
from chalicelib.dispatch import states, store
from chalicelib.dispatch.means import GroupMeans
from chalicelib.dispatch.model import Message, State, Trip
from chalicelib.dispatch.moves import on_trip
from chalicelib.dispatch.sending import SOON_MS, Done, Later, Ready, examined, parcel_of, settle, shown
from chalicelib.messages.ledger import KEYED_MS
from chalicelib.providers.model import Outcome, Reason, Result

Answers = dict[str, Done | Later]
GATHERING: Final = "mass_gathering"  # why a message is still queued
CLAIMS_A_VISIT: Final = 1_000  # a lambda has little more than a minute
AGAIN_MS: Final = 30_000  # after a call of which nobody knows what became
FAULT_MS: Final = 60_000  # after one that tags could not be taken by
CLAIM_LIVES_MS: Final = 2 * 3_600_000  # a claim for which nobody has called by then is made anew, after another look
_UNTOLD: Final = Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)
_KEYLESS: Final = 0  # whether the call is made again is decided here


def carry_out(found: Iterable[tuple[Message, int]], now: int, means: GroupMeans, by_tag: ByTag) -> Answers:
    """Goes on with messages and the numbers of their trips, as far as one can by now. Raises what stores raise; what was done stays so."""
    answers: Answers = {}
    claimed: dict[tuple[str, str], list[Message]] = defaultdict(list)
    waiting: dict[tuple[str, str], list[Ready]] = defaultdict(list)
    for message, attempt in found:
        trip = on_trip(message)
        if message.state is State.CLAIMED and trip.attempt == attempt and trip.group:
            claimed[trip.account, trip.group].append(message)
            continue
        ready = examined(message, attempt, now, means)
        if isinstance(ready, Ready):
            waiting[trip.account, words_of(trip.account, trip.body)].append(ready)
        else:
            answers[message.id] = ready
    for (_, group), members in claimed.items():
        answers |= _concluded(group, members, now, means, by_tag)
    for (_, words), readies in waiting.items():
        answers |= _gathered(words, readies, now, means, by_tag)
    return answers


# ---- waiting ----


def _gathered(words: str, readies: Sequence[Ready], now: int, means: GroupMeans, by_tag: ByTag) -> Answers:
    """Members wait, or see to it that their gathering goes on; who is of none joins."""
    account = on_trip(readies[0].message).account
    answers: Answers = {}
    by_group: dict[str, list[Ready]] = defaultdict(list)
    for one in readies:
        by_group[on_trip(one.message).group].append(one)
    new = by_group.pop("", [])
    for group, members in by_group.items():
        gathering = mass_gatherings.find(account, group)
        if gathering is None or gathering.phase is Phase.OVER:  # it went without them: they were held, or their worker died
            new += members
        else:
            until = _driven(gathering, members[0].message, now, means, by_tag)
            answers |= {one.message.id: Later(until) for one in members}
    for start in range(0, len(new), SHARE):
        answers |= _joined(words, new[start : start + SHARE], now, means, by_tag)
    return answers


def _joined(words: str, new: Sequence[Ready], now: int, means: GroupMeans, by_tag: ByTag) -> Answers:
    """Gives fans the tag. That they may have it is written down first, and only who certainly has it is a member."""
    gathering = by_tag.with_tag(_open(words, on_trip(new[0].message).account, now, means, by_tag))
    if isinstance(gathering, Outcome):
        means.learned(new[0].parcel, gathering, now)
        return {one.message.id: _settled(one.message, gathering, now, means) for one in new}
    members = {one.parcel.id: Member(one.parcel.id, on_trip(one.message).attempt, one.parcel.address) for one in new}
    share = Share(means.new_group(), tuple(members.values()))
    mass_gatherings.put_share(gathering, share, now)
    after = mass_gatherings.join(gathering, len(members), now)
    if after is None:
        return {one: Later(now + SOON_MS) for one in members}
    refused = by_tag.give(after, list(dict.fromkeys(one.openid for one in members.values())))
    given = tuple(one for one in members.values() if one.openid not in refused)
    if not given:
        means.learned(new[0].parcel, refused[new[0].parcel.address], now)
    if given:
        mass_gatherings.put_share(after, Share(share.id, given, given=True), now)
    return {one.message.id: _member(one, after, refused, now, means, by_tag) for one in new}


def _member(one: Ready, of: Gathering, refused: Mapping[str, Outcome], now: int, means: GroupMeans, by_tag: ByTag) -> Done | Later:
    if (outcome := refused.get(one.parcel.address)) is not None:
        return _settled(one.message, outcome, now, means)
    if not store.replace(one.message, states.gathered(one.message, of.id, GATHERING, now)):
        return Later(now + SOON_MS)
    return Later(max(closes_at(of, by_tag.shut_until(of.account, now), by_tag.scale()), now + SOON_MS))


def _open(words: str, account: str, now: int, means: GroupMeans, by_tag: ByTag) -> Gathering:
    """The gathering that takes members, a new one where the last has had its time."""
    found = mass_gatherings.current(account, words)
    if found is not None and found.phase is Phase.OPEN:
        if now < closes_at(found, by_tag.shut_until(account, now), by_tag.scale()):
            return found
        mass_gatherings.replace(found, closed(found, now))
    return mass_gatherings.begin(Gathering(means.new_group(), account, words, now, now), found)


# ---- closed ----


def _driven(gathering: Gathering, sample: Message, now: int, means: GroupMeans, by_tag: ByTag) -> int:
    """Does what is due for a gathering; when its members are to come again. `sample` is one of them."""
    shut = by_tag.shut_until(gathering.account, now)
    if gathering.phase is Phase.OPEN:
        if now < (until := closes_at(gathering, shut, by_tag.scale())):
            return until
        return now + (FENCE_MS if mass_gatherings.replace(gathering, closed(gathering, now)) else SOON_MS)
    if now < (until := walk_at(gathering)):
        return until
    if mass_by_tag.was_called(gathering):
        mass_gatherings.replace(gathering, over(gathering, now))
        return now + SOON_MS
    trip = on_trip(sample)
    if (wait := shut or means.admit(trip.channel, trip.account, now)) is not None:
        return max(wait, now + 1)
    mine = walked(gathering, now)
    return _departs(mine, sample, now, means, by_tag) if mass_gatherings.replace(gathering, mine) else now + SOON_MS


def _departs(gathering: Gathering, sample: Message, now: int, means: GroupMeans, by_tag: ByTag) -> int:
    """Goes through all members, and calls when every one of them is claimed or has lost the tag. Nobody else does so meanwhile."""
    shares = mass_gatherings.shares_of(gathering)
    kept = _claims(gathering, members_of(shares), now, means)
    if kept is None:
        mass_gatherings.replace(gathering, walked(gathering, 0))
        return now + SOON_MS
    if gathering.tag != NO_TAG and (fault := by_tag.take(gathering, losers_of(shares, kept))) is not None:
        means.learned(parcel_of(sample), fault, now)
        return now + max(FAULT_MS, WORKER_MS)
    if kept:
        outcome = by_tag.call(gathering, kept, on_trip(sample).body, now)
        means.learned(parcel_of(sample), outcome, now)
    mass_gatherings.replace(gathering, over(gathering, now))
    return now + SOON_MS


def _claims(gathering: Gathering, members: Mapping[str, Member], now: int, means: GroupMeans) -> dict[str, str] | None:
    """Openids by message of those that are claimed for the gathering; None when there was no time for all of them."""
    found = store.find_many(members)
    kept: dict[str, str] = {}
    done = 0
    for member in members.values():
        message = _looked_at(gathering, member, found.get(member.message), now)
        if message is None:
            continue
        if message.state is State.QUEUED:
            if done >= CLAIMS_A_VISIT:
                return None
            ready = examined(message, member.attempt, now, means)
            done += not isinstance(ready, Later)
            if not isinstance(ready, Ready) or not store.replace(message, states.claimed(message, now, group=gathering.id)):
                continue
        kept[message.id] = member.openid
    return kept


def _looked_at(gathering: Gathering, member: Member, message: Message | None, now: int) -> Message | None:
    """The message if it goes with the gathering, or may. A claim that is old is no longer one: who knows what was said meanwhile."""
    if message is None or message.trip is None or not _is_of(gathering, member, message, message.trip):
        return None
    if message.state is State.QUEUED or now < message.at + CLAIM_LIVES_MS:
        return message
    free = states.never_called(message, now)
    return free if store.replace(message, free) else None


def _is_of(gathering: Gathering, member: Member, message: Message, trip: Trip) -> bool:
    """Whether the message goes with the gathering, or may: it waits for no other, and by this very trip."""
    if (trip.attempt, trip.account, trip.address) != (member.attempt, gathering.account, member.openid):
        return False
    if message.state is State.CLAIMED:
        return trip.group == gathering.id
    return message.state is State.QUEUED and trip.group in ("", gathering.id) and not states.in_doubt(message)


# ---- claimed ----


def _concluded(group_id: str, members: Sequence[Message], now: int, means: GroupMeans, by_tag: ByTag) -> Answers:
    """Settles by what became of the call. While nobody knows that, it is made again as long as the platform knows its key."""
    group = mass_groups.find(group_id)
    if group is None:
        return _uncalled(group_id, members, now, means, by_tag)
    outcome = mass_by_tag.outcome_of(group) or _asked_again(group, members[0], now, means, by_tag)
    if isinstance(outcome, int):
        return {one.id: Later(outcome) for one in members}
    outcomes = group.outcomes(outcome)
    return {
        one.id: _settled(one, outcomes[one.id], now, means) if one.id in outcomes else _let_go(one, now)  # of a list: it was not on it
        for one in members
    }


def _asked_again(group: Group, sample: Message, now: int, means: GroupMeans, by_tag: ByTag) -> Outcome | int:
    """What became of a call that somebody left behind, or when to ask for it."""
    if now < group.at + WORKER_MS:
        return group.at + WORKER_MS
    if now >= group.at + KEYED_MS:
        return _UNTOLD
    trip = on_trip(sample)
    if (until := means.admit(trip.channel, trip.account, now)) is not None:
        return max(until, now + 1)
    outcome = by_tag.again(group, trip.body, now)
    means.learned(parcel_of(sample), outcome, now)
    return outcome if outcome.kind is Result.SENT else now + AGAIN_MS


def _uncalled(group_id: str, members: Sequence[Message], now: int, means: GroupMeans, by_tag: ByTag) -> Answers:
    """Nobody has called yet: somebody is about to, or died on the way."""
    gathering = mass_gatherings.find(on_trip(members[0]).account, group_id)
    if gathering is not None and gathering.phase is not Phase.OVER:
        until = _driven(gathering, members[0], now, means, by_tag)
        return {one.id: Later(until) for one in members}
    if means.called(group_id, now):
        return {one.id: Later(now + SOON_MS) for one in members}
    return {one.id: _let_go(one, now) for one in members}


def _let_go(message: Message, now: int) -> Later:
    store.replace(message, states.never_called(message, now))
    return Later(now + SOON_MS)


def _settled(message: Message, outcome: Outcome, now: int, means: GroupMeans) -> Done | Later:
    return shown(settle(message, outcome, _KEYLESS, now, means.chance()), now)
