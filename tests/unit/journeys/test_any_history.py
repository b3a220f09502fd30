"""Whatever happens to somebody on a journey, in whatever order, how often: one thread for each entry, no step twice, no way back.

A machine of rules over the engine alone: two identifiers that may be one person's or two's, whose enrolments it keeps as a store would.
"""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chalicelib.events.model import Event
from chalicelib.identifiers import Identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.acts import AddTag
from chalicelib.journeys.engine.chart import Chart, Door, Policy, ReEntry
from chalicelib.journeys.engine.model import Do, Effect, Enrolment, Run, RunState, Send, Why, message_of
from chalicelib.journeys.nodes.acting import Do as DoNode
from chalicelib.journeys.nodes.choosing import Split
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SECOND, SUBMITTED, Somebody, Trip, chart, expecting, happened, send

PEOPLE = (Identifier("user_id", "ming"), Identifier("anonymous_id", "phone"))
KEYS = ("", "o1", "o2")
LENGTHS = st.sampled_from((0, 1, SECOND, GRACE, MINUTE, 20 * MINUTE, HOUR, 5 * HOUR))
WHO, KEY = st.sampled_from(PEOPLE), st.sampled_from(KEYS[1:])
NODES: dict[str, Any] = {
    "hold": Wait(HOUR, "mark"),
    "mark": DoNode((AddTag("unpaid"),), "pick"),
    "pick": Split(((1, "offer"), (1, "look"))),
    "offer": send("look"),
    "look": WaitFor(((expecting("Clicked", "nodes/look/wait_for"), "thank"),), HOUR, "done"),
    "thank": send("done", "thanks"),
    "done": Exit("offered"),
}


def charted(key: str, policy: Policy) -> Chart:
    paid = expecting("OrderPaid", "exit/0", {"properties.order_id": "entry.key"} if key else None)
    door = Door(expected=SUBMITTED, key=key, re_entry=ReEntry(policy))
    return chart(**NODES, door=door, exits=(paid,))


