"""What has to be true of every world of journeys, whatever went wrong in it; each thing that is not, in words.

assert not faults_of(world), world.plot
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from chalicelib.dispatch.model import State
from chalicelib.events.model import Event
from chalicelib.journeys.engine.model import OUTSIDE, Do, Enrolment, Run, RunState, Send, Why, Withdraw, message_of
from tests.simulation.journey_plot import ENTRIES, HOLD, UNPAID, WELCOME, Told, charts
from tests.simulation.journey_world import World, Write

HELD = "paused"
CALLED_BACK = frozenset({Why.EXITED, Why.STOPPED, Why.MERGED})


@dataclass
class Story:
    """A world that has come to rest, by its runs: where each lies, and what was written of it, in order."""

    world: World
    places: dict[str, list[Enrolment]] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    told: dict[str, list[tuple[Write, Run]]] = field(default_factory=dict)
    sends: dict[tuple[str, str, int], list[Write]] = field(default_factory=dict)
    acts: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for one in self.world.enrolments:
            for run in one.runs:
                self.places.setdefault(run.id, []).append(one)
                self.runs[run.id] = run
        for write in self.world.writes:
            for run in write.enrolment.runs:
                self.told.setdefault(run.id, []).append((write, run))
            for effect in write.enrolment.outbox:
                if isinstance(effect, Send):
                    self.sends.setdefault((effect.run, effect.node, effect.visit), []).append(write)
                elif isinstance(effect, Do):
                    self.acts[effect.run, effect.node, effect.visit] += 1

    def out(self, run: str, node: str) -> list[int]:
        """When messages of a run's node went out."""
        found = {message_of(*key) for key in self.sends if key[:2] == (run, node)}
        return [at for one in found for at in self.world.out.get(one, ())]


def faults_of(world: World) -> list[str]:
    """Everything that should not be."""
    story = Story(world)
    found = [*_places(story), *_ways(story), *_steps(story), *_exits(story), *_entries(story), *_threads(story), *_counts(story)]
    return [*found, *(_orders(story) if world.plot.is_steady else ())]


def _places(story: Story) -> Iterator[str]:
    """Every run is in exactly one place, and in the end none is under way."""
    for run, places in story.places.items():
        if len(places) != 1:
            yield f"{run} lies with {[one.person for one in places]}"
        if story.runs[run].open:
            yield f"{run} has not come to its end: {story.runs[run]}"
    yield from (f"{run} is lost" for run in story.told if run not in story.places)


def _ways(story: Story) -> Iterator[str]:
    """Each run has gone from node to node by what the nodes say, and never back."""
    for run in story.runs.values():
        chart = charts()[story.places[run.id][0].journey]
        for one, after in pairwise(run.visits):
            known = {chart.start} if one.node == OUTSIDE else {name for _, name in chart.nodes[one.node].targets}
            if after.node not in known or not one.since <= one.until <= after.since:
                yield f"{run.id} went from {one} to {after}"
        if run.visits and (run.visits[-1].node != run.node or bool(run.visits[-1].until) == run.open):
            yield f"{run.id} is at {run.node}, and was last at {run.visits[-1]}"
    for name, told in story.told.items():
        for (write, early), (later, late) in pairwise(told):
            same = write.enrolment.person == later.enrolment.person
            if same and len(late.visits) < len(early.visits) and RunState.FAILED not in (early.state, late.state):
                yield f"{name} went back from {early} to {late}"


def _steps(story: Story) -> Iterator[str]:
    """No step is taken twice, and none that was decided is lost."""
    messages = story.world.messages
    anew = story.world.plot.trouble in ("failing", "unbound")  # tried again; entered with both owners until they were united: same ids
    for key, writes in story.sends.items():
        message, run = message_of(*key), story.runs.get(key[0])
        if len(writes) > 1 and not anew:
            yield f"{key} was decided {len(writes)} times"
        if len(story.world.out.get(message, ())) > 1:
            yield f"{key} went out {len(story.world.out[message])} times"
        called_back = run is None or run.reason in CALLED_BACK or any("recalled" in (visit.why or {}) for visit in run.visits)
        undone = run is not None and (len(run.visits) <= key[2] or run.visits[key[2]].node != key[1])  # an earlier step has failed
        if message not in messages and not called_back and not undone:
            yield f"{key} was decided, and nobody has heard of its message"
        if message in messages and messages[message].state not in (State.CLAIMED, *([State.REFUSED] if called_back else [])):
            yield f"{key} stays {messages[message].state} ({messages[message].reason}), and its run is {run}"
    for run_id, node in dict.fromkeys(key[:2] for key in story.sends):
        if len(story.out(run_id, node)) > 1:
            yield f"{run_id} sent twice at {node}"
    yield from (f"{key} was done {times} times" for key, times in story.acts.items() if times > 1 and not anew)


