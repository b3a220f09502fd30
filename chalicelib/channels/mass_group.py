"""A group: the mass messages that go to the platform in one call, whose key is the group's. Pure.

The list of a group is frozen before the first call: the platform knows keys, not lists, and would answer for a shorter list as for the
first, so that whoever is only on the second would be lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final

from chalicelib.events.model import Json
from chalicelib.providers.model import Outcome, Result

MIN_GROUP: Final = 2  # openids that the platform takes in one call
MAX_GROUP: Final = 10_000
MAX_ID_BYTES: Final = 60  # the platform takes 64 as a key, and ours may grow by a mark
PART: Final = 4_000  # members of one item: an item holds 400 KB
_SIFTED: Final = "-s"


class GroupState(StrEnum):
    """Where a group is. The values are stable."""

    FORMED = "formed"  # the platform may have been called
    SENT = "sent"  # it took the list on
    DISSOLVED = "dissolved"  # it certainly never did, and never will: its messages go some other way


@dataclass(frozen=True, slots=True)
class Group:
    """The list of one call: `members` are openids by message id. `at` (ms) is when it was frozen.

    `left_out` are members whom the platform knew nothing of, with why; the others were then sent as a list of its own, with a key of its
    own. `job` is the platform's number, `counts` what it told of the job when it was over. `tag`: the call names this tag of the platform,
    which all members have, and not the members; 0 for a list. `refusal`: what the platform answered when it certainly did not take it on.
    """

    id: str
    account: str
    members: Mapping[str, str] = field(repr=False)
    at: int
    state: GroupState = GroupState.FORMED
    left_out: Mapping[str, str] = field(default_factory=dict, repr=False)
    job: str = ""
    counts: Json = field(default_factory=dict)
    tag: int = 0
    refusal: Outcome | None = None

    @property
    def key(self) -> str:
        """The platform's key: another one for another list."""
        return self.id + (_SIFTED if self.left_out else "")

    def openids(self) -> list[str]:
        """Whom it goes to, each once."""
        return [one for one in dict.fromkeys(self.members.values()) if one not in self.left_out]

    def outcomes(self, outcome: Outcome) -> dict[str, Outcome]:
        """The outcome of the call for each message; those that were left out have their own."""
        own = {openid: Outcome(Result.UNREACHABLE, reason) for openid, reason in self.left_out.items()}
        return {message: own.get(openid, outcome) for message, openid in self.members.items()}


def parts_of(members: Mapping[str, str]) -> Iterator[str]:
    """The members as texts for items: a line for each."""
    lines = (f"{message} {openid}" for message, openid in members.items())
    while part := list(islice(lines, PART)):
        yield "\n".join(part)


def members_of(parts: Iterable[str]) -> dict[str, str]:
    """The members out of their texts."""
    return dict(line.split(" ", 1) for part in parts for line in part.split("\n"))


def is_enough(openids: Sequence[str]) -> bool:
    """Whether the platform takes a list of these."""
    return MIN_GROUP <= len(set(openids)) <= MAX_GROUP