class Travellers(RuleBasedStateMachine):
    """Two people, or one; everything that may happen to them."""

    chart = charted("properties.order_id", Policy.AFTER_EXIT)

    def __init__(self) -> None:
        super().__init__()
        self.charts = {1: self.chart}
        self.now = NOW
        self.view = Somebody()
        self.apart = True
        self.folders = {one: Enrolment(f"p_{one.value}", self.chart.name) for one in PEOPLE}
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.entered: set[str] = set()
        self.tried_again: set[str] = set()

    # ---- What happens ----

    @rule(who=WHO, key=KEY, ago=LENGTHS)
    def comes(self, who: Identifier, key: str, ago: int) -> None:
        self._enters(self._happens("OrderSubmitted", who, key, ago))

    @rule(who=WHO, key=KEY, ago=LENGTHS, name=st.sampled_from(("OrderPaid", "Clicked", "Viewed")))
    def does(self, who: Identifier, key: str, ago: int, name: str) -> None:
        event = self._happens(name, who, key, ago)
        self._hears(event)

    @precondition(lambda self: self.events)
    @rule(place=st.integers(0, 50))
    def is_told_again(self, place: int) -> None:
        event = self.events[place % len(self.events)]
        self._hears(event)
        if event.name == SUBMITTED.event:
            self._enters(event)

    @rule(length=LENGTHS, looks=st.booleans())
    def time_passes(self, length: int, looks: bool) -> None:
        self.now += length
        if looks:
            self.somebody_looks()

    @rule()
    def somebody_looks(self) -> None:
        for one in self._owners():
            self._put(one, engine.caught_up(self.charts, self.folders[one], self._told_to(one), self.now, self.view))

    @rule()
    def they_are_one(self) -> None:
        mine, theirs = PEOPLE
        if self.apart:
            self.apart = False
            whole = engine.united(self.folders[mine], self.folders[theirs], self.charts, self.now)
            self._put(mine, engine.heard_all(self.charts, whole, self.events, self.now, self.view))
            self.folders[theirs] = Enrolment(self.folders[theirs].person, self.chart.name)

    @rule()
    def they_are_two(self) -> None:
        mine, theirs = PEOPLE
        if not self.apart:
            self.apart = True
            left, got = engine.parted(self.folders[mine], self.folders[theirs], lambda run: run.by == theirs.key, self.charts, self.now)
            self._put(mine, left)
            self._put(theirs, got)

    @rule(place=st.integers(0, 20))
    def a_step_fails(self, place: int) -> None:
        done = [one for one in self.effects if isinstance(one, Send | Do)]
        if done:
            step = done[place % len(done)]
            for one in self._owners():
                found = engine.failed(self.folders[one], step.run, step.node, step.visit, "template_unknown", self.now)
                if found is not self.folders[one]:
                    self.tried_again.add(step.run)
                    self._put(one, engine.heard_all(self.charts, found, self._told_to(one), self.now, self.view))

    @rule()
    def they_are_tried_again(self) -> None:
        for one in self._owners():
            self._put(one, engine.retried(self.charts, self.folders[one], lambda _: True, self.now, self.view))

    # ---- What is always true ----

    @invariant()
    def every_run_is_in_one_place(self) -> None:
        found = Counter(run.id for run in self._runs())
        assert all(times == 1 for times in found.values()), found

    @invariant()
    def whoever_entered_is_known(self) -> None:
        known = {mark.run for one in self.folders.values() for mark in one.marks} | {run.id for run in self._runs()}
        assert self.entered <= known

    @invariant()
    def nobody_has_two_threads_with_one_key(self) -> None:
        for one in self.folders.values():
            going = Counter(run.key for run in one.runs if run.open)
            assert all(times == 1 for times in going.values()), one

    @invariant()
    def who_goes_in_waits_has_failed_or_goes_out(self) -> None:
        entered, left, waits, failed = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        for run in self._runs():
            entered.update(visit.node for visit in run.visits)
            left.update(visit.node for visit in run.visits if visit.until)
            waits.update([run.node] if run.state is RunState.GOING else [])
            failed.update([run.node] if run.state is RunState.FAILED else [])
        assert all(times == left[node] + waits[node] + failed[node] for node, times in entered.items())

    @invariant()
    def runs_went_where_nodes_lead(self) -> None:
        for run in self._runs():
            for one, after in pairwise(run.visits):
                assert after.node in {name for _, name in self.chart.nodes[one.node].targets}
                assert one.since <= one.until <= after.since
            assert run.visits[-1].node == run.node

    @invariant()
    def no_step_is_taken_twice(self) -> None:
        taken = Counter((type(one).__name__, one.run, one.node) for one in self.effects if isinstance(one, Send | Do))
        assert all(times == 1 or key[1] in self.tried_again for key, times in taken.items()), taken

    @invariant()
    def one_message_of_a_node_has_one_id(self) -> None:
        found = {(one.run, one.node): message_of(one.run, one.node, one.visit) for one in self.effects if isinstance(one, Send)}
        assert all(found[one.run, one.node] == message_of(one.run, one.node, one.visit) for one in self.effects if isinstance(one, Send))

    @invariant()
    def who_was_paid_for_is_out(self) -> None:
        for who, one in self.folders.items():
            for run in one.runs:
                ends = [event for event in self._told_to(who) if event.name == "OrderPaid" and self._is_meant(event, run)]
                assert not (ends and run.open), (run, ends)

    # ---- As a store and the lambdas would ----

    def _happens(self, name: str, who: Identifier, key: str, ago: int) -> Event:
        event = happened(name, self.now - ago - NOW, f"{name}{len(self.events)}", who, order_id=key)
        self.events.append(event)
        return event

    def _owner(self, who: Identifier) -> Identifier:
        return who if self.apart else PEOPLE[0]

    def _owners(self) -> tuple[Identifier, ...]:
        return PEOPLE if self.apart else PEOPLE[:1]

    def _told_to(self, who: Identifier) -> list[Event]:
        """What happened to whoever this is now."""
        return [event for event in self.events if self._owner(event.primary) == who]

    def _runs(self) -> list[Run]:
        return [run for one in self.folders.values() for run in one.runs]

    def _is_meant(self, event: Event, run: Run) -> bool:
        return event.time >= run.entered_at and (not run.key or event.properties["order_id"] == run.key)

    def _hears(self, event: Event) -> None:
        one = self._owner(event.primary)
        self._put(one, engine.heard(self.charts, self.folders[one], event, self.now, self.view))

    def _enters(self, event: Event) -> None:
        one = self._owner(event.primary)
        arrival = engine.arrival_of(self.chart, event, self.folders[one].person)
        assert isinstance(arrival, engine.Arrival)
        found = engine.entered(self.chart, self.folders[one], arrival, self.now, self.view)
        if isinstance(found, Enrolment):
            assert engine.entered(self.chart, found, arrival, self.now, self.view) is found
            self.entered.add(arrival.run)
            self._put(one, engine.heard_all(self.charts, found, self._told_to(one), self.now, self.view))

    def _put(self, who: Identifier, after: Enrolment) -> None:
        self.effects += after.outbox
        self.folders[who] = replace(after, outbox=())


class WithoutKeys(Travellers):
    """Nobody inside twice."""

    chart = charted("", Policy.AFTER_EXIT)


class Once(Travellers):
    """Nobody enters twice with one key."""

    chart = charted("properties.order_id", Policy.NEVER)


@pytest.mark.parametrize("machine", [Travellers, WithoutKeys, Once])
def test_whatever_happens_everybody_is_in_one_place_and_no_step_is_taken_twice(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))


def test_a_run_that_both_have_is_the_one_that_came_further() -> None:
    one, view = charted("properties.order_id", Policy.AFTER_EXIT), Somebody()
    event = happened("OrderSubmitted", who=PEOPLE[1], order_id="o1")
    copies = []
    for person in ("p_ming", "p_phone"):
        arrival = engine.arrival_of(one, event, "p_phone")
        assert isinstance(arrival, engine.Arrival)
        found = engine.entered(one, Enrolment(person, one.name), arrival, NOW, view)
        assert isinstance(found, Enrolment)
        copies.append(replace(found, outbox=()))
    further = replace(engine.woken({1: one}, copies[0], NOW + HOUR + GRACE, view), outbox=())
    for mine, theirs in ((further, copies[1]), (copies[1], further)):
        (run,) = engine.united(mine, theirs, {1: one}, NOW + DAY).runs
        assert len(run.visits) > 1
        assert run.reason != Why.MERGED


def test_a_worker_whose_clock_is_behind_hears_of_what_happened_since() -> None:
    trip = Trip(charted("", Policy.AFTER_EXIT))
    trip.enter(happened("OrderSubmitted", order_id="o1"))
    assert trip.hear(happened("OrderPaid", SECOND), at=-SECOND)
    assert trip.run.reason == Why.EXITED
