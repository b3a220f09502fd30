"""Nodes that choose the way, and nodes at which something is done."""

from collections import Counter

import pytest

from chalicelib.journeys.engine.acts import AddTag, EnterJourney, kind_of
from chalicelib.journeys.engine.chart import Message
from chalicelib.journeys.engine.model import Do as Done
from chalicelib.journeys.engine.model import Run, Send, message_of
from chalicelib.journeys.nodes.acting import Do, SendMessage
from chalicelib.journeys.nodes.choosing import Branch, Split
from chalicelib.journeys.nodes.ending import Exit, Milestone
from chalicelib.journeys.nodes.node import End, Go, Node, NotReady, Scene
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait, WaitDate, WaitUntil
from chalicelib.pace import STEADY
from tests.support.charts import HOUR, MINUTE, NOW, Somebody, Trip, chart, expecting, happened, in_segment, send

PLACES = ("nodes/pick/branch/0/where", "nodes/pick/branch/1/where")
BRANCH = Branch(((PLACES[0], "call"), (PLACES[1], "text")), "leave")


def run_of(seed: str = "p_ming", node: str = "pick") -> Run:
    return Run("r1", 1, "", "user_id#ming", seed, NOW, node, NOW)


def scene(person: Somebody | None = None, journey: str = "unpaid") -> Scene:
    return Scene(NOW, NOW, STEADY, person or Somebody(), journey)


@pytest.mark.parametrize(
    ("holds", "to", "outcome"),
    [({PLACES[0]}, "call", "0"), ({PLACES[1]}, "text", "1"), (set(PLACES), "call", "0"), (set(), "leave", "else")],
)
def test_a_branch_goes_the_first_way_whose_condition_holds(holds: set[str], to: str, outcome: str) -> None:
    step = BRANCH.arrive(run_of(), scene(Somebody(holds=holds)))
    assert isinstance(step, Go)
    assert (step.to, step.outcome) == (to, outcome)


def test_a_branch_tells_what_was_found_of_every_condition_that_it_asked() -> None:
    step = BRANCH.arrive(run_of(), scene(Somebody(holds={PLACES[1]})))
    assert isinstance(step, Go)
    assert step.why == {"found": {"0": {"asked": PLACES[0]}, "1": {"asked": PLACES[1]}}}


def test_a_branch_whose_condition_is_still_being_counted_decides_nothing() -> None:
    with pytest.raises(NotReady):
        BRANCH.arrive(run_of(), scene(Somebody(holds={PLACES[1]}, unready={PLACES[0]})))


def way(split: Split, seed: str, node: str = "ab", journey: str = "unpaid") -> str:
    step = split.arrive(run_of(seed, node), scene(journey=journey))
    assert isinstance(step, Go)
    return step.to


def test_a_split_sends_people_by_the_weights() -> None:
    split = Split(((50, "a"), (30, "b"), (20, "c")))
    shares = Counter(way(split, f"p_{number}") for number in range(5000))
    assert [round(shares[name] / 5000, 1) for name in "abc"] == [0.5, 0.3, 0.2]


def test_a_person_draws_the_same_lot_every_time_and_another_one_at_another_node_or_journey() -> None:
    split = Split(((1, "a"), (1, "b")))
    people = [f"p_{number}" for number in range(64)]
    first = [way(split, one) for one in people]
    assert [way(split, one) for one in people] == first
    assert [way(split, one, node="second") for one in people] != first
    assert [way(split, one, journey="other") for one in people] != first


def test_a_way_without_weight_is_never_gone() -> None:
    assert {way(Split(((0, "a"), (0.1, "b"), (0, "c"))), f"p_{number}") for number in range(200)} == {"b"}


def test_sending_and_acting_are_asked_for_once_in_their_order() -> None:
    trip = Trip(chart(tag=Do((AddTag("late"),), "offer"), offer=send("second"), second=send("done"), done=Exit("finished")))
    trip.enter()
    assert [(type(one), one.node, one.visit) for one in trip.done if isinstance(one, Send | Done)] == [
        (Done, "tag", 0),
        (Send, "offer", 1),
        (Send, "second", 2),
    ]
    assert [one.message for one in trip.run.sent] == [message_of(trip.run.id, "offer", 1), message_of(trip.run.id, "second", 2)]


def test_a_goal_on_the_way_is_noted_and_the_end_names_its_reason() -> None:
    trip = Trip(chart(won=Milestone("claimed", "done"), done=Exit("finished")))
    trip.enter()
    assert trip.run.milestones == (("won", NOW),)
    assert trip.run.reason == "finished"
    assert trip.path == [("won", "next"), ("done", "exit")]
    assert Exit("finished").arrive(run_of(), scene()) == End("finished")


@pytest.mark.parametrize(
    ("node", "targets"),
    [
        (Wait(HOUR, "a"), [("next", "a")]),
        (WaitDate("attributes.day", 0, None, "UTC", "a", "b"), [("next", "a"), ("else", "b")]),
        (WaitDate("attributes.day", 0, None, "UTC", "a"), [("next", "a")]),
        (WaitFor(((expecting("A"), "a"),), MINUTE, "b"), [("then", "a"), ("else", "b")]),
        (
            WaitFor(((expecting("A"), "a"), (in_segment("vip"), "c")), MINUTE, "b"),
            [("wait_for/0/then", "a"), ("wait_for/1/then", "c"), ("else", "b")],
        ),
        (BRANCH, [("branch/0/next", "call"), ("branch/1/next", "text"), ("else", "leave")]),
        (Split(((1, "a"), (1, "b"))), [("split/0/next", "a"), ("split/1/next", "b")]),
        (Do((), "a"), [("next", "a")]),
        (SendMessage(Message("t"), "a"), [("next", "a")]),
        (Milestone("g", "a"), [("next", "a")]),
        (Exit("e"), []),
    ],
)
def test_every_node_names_what_may_come_next_and_where_the_document_says_so(node: Node, targets: list[tuple[str, str]]) -> None:
    assert list(node.targets) == targets
    assert node.waits is (node.kind in ("wait", "wait_for"))


@pytest.mark.parametrize(
    "node", [BRANCH, Split(((1, "a"),)), Do((), "a"), SendMessage(Message("t"), "a"), Milestone("g", "a"), Exit("e"), Wait(HOUR, "a"),
             WaitUntil(0, (), "UTC", "a"), WaitDate("attributes.day", 0, None, "UTC", "a")],
)  # fmt: skip
def test_an_event_is_nothing_to_a_node_that_waits_for_none(node: Node) -> None:
    assert node.hear(run_of(), happened("OrderPaid"), scene()) is None


@pytest.mark.parametrize("node", [BRANCH, Split(((1, "a"),)), Do((), "a"), SendMessage(Message("t"), "a"), Milestone("g", "a"), Exit("e")])
def test_a_node_at_which_nobody_stays_does_the_same_whenever_it_is_asked(node: Node) -> None:
    assert node.wake(run_of(), scene()) == node.arrive(run_of(), scene())


def test_every_act_has_the_name_that_documents_give_it() -> None:
    assert kind_of(AddTag("late")) == "add_tag"
    assert kind_of(EnterJourney("other")) == "enter"