def _exits(story: Story) -> Iterator[str]:
    """Once a run was ended nothing is decided for it, and once its messages were called back none goes out."""
    for name, told in story.told.items():
        ended = next((write for write, run in told if run.reason in CALLED_BACK), None)
        if ended is None:
            continue
        for key, writes in story.sends.items():
            if key[0] == name and any(one.at > ended.at for one in writes):
                yield f"{key} was decided after its run was ended"
    for write in story.world.writes:
        one = write.enrolment
        done = story.world.done.get((one.person, one.journey, one.rev))
        for message in (message for effect in one.outbox if isinstance(effect, Withdraw) for message in effect.messages):
            if done is None or any(at > done for at in story.world.out.get(message, ())):
                yield f"{message} went out after it was called back"


def _entries(story: Story) -> Iterator[str]:
    """Who comes to an open door gets one thread, whatever comes twice."""
    plot = story.world.plot
    orders = Counter(run.key for run in story.runs.values() if story.places[run.id][0].journey == UNPAID)
    for told in plot.told:
        if told.event.name == "OrderCreated":
            threads = orders[told.event.properties["order_id"]]
            if threads > 1 or (threads == 0 and plot.trouble != HELD):
                yield f"{told.event.id} has {threads} threads"
    doors = dict.fromkeys(ENTRIES.values(), 0) | Counter(places[0].journey for places in story.places.values())
    for event, journey in ENTRIES.items():
        came = sum(told.event.name == event for told in plot.told)
        if (came and not doors[journey] and plot.trouble != HELD) or doors[journey] > came:
            yield f"{came} came to {journey}, {doors[journey]} threads were begun"


def _threads(story: Story) -> Iterator[str]:
    """Of a journey without a key nobody has two threads; and what one of two that became one has sent, the other does not send again."""
    for write in story.world.writes:
        going = Counter(run.key for run in write.enrolment.runs if run.open)
        yield from (f"{write.enrolment.person} has {times} threads in {write.enrolment.journey}" for times in going.values() if times > 1)
    for run in story.runs.values():
        if run.reason != Why.MERGED:
            continue
        united = next(write.at for write, one in story.told[run.id] if one.reason == Why.MERGED)
        survivor = str((run.visits[-1].why or {})["run"])
        done = {key[1] for key, writes in story.sends.items() if key[0] == run.id}
        for key, writes in story.sends.items():
            if key[0] == survivor and key[1] in done and writes[0].at > united:
                yield f"{survivor} sends at {key[1]} what {run.id} has sent, which it was united with"


def _counts(story: Story) -> Iterator[str]:
    """At every node as many are counted in as have waited there, and all of them out: what is told of runs is what they are."""
    for journey, versions in story.world.census.items():
        runs = [run for run in story.runs.values() if story.places[run.id][0].journey == journey and run.inside]
        truth = Counter(visit.node for run in runs for visit in run.visits if visit.node != OUTSIDE)
        found = Counter(
            {node: census.began(node) for census in versions.values() for node in census.nodes if node in charts()[journey].nodes}
        )
        inside = {node for census in versions.values() for node in census.nodes if census.waiting(node) or census.failed(node)}
        if truth != found or inside:
            yield f"of {journey} {dict(found)} are counted, {dict(truth)} were there, and {inside} have somebody in them"


def _orders(story: Story) -> Iterator[str]:
    """No coupon for an order that was paid in time, whatever the streams' order; one for each that never was."""
    plot, stored = story.world.plot, story.world.stored
    for told in plot.told:
        if told.event.name == "OrderCreated":
            found = [run for run in story.runs.values() if run.key == told.event.properties["order_id"]]
            yield from (fault for run in found for fault in _order(story, told, run))
    for told in plot.told:
        if told.event.name == "SignedUp" and plot.trouble != "outage":
            mine = [run for run in story.runs.values() if story.places[run.id][0].journey == WELCOME and run.by == told.event.primary.key]
            runs = [run for run in mine if run.entered_at == told.event.time]
            ends = [one.event for one in plot.told if one.event.name == "Bought" and one.event.identifiers == told.event.identifiers]
            for run in runs:
                in_time = [one for one in ends if _in_time(one, run.entered_at, HOLD // 2, stored)]
                if in_time and story.out(run.id, "again"):
                    yield f"{run.id} was told again, though {in_time[0].id} was in time"


def _order(story: Story, told: Told, run: Run) -> Iterator[str]:
    paid = [one.event for one in story.world.plot.told if one.event.name == "OrderPaid" and one.event.properties["order_id"] == run.key]
    if not paid and (run.reason != "offered" or len(story.out(run.id, "offer")) != 1):
        yield f"{run.id} was never paid, and got {len(story.out(run.id, 'offer'))} coupons: {run}"
    for one in paid:
        if _in_time(one, told.event.time, HOLD, story.world.stored) and (story.out(run.id, "offer") or run.reason != Why.EXITED):
            yield f"{run.id} was paid in time by {one.id}, and yet: {run}"


def _in_time(event: Event, entered: int, hold: int, stored: dict[str, int]) -> bool:
    """Whether something happened within a stay, and was stored within the grace after it."""
    return entered <= event.time <= entered + hold and stored[event.id] < entered + hold + charts()[UNPAID].grace
