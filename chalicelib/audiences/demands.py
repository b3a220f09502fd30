"""What a condition needs: events to be remembered, and definitions to be decided before it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chalicelib.audiences.conditions import (
    AttributeTest,
    By,
    Channel,
    EventCount,
    EventSum,
    LifecycleTest,
    Node,
    ReachableTest,
    ScoreTest,
    SegmentTest,
    Sequence,
    TagTest,
    placed,
)
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.matchers import NAMED_BY, Matcher
from chalicelib.audiences.operands import plain
from chalicelib.events.reserved import Derived
from chalicelib.signals.comparing import Operator
from chalicelib.signals.model import KEEPS, Demand

MAX_KEEP: Final = KEEPS[-1]
FOLLOWED: Final = "WechatSubscribed"  # the events of a fan who comes and goes
UNFOLLOWED: Final = "WechatUnsubscribed"
FAN_CHANNELS: Final = frozenset({Channel.TEMPLATE, Channel.CUSTOMER_SERVICE, Channel.SUBSCRIBE, Channel.MASS})
_KINDS: Final = {"segment": RuleKind.SEGMENTS, "score": RuleKind.SCORES, "tag": RuleKind.TAGS}
_BUILT_IN: Final = "$"  # begins the names of attributes that no rule derives: `$first_touch.campaign.source`


@dataclass(frozen=True, slots=True)
class Reference:
    """A definition that a condition asks for, and where in the document (`where/all/0/segment`).

    `name` is the definition's, but of the life cycle it is the stage, or "" for whichever. An `optional` one need not exist: a tag may be
    given by hand only, an attribute may be sent by a source; if it does exist, it has to be decided first as well.
    """

    kind: RuleKind
    name: str
    path: str
    optional: bool = False


def demand_of(node: Node) -> Demand | tuple[Demand, ...]:
    """What has to be remembered for one condition, not looking into it; () for nothing.

    Of a sequence there is one demand for each step, of a channel that needs a fan those of following and unfollowing.
    """
    match node:
        case EventCount():
            return Demand(node.event, node.filter, keep_for(_hits_needed(node)) if node.within else 0)
        case EventSum():
            return Demand(node.event, node.filter, MAX_KEEP if node.within else 0, node.sum)
        case Sequence():
            return tuple(Demand(step.event, step.filter, MAX_KEEP) for step in node.sequence)
        case ReachableTest() if node.reachable in FAN_CHANNELS:
            return Demand(FOLLOWED), Demand(UNFOLLOWED)
    return ()


def demands_of(condition: Node) -> list[Demand]:
    """What has to be remembered for a condition and all those in it, each demand once."""
    found: dict[Demand, None] = {}
    for _, node in placed(condition):
        demand = demand_of(node)
        found.update(dict.fromkeys(demand if isinstance(demand, tuple) else (demand,)))
    return list(found)


def references_of(condition: Node, path: str = "") -> list[Reference]:
    """Which definitions a condition and all those in it ask for. `path` is the condition's own place in the document."""
    return [one for place, node in placed(condition, path) for one in _references(node, f"{place}/" if place else "")]


def references_of_events(matcher: Matcher, path: str = "") -> list[Reference]:
    """Which definitions an event that rules write is about. `path` is the matcher's own place in the document."""
    return list(_about(matcher, f"{path}/" if path else ""))


def keep_for(hits: int) -> int:
    """The smallest number of newest hits a signal may keep that is enough for so many. Raises ValueError for more than 101."""
    return min(keep for keep in KEEPS if keep >= hits)


def _hits_needed(node: EventCount) -> int:
    """One more than the largest count that is asked for shows whether there are more; "less than n" ends with the n-th."""
    return max(number if operator is Operator.LT else number + 1 for operator, number in node.thresholds)


def _references(node: Node, place: str) -> Iterator[Reference]:
    match node:
        case TagTest() if node.by is not By.MANUAL:
            yield Reference(RuleKind.TAGS, node.tag, f"{place}tag", optional=node.by is None and node.eq is None)
        case AttributeTest() if not node.attribute.startswith(_BUILT_IN):
            yield Reference(RuleKind.DERIVED, node.attribute, f"{place}attribute", optional=True)
        case ScoreTest():
            yield Reference(RuleKind.SCORES, node.score, f"{place}score")
        case SegmentTest():
            yield Reference(RuleKind.SEGMENTS, node.segment, f"{place}segment")
        case LifecycleTest():
            yield Reference(RuleKind.LIFECYCLE, node.lifecycle, f"{place}lifecycle")
    for step, inside in _matchers(node):
        yield from _about(step, place + inside)


def _matchers(node: Node) -> Iterator[tuple[Matcher, str]]:
    """The events that a condition asks for, with their paths in it."""
    match node:
        case Matcher():
            yield node, ""
        case Sequence():
            for number, step in enumerate(node.sequence):
                yield step, f"sequence/{number}/"


def _about(matcher: Matcher, place: str) -> Iterator[Reference]:
    """The definitions whose doings an event tells of."""
    if matcher.event == Derived.LIFECYCLE_CHANGED:
        yield Reference(RuleKind.LIFECYCLE, "", f"{place}event")
    if matcher.named:
        key = NAMED_BY[Derived(matcher.event)]
        optional = key == "tag" and plain(matcher.where).get("by", {}).get(Operator.EQ) != By.RULE
        for name in matcher.named:
            yield Reference(_KINDS[key], name, f"{place}where/{key}", optional)
