"""What a world came to, in numbers: for the test and for the bench."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

from chalicelib.dispatch.model import Message, State
from tests.simulation.sending_peer import Kind, Peer
from tests.simulation.sending_platform import Platform
from tests.simulation.sending_world import WAYS, Plan, World, plan_of

STORED_EVERY = 100  # of so many worlds one runs on items


@dataclass(frozen=True, slots=True)
class Counts:
    """Of messages: told twice (`doubled`); not told though a way was open, and nobody knows of it (`lost`); listed as UNKNOWN. Of the
    world: deaths of workers, answers that got lost, calls.
    """

    messages: int = 0
    doubled: int = 0
    lost: int = 0
    unknown: int = 0
    deaths: int = 0
    lost_answers: int = 0
    calls: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def ours(plan: Plan, *, stored: bool = False) -> Counts:
    """One world with our ledger. Every message is settled in the end."""
    world = World(plan)
    found = world.run(stored=stored)
    assert {one.state for one in found.values()} <= {State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN}, plan
    ways = [world.platforms[trip.account] for trip in WAYS]
    unknown = sum(one.state is State.UNKNOWN for one in found.values())
    lost = sum(_is_lost(one, world.platforms, keyed=plan.keyed) for one in found.values())
    return Counts(len(found), _doubled(plan, ways), lost, unknown, world.line.deaths, _lost_answers(ways), sum(one.calls for one in ways))


def theirs(plan: Plan, kind: Kind) -> Counts:
    """The same world with a peer's retries, by the first way only."""
    peer = Peer(plan, kind)
    peer.run()
    way = peer.platform
    lost = sum(way.is_open(one) and not way.reached(one) for one in plan.ids)
    return Counts(plan.messages, _doubled(plan, [way]), lost, 0, peer.line.deaths, way.lost_answers, way.calls)


def tally(seeds: Iterable[int], *, keyed: bool) -> dict[str, Counts]:
    """The sum over seeds whose platforms honour keys, or do not: ours and the peers'."""
    total = {"ours": Counts(), **{kind.value: Counts() for kind in Kind}}
    for seed in seeds:
        plan = plan_of(seed)
        if plan.keyed is keyed:
            total["ours"] += ours(plan, stored=seed % STORED_EVERY < 2)
            for kind in Kind:
                total[kind.value] += theirs(plan, kind)
    return total


def _doubled(plan: Plan, ways: Iterable[Platform]) -> int:
    several = list(ways)
    return sum(sum(way.reached(one) for way in several) > 1 or any(way.done[one] > 1 for way in several) for one in plan.ids)


def _is_lost(message: Message, platforms: Mapping[str, Platform], *, keyed: bool) -> bool:
    """Whether nobody was told though it could have been, and nobody can see that. With keys UNKNOWN is no excuse."""
    ways = [platforms[trip.account] for trip in WAYS]
    if any(way.reached(message.id) for way in ways):
        return False
    if message.state is State.UNKNOWN:
        assert message.trip is not None
        return keyed and platforms[message.trip.account].is_open(message.id)
    if message.state is State.FAILED:
        return any(way.is_open(message.id) for way in ways)
    assert message.trip is not None
    return message.id not in platforms[message.trip.account].bounces


def _lost_answers(ways: Iterable[Platform]) -> int:
    return sum(one.lost_answers for one in ways)
