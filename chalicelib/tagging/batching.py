"""Grouping what is to be done to fans into as few calls as the platform allows, and finding the one fan that a call fails for. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from chalicelib.wechat.errors import Unreachable, WechatError

MAX_FANS: Final = 50  # of one call
PERSON_FULL: Final = 45059  # the fan has 20 tags


class Act(IntEnum):
    """What is done to a fan, in the order in which it has to be done: tags that go make room for those that come."""

    UNTAG = 0
    TAG = 1


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """A tag of the account (by the platform's number) that a fan gets or loses."""

    act: Act
    tag: int
    openid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A deed that the platform refuses for this fan alone."""

    deed: Deed
    error: WechatError


def batches(deeds: Iterable[Deed]) -> Iterator[tuple[Act, int, tuple[str, ...]]]:
    """Deeds as calls: (act, tag, at most 50 openids), each openid once, all that go before all that come."""
    groups: dict[tuple[Act, int], list[str]] = defaultdict(list)
    for deed in sorted(set(deeds)):
        groups[deed.act, deed.tag].append(deed.openid)
    for (act, tag), openids in groups.items():
        for start in range(0, len(openids), MAX_FANS):
            yield act, tag, tuple(openids[start : start + MAX_FANS])


def concerns_one(error: WechatError) -> bool:
    """Whether a call failed for the sake of one of its fans and would be taken without."""
    return isinstance(error, Unreachable) or error.number == PERSON_FULL


def bisected(call: Callable[[Sequence[str]], None], openids: Sequence[str]) -> Iterator[tuple[str, WechatError]]:
    """Calls for all; when one fan spoils it, for the halves. Yields those that were refused; raises what concerns all of them."""
    try:
        call(openids)
    except WechatError as error:
        if not concerns_one(error):
            raise
        if len(openids) == 1:
            yield openids[0], error
            return
        half = len(openids) // 2
        yield from bisected(call, openids[:half])
        yield from bisected(call, openids[half:])
