"""Whether an account may be called at all: shut for a while when it is limited, misconfigured or hanging, and opened by one call that
goes first. Pure. All times are epoch ms.

    open --three calls in a row that nobody answers, or a refusal of the whole account--> shut --its time is over--> one probe
    probe --any answer--> open          probe --none--> shut again          probe --nobody was called--> another probe
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from chalicelib.providers.model import Outcome, Reason, Result

SILENCES: Final = 3  # calls in a row without an answer, within SILENT_MS, that make an account a hanging one
SILENT_MS: Final = 60_000
HANGING_MS: Final = 30_000  # for how long nobody calls a hanging account
MISCONFIGURED_MS: Final = 5 * 60_000  # until it is seen whether somebody has repaired it
UNTOLD_LIMIT_MS: Final = 60_000  # of a limit that does not say when it is over
PROBE_MS: Final = 20_000  # a probe that has told nothing for so long is given up; longer than any call takes
BEHIND_PROBE_MS: Final = 5_000  # within how long after a probe's end those look again who came second
HANGING: Final = "hanging"
_UNANSWERED: Final = (Reason.PROVIDER_SILENT, Reason.PROVIDER_AWAY)


class Gate(StrEnum):
    """What somebody who wants to call is told."""

    OPEN = "open"
    SHUT = "shut"
    PROBE = "probe"  # may call once, and everybody waits for what comes of it


@dataclass(frozen=True, slots=True)
class Guard:
    """What is known of an account's health: when calls went unanswered since the last answer; until when it is shut (0: it is not),
    and why; until when somebody probes it.
    """

    silences: tuple[int, ...] = ()
    shut_until: int = 0
    reason: str = ""
    probe_until: int = 0

    def gate(self, now: int) -> Gate:
        """Whether it may be called."""
        if not self.shut_until:
            return Gate.OPEN
        return Gate.SHUT if now < max(self.shut_until, self.probe_until) else Gate.PROBE

    def again_at(self, now: int) -> int:
        """When to look again at a guard that is shut. A probe is waited for to its end: whoever looks in between only to wait on is one
        more delivery of a queue that counts them.
        """
        return self.shut_until if now < self.shut_until else self.probe_until

    def probed(self, now: int) -> bool:
        """Whether somebody's probe is what everybody waits for."""
        return bool(self.shut_until) and self.shut_until <= now < self.probe_until


WELL: Final = Guard()


def probing(guard: Guard, now: int) -> Guard:
    """The guard while somebody makes the one call that it lets through."""
    return replace(guard, probe_until=now + PROBE_MS)


def shut(until: int, reason: str) -> Guard:
    """Nobody calls before `until`."""
    return Guard(shut_until=until, reason=reason)


def learned(guard: Guard, outcome: Outcome, now: int) -> Guard:
    """The guard after a call that came to `outcome`. Whatever is about one message or one address says that the account is well; where
    nobody was called nothing is learned, and whoever was to probe leaves that to the next.
    """
    if not outcome.called:
        return replace(guard, probe_until=0) if guard.probe_until else guard
    if outcome.kind is Result.MISCONFIGURED:
        return shut(now + MISCONFIGURED_MS, outcome.reason)
    if outcome.kind is Result.LIMITED and outcome.reason == Reason.ACCOUNT_LIMIT:
        return shut(max(outcome.until or now + UNTOLD_LIMIT_MS, now), outcome.reason)
    if outcome.reason in _UNANSWERED:
        return _silent(guard, now)
    return guard if guard.shut_until > now else WELL  # a call that was under way when others found it shut opens nothing


def _silent(guard: Guard, now: int) -> Guard:
    if guard.shut_until > now:
        return guard  # a call that was under way
    if guard.shut_until:
        return shut(now + HANGING_MS, HANGING)  # the probe
    silences = (*(at for at in guard.silences if now - at < SILENT_MS), now)
    return shut(now + HANGING_MS, HANGING) if len(silences) >= SILENCES else Guard(silences)
