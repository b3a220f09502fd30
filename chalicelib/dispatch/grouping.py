"""Carries out many messages of a channel whose platform takes a list of addresses in one call: those of one account that say the same.

    for message_id, what in carry_out_group([("7f3a...", 0), ...], now, means).items():
        ...as of one message: Done or Later...

The key of the call is the group's: it stands in every message's claim before the call is made. Who finds a group that somebody left behind
makes the very same call again, or lets the messages go if it never was made; they never go out in another group as long as the first may
have gone. Where an account has no lists but tags, they are gathered first: see `gathering`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.channels.mass_by_tag import ByTag
from chalicelib.dispatch import gathering, states, store
from chalicelib.dispatch.means import GroupMeans
from chalicelib.dispatch.moves import on_trip
from chalicelib.dispatch.sending import NOT_CALLED, SOON_MS, Done, Later, Ready, examined, settle, shown
from chalicelib.providers.model import Outcome, Result

Answers = dict[str, Done | Later]
UNTOLD: Final = Outcome(Result.UNKNOWN)
_FRESH: Final = "new\n"  # no group's id begins so


def carry_out_group(dues: Iterable[tuple[str, int]], now: int, means: GroupMeans, by_tag: ByTag | None = None) -> Answers:
    """Sends messages by their trips of these numbers (all of one channel), as many as one can in one call. `by_tag` serves the accounts
    that have no lists. Raises what stores raise; what was settled before stays so.
    """
    attempts: dict[str, int] = {}
    for message_id, attempt in dues:  # one that was put twice into the queue may come with a trip that is over beside the one that is not
        attempts[message_id] = max(attempt, attempts.get(message_id, attempt))
    found = store.find_many(attempts)
    tagged = [one for one in found.values() if by_tag is not None and one.trip is not None and by_tag.serves(one.trip.account)]
    answers: Answers = {}
    if by_tag is not None and tagged:
        answers |= gathering.carry_out([(one, attempts[one.id]) for one in tagged], now, means, by_tag)
    left: list[Ready] = []
    for message_id, attempt in attempts.items():
        if message_id in answers:
            continue
        ready = examined(found.get(message_id), attempt, now, means)
        if isinstance(ready, Ready):
            left.append(ready)
        else:
            answers[message_id] = ready
    for group, members in _together(left).items():
        carry_on = _anew if group.startswith(_FRESH) else _taken_over
        answers |= carry_on(members, now, means)
    return answers


def _together(left: Iterable[Ready]) -> dict[str, list[Ready]]:
    """By the group that they may have gone out in; the others by account and words."""
    found: dict[str, list[Ready]] = defaultdict(list)
    for one in left:
        trip = on_trip(one.message)
        fresh = _FRESH + json.dumps([trip.account, trip.body], sort_keys=True)
        found[trip.group if states.in_doubt(one.message) and trip.group else fresh].append(one)
    return found


def _anew(members: Sequence[Ready], now: int, means: GroupMeans) -> Answers:
    trip = on_trip(members[0].message)
    if (until := means.admit(trip.channel, trip.account, now)) is not None:
        return {one.message.id: Later(max(until, now + 1)) for one in members}
    return _called(members, means.new_group(), now, means)


def _taken_over(members: Sequence[Ready], now: int, means: GroupMeans) -> Answers:
    trip = on_trip(members[0].message)
    if not means.called(trip.group, now):
        for one in members:
            store.replace(one.message, states.never_called(one.message, now))
        return {one.message.id: Later(now + SOON_MS) for one in members}
    return _called(members, trip.group, now, means)


def _called(members: Sequence[Ready], group: str, now: int, means: GroupMeans) -> Answers:
    """Claims what can be claimed, and calls once for that."""
    claims = [(one, states.claimed(one.message, now, group=group)) for one in members]
    mine = [(one, claim) for one, claim in claims if store.replace(one.message, claim)]
    answers: Answers = {one.message.id: Later(now + SOON_MS) for one in members}
    if not mine:
        means.learned(members[0].parcel, NOT_CALLED, now)  # a probe that did not take place is given back
        return answers
    outcomes = means.send_group(group, [one.parcel for one, _ in mine], now)
    settled = [settle(claim, outcomes.get(claim.id, UNTOLD), one.key_lives_ms, now, means.chance()) for one, claim in mine]
    means.learned(mine[0][0].parcel, outcomes.get(mine[0][1].id, UNTOLD), now)
    return answers | {after.id: shown(after, now) for after in settled}
