"""What people should come out, computed in memory from all events at once, in the plainest way that can be thought of."""

from dataclasses import dataclass

from chalicelib.events.model import AttributeChange, Event, Kind, Operation
from chalicelib.identifiers import Identifier, strongest
from chalicelib.identity.rules import IdentityRules
from chalicelib.signals.model import State
from chalicelib.signals.plan import SignalPlan
from tests.simulation.signals import counted


@dataclass(frozen=True, slots=True)
class Expected:
    """One person as it should be read back."""

    identifiers: frozenset[str]
    events: int
    first_seen: int
    last_seen: int
    attributes: dict[str, object]
    signals: dict[int, State]


def people_of(events: list[Event], rules: IdentityRules, plan: SignalPlan) -> list[Expected]:
    """The people behind a set of events."""
    groups = _groups(events, rules)
    return [_expected(group, [event for event in events if strongest(event.identifiers).key in group], plan) for group in groups]


def _sightings(events: list[Event], rules: IdentityRules) -> dict[tuple[str, str], list[tuple[int, bool]]]:
    """Per pair of identifiers: when it was seen, and whether the source vouched for it."""
    seen: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for event in events:
        centre = strongest(event.identifiers)
        for one in event.identifiers:
            if one != centre:
                low, high = sorted((centre.key, one.key))
                sure = all(_sure(end, event, rules) for end in (centre, one))
                seen.setdefault((low, high), []).append((event.time, sure))
    return seen


def _sure(one: Identifier, event: Event, rules: IdentityRules) -> bool:
    return one.key in event.verified or not rules.namespaces[one.base].needs_verification


def _groups(events: list[Event], rules: IdentityRules) -> list[set[str]]:
    withdrawn: dict[str, int] = {}
    keys = {one.key for event in events for one in (*event.identifiers, *event.unlink)}
    for event in events:
        for one in event.unlink:
            withdrawn[one.key] = max(withdrawn.get(one.key, 0), event.time)
    standing = []
    for pair, times in _sightings(events, rules).items():
        if max(at for at, _ in times) > max(withdrawn.get(key, 0) for key in pair):
            standing.append((_weight(pair, times, rules), pair, any(sure for _, sure in times)))
    groups = [{key} for key in sorted(keys)]
    for _, (low, high), sure in sorted(standing):
        left = next(group for group in groups if low in group)
        right = next(group for group in groups if high in group)
        if left is not right and _may_join(left, right, sure, rules):
            groups.remove(right)
            left |= right
    return groups


def _weight(pair: tuple[str, str], times: list[tuple[int, bool]], rules: IdentityRules) -> tuple[int, int, str, str]:
    sure = any(vouched for _, vouched in times)
    strength = min(rules.namespaces[_base(key)].priority for key in pair) if sure else 0
    return (-strength, min(at for at, _ in times), *pair)


def _may_join(left: set[str], right: set[str], sure: bool, rules: IdentityRules) -> bool:
    known = [any(rules.namespaces[_base(key)].identifies for key in group) for group in (left, right)]
    if not sure and all(known):
        return False
    for namespace in {key.partition("#")[0] for key in left} & {key.partition("#")[0] for key in right}:
        limit = rules.namespaces[namespace.partition(":")[0]].limit
        if limit and sum(key.partition("#")[0] == namespace for key in left | right) > limit:
            return False
    return True


def _base(key: str) -> str:
    return key.partition("#")[0].partition(":")[0]


def _expected(group: set[str], events: list[Event], plan: SignalPlan) -> Expected:
    acts = [event for event in events if event.kind is not Kind.PROFILE]
    times = [event.time for event in acts]
    seen = min(times, default=0), max(times, default=0)
    return Expected(frozenset(group), len(acts), *seen, _attributes(events), counted(events, plan))


def _attributes(events: list[Event]) -> dict[str, object]:
    """Operations one by one in the order of event time. Scenarios give each event a time of its own."""
    values: dict[str, object] = {}
    for event in sorted(events, key=lambda one: one.time):
        for change in event.attributes:
            _apply(change, values)
    return values


def _apply(change: AttributeChange, values: dict[str, object]) -> None:
    before = values.get(change.name)
    match change.operation:
        case Operation.SET:
            values[change.name] = change.value
        case Operation.SET_ONCE:
            values.setdefault(change.name, change.value)
        case Operation.INCREMENT:
            values[change.name] = (before if isinstance(before, int) else 0) + change.value
        case Operation.APPEND:
            had = before if isinstance(before, list) else [] if before is None else [before]
            values[change.name] = had + [one for one in change.value if one not in had]
        case Operation.UNSET:
            values.pop(change.name, None)
        case Operation.CLEAR:
            values.clear()
