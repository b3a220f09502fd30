"""What worlds of journeys came to, in numbers: for the test and for the bench. Orders only, which a peer's model knows too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass

from tests.simulation.journey_findings import Story, faults_of
from tests.simulation.journey_peer import Peer
from tests.simulation.journey_plot import HOLD, SECOND, Plot
from tests.simulation.journey_world import World

GRACE = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Counts:
    """Of orders: with two coupons and more (`twice`), never paid and without a coupon (`lost`), with one though they were paid in time and
    that was stored in time. Of worlds: those that are not as they should be (`faulty`).
    """

    orders: int = 0
    twice: int = 0
    lost: int = 0
    though_paid: int = 0
    faulty: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def ours(plot: Plot) -> Counts:
    """One world with our journeys."""
    world = World(plot)
    world.run()
    story = Story(world)
    out: dict[str, list[int]] = {}
    for run in story.runs.values():
        out.setdefault(run.key, []).extend(story.out(run.id, "offer"))
    found = _counted(plot, out)
    return found + Counts(faulty=bool(faults_of(world)))


def theirs(plot: Plot) -> Counts:
    """The same history with the peer's delay job, while nobody becomes anybody else."""
    peer = Peer(plot)
    peer.run()
    return _counted(plot, peer.out)


def together(each: Iterable[Counts]) -> Counts:
    """Their sum."""
    return sum(each, Counts())


def is_comparable(plot: Plot) -> bool:
    """Whether the model of the peer knows what goes wrong in it, and every order's end can be foretold."""
    return plot.is_steady and plot.trouble not in ("failing", "lost")


def _counted(plot: Plot, out: Mapping[str, Sequence[int]]) -> Counts:
    found = Counts()
    for told in plot.told:
        if told.event.name != "OrderCreated":
            continue
        order, due = told.event.properties["order_id"], told.event.time + HOLD
        paid = [one for one in plot.told if one.event.name == "OrderPaid" and one.event.properties["order_id"] == order]
        in_time = any(one.event.time <= due and one.stored_at < due for one in paid)
        coupons = len(out.get(order, ()))
        found += Counts(1, coupons > 1, not paid and coupons == 0, in_time and coupons > 0)
    return found
