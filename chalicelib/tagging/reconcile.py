"""Reconciliation: the platform's own lists of who has a tag are compared with who should have it, and differences are mended on both sides.

    start("wx77aa00bb11cc22dd", now)     # unless a round is under way, or the last one began less than 20 hours ago

A walk over subjects, in the order of their names: each of our tags, then each tag that is taken over. For each, first the platform's list
of holders page by page (who has it and should not), then our own list (who should have it and was not among the holders).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.events.model import Json
from chalicelib.settings import settings
from chalicelib.tagging import errands, mending, taking, walk_records, walking, wanted
from chalicelib.tagging.accounts import Account, account
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.walk_records import Walk
from chalicelib.tagging.walking import Part

ROUND: Final = "round"
APART_MS: Final = 20 * 3_600_000  # between the beginnings of two rounds; whoever asks hourly gets one a day
GIVEN: Final = "give"
TAKEN: Final = "take"


class Phase(StrEnum):
    """Whose list is gone through."""

    HOLDERS = "holders"  # the platform's
    MEMBERS = "members"  # ours


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A tag of ours by the key of its source, or one that is taken over by its name."""

    kind: str
    key: str


def start(appid: str, now: int, *, at_once: bool = False) -> bool:
    """Has the tags of an account compared with the platform's lists, and its menus and tags with the definitions; whether a round began.

    A round whose worker or message was lost goes on. `at_once` does not wait for a day to pass. Raises NotSent.
    """
    asked = wanted.synced(appid)
    if asked is None:
        return False
    errands.ask_for(appid)
    before = walk_records.walk_of(appid, ROUND)
    if before is not None and before.finished is None:
        walking.revive(before, now)
        return False
    soon = before is not None and now - before.begun < APART_MS / settings().time_scale
    if not asked.tags or (soon and not at_once):
        return False
    walking.begin(appid, ROUND, now, {}, before)
    return True


def revive(appid: str, now: int) -> None:
    """Has walks of an account go on whose message or worker was lost: the round, and those that give new tags. Safe to call at any time."""
    for walk in walk_records.walks_of(appid):
        walking.revive(walk, now)


def reconcile(walk: Walk, platform: Tags) -> Part:
    """The next part of a round."""
    about = account(walk.appid)
    subjects = subjects_of(about, wanted.everything().get(walk.appid, wanted.NOTHING).taken)
    at = _at(walk.state, subjects)
    if at is None:
        return Part(None)
    subject, phase, place = at
    found = _WORK[subject.kind, phase](walk, about, subject.key, place, platform)
    return Part(_state(subject, phase, found.place), found.counts)


def subjects_of(about: Account, taken: Sequence[str]) -> list[Subject]:
    """What a round goes through, in its order. Pure."""
    return sorted([*(Subject(GIVEN, tag.source.key) for tag in about.tags), *(Subject(TAKEN, name) for name in taken)])


def _at(state: Mapping[str, object], subjects: Sequence[Subject]) -> tuple[Subject, Phase, str] | None:
    """Where a round stands. Subjects come and go while it is under way: what is gone is passed over."""
    if not state:
        return (subjects[0], Phase.HOLDERS, "") if subjects else None
    at = Subject(str(state["kind"]), str(state["key"]))
    if at in subjects and not state["over"]:
        return at, Phase(str(state["phase"])), str(state["place"])
    following = next((one for one in subjects if one > at), None)
    return (following, Phase.HOLDERS, "") if following else None


def _state(subject: Subject, phase: Phase, place: str) -> Json:
    """What is noted after a part that ended at a place, "" for the end of the list."""
    over = not place and phase is Phase.MEMBERS
    following = Phase.MEMBERS if not place else phase
    return {"kind": subject.kind, "key": subject.key, "phase": following.value, "place": place, "over": over}


_Work = Callable[[Walk, Account, str, str, Tags], mending.Listed]
_WORK: Final[Mapping[tuple[str, Phase], _Work]] = {
    (GIVEN, Phase.HOLDERS): mending.holders,
    (GIVEN, Phase.MEMBERS): mending.members,
    (TAKEN, Phase.HOLDERS): taking.holders,
    (TAKEN, Phase.MEMBERS): taking.members,
}
