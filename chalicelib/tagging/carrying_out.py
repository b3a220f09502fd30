"""What messages of the queue `tagging` ask for, account by account, and what becomes of them when the platform refuses."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from chalicelib.errors import Busy
from chalicelib.tagging import errands, fan_records, filling, present, reconcile, walking
from chalicelib.tagging.batching import Act
from chalicelib.tagging.bringing import TagLost
from chalicelib.tagging.errands import Arrival, Errand, Look, Step
from chalicelib.tagging.following import follow
from chalicelib.tagging.platform import Opener, Tags
from chalicelib.tagging.walking import Walker
from chalicelib.tagging.wanted import everything
from chalicelib.wechat.errors import LimitReached, Misconfigured, TokenRefused, TryAgain, WechatError

AGAIN_SECONDS: Final = 60  # until a deleted tag has been made anew
_MOMENTARY: Final = (Busy, TryAgain, TokenRefused)


@dataclass(slots=True)
class Report:
    """What was done (deeds by act, counts of walks by name), what is to come again, and what can never be done, with the reason.

    What an account's settings keep from being done is only counted: the next reconciliation after they are mended does it.
    """

    deeds: Counter[Act] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    again: set[Errand] = field(default_factory=set)
    hopeless: dict[Errand, str] = field(default_factory=dict)
    misconfigured: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """One invocation: the way to the platform, and the time (epoch ms)."""

    opened: Opener
    now: Callable[[], int]
    report: Report

    def look(self, looks: Iterable[Look]) -> None:
        """Brings the fans of these persons to their tags, in every account that they are fans of."""
        for appid, mine in _by_account(looks).items():
            named: dict[str, set[str]] = defaultdict(set)
            for one in mine:
                named[one.person] |= set(one.sources)
            later = [Look(person, tuple(sorted(keys)), appid) for person, keys in named.items()]
            self._follow(appid, named, mine, later)

    def arrive(self, arrivals: Iterable[Arrival]) -> None:
        """Gives fans who follow the tags that their persons stand for. Who is nobody yet is tagged when it becomes somebody."""
        by_account: dict[str, list[Arrival]] = defaultdict(list)
        for one in arrivals:
            by_account[one.appid].append(one)
        for appid, mine in by_account.items():
            for one in mine:
                fan_records.start_anew(appid, one.openid)
            found = present.of_fans(appid, [one.openid for one in mine])
            self._follow(appid, {person: () for person, _ in found.values() if person}, mine, mine)

    def step(self, one: Step, message: str) -> None:
        """Carries on a walk for its message."""

        def walk(platform: Tags) -> None:
            _, counts = walking.carry_on(one, message, self.now, _walker(one.walk), platform)
            self.report.counts.update(counts)

        self._guarded(one.appid, walk, [one], [one])

    def _follow(self, appid: str, named: Mapping[str, Collection[str]], asked: Sequence[Errand], later: Sequence[Errand]) -> None:
        if not named:
            return

        def work(platform: Tags) -> None:
            self.report.deeds.update(follow(appid, named, platform))

        self._guarded(appid, work, asked, later)

    def _guarded(self, appid: str, work: Callable[[Tags], None], asked: Sequence[Errand], later: Sequence[Errand]) -> None:
        """One account's trouble is its own. `later` is what to send instead of `asked` when it is to be done after a while."""
        try:
            work(self.opened(appid))
        except LimitReached as reached:
            errands.send(later, errands.seconds_until(reached.until, self.now()))
        except TagLost as lost:
            walking.remake(appid, lost.tag)
            errands.send(later, AGAIN_SECONDS)
        except _MOMENTARY:
            self.report.again.update(asked)
        except Misconfigured:
            self.report.misconfigured += len(asked)
        except WechatError as refused:
            self.report.hopeless.update(dict.fromkeys(asked, str(refused)))


def _walker(name: str) -> Walker:
    return reconcile.reconcile if name == reconcile.ROUND else filling.fill


def _by_account(looks: Iterable[Look]) -> dict[str, list[Look]]:
    """Who is to be looked at in which account: where the person has fans."""
    asked = list(looks)
    people = present.persons({one.person for one in asked}, everything().keys()) if asked else {}
    found: dict[str, list[Look]] = defaultdict(list)
    for one in asked:
        for appid in people[one.person].openids if one.person in people else ():
            if one.appid in ("", appid):
                found[appid].append(one)
    return found
