"""What steps have decided is carried out once, whatever dies in between, and not at all when the run is over by then."""

from collections import Counter
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.dispatch.model import Source, SourceKind, State
from chalicelib.dispatch.sending import CANCELLED
from chalicelib.entrypoints.sending_means import MEANS
from chalicelib.fans import store as fans
from chalicelib.fans.model import Change
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import joining
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import holding, moving_on, ordering, performing
from chalicelib.people.reading import person_of
from tests.integration.journeys.reminding import FAN, REMIND, WHO, order
from tests.support.aws import Stack
from tests.support.crashes import killed_at
from tests.support.journeys import GRACE, Road, open_journeys
from tests.support.living import HOUR
from tests.support.pump import Faults
from tests.support.ring import MINUTE


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody who is reminded of their orders."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.publish("remind", REMIND)
    return road


def look(road: Road) -> Enrolment:
    """Somebody's time has come, and they are looked at; what follows has not happened yet."""
    moving_on.look_at(person_of(identifier(*WHO)).id, "remind", road.clock.now)
    return road.enrolment(*WHO, "remind")


# ---- an exit is quicker ----


def test_whoever_pays_between_the_step_and_its_message_gets_none(road: Road) -> None:
    order(road)
    road.pass_by(2 * HOUR + GRACE)
    look(road)
    road.tells("OrderPaid", {"order_id": "o1"}, *WHO)
    road.office.flow()
    (message,) = road.messages(*WHO, "remind")
    assert (message.state, message.reason) == (State.REFUSED, ordering.EXITED)


def test_a_message_that_waits_to_be_sent_is_called_back_by_an_exit(road: Road) -> None:
    order(road)
    road.later(2 * HOUR + GRACE)
    (before,) = road.messages(*WHO, "remind")
    road.does("OrderPaid", {"order_id": "o1"}, **FAN)
    (after,) = road.messages(*WHO, "remind")
    assert (before.state, after.state, after.reason) == (State.QUEUED, State.REFUSED, ordering.EXITED)


def test_whoever_paid_gets_nothing_even_if_the_streams_are_late_with_it(road: Road) -> None:
    order(road)
    road.pass_by(2 * HOUR - MINUTE)
    road.tells("OrderPaid", {"order_id": "o1"}, *WHO)
    road.pass_by(MINUTE + GRACE)
    (run,) = look(road).runs
    assert (run.state, run.sent) == (RunState.ENDED, ())


def test_a_journey_that_is_paused_moves_nobody_on(road: Road) -> None:
    order(road)
    book.put_state("remind", JourneyState.PAUSED, road.clock.now, "test")
    road.later(3 * HOUR)
    assert road.run(*WHO, "remind").node == "hold"
    book.put_state("remind", JourneyState.RUNNING, road.clock.now, "test")
    look(road)
    assert road.run(*WHO, "remind").node == "rest"


def test_messages_of_a_journey_wait_while_it_is_paused(road: Road) -> None:
    source = Source(SourceKind.JOURNEY, "remind")
    assert MEANS.held(source) is None
    book.put_state("remind", JourneyState.PAUSED, road.clock.now, "test")
    assert MEANS.held(source) == holding.PAUSED


def test_messages_of_a_journey_that_was_stopped_while_they_waited_go_no_more(road: Road) -> None:
    source = Source(SourceKind.JOURNEY, "remind")
    book.put_state("remind", JourneyState.STOPPED, road.clock.now, "test")
    assert MEANS.held(source) == CANCELLED
    with patch.object(book, "look_again"):  # another process writes: this one does not hear of it
        book.put_state("remind", JourneyState.DRAINING, road.clock.now, "test")
    book._closed.clear()  # a second later
    assert MEANS.held(source) is None


# ---- once ----


def test_whatever_is_delivered_twice_happens_once(road: Road) -> None:
    road.office.ring.pump.faults = Faults(Random(7), redeliver=0.7)
    order(road)
    order(road, "o2")
    road.later(3 * HOUR)
    assert len(road.messages(*WHO, "remind")) == 2
    assert told(road, *WHO) == {"$journey_entered": 2, "$tags_set": 2, "$attributes_set": 2}


def told(road: Road, namespace: str, value: str) -> Counter[str]:
    """What journeys have written on a timeline."""
    shown = road.office.ring.ask(namespace, value, "/timeline?limit=200&profile=true").json["items"]
    return Counter(one["name"] for one in shown if one["name"].startswith("$journey_") or one["name"].endswith("_set"))


def test_a_worker_that_dies_anywhere_leaves_a_step_that_is_finished_by_the_next(road: Road) -> None:
    people = [("openid:wx1", f"oFan{number}") for number in range(16)]
    for who in people:
        road.tells("OrderPlaced", {"order_id": "o1"}, *who)
        fans.changed("wx1", who[1], Change.FOLLOWED, road.clock.now)
    road.office.flow()
    road.pass_by(2 * HOUR + GRACE)
    done = []
    for number, who in enumerate(people):
        image = stepped(road, who)
        if not killed_at(number // 2, partial(performing.perform, [image], road.clock.now), after=bool(number % 2)):
            break
        for _ in range(2):  # the stream brings it again, and may once more
            performing.perform([image], road.clock.now)
        done.append(who)
    assert len(done) >= 2 * 5  # the timer, the count, the acts, the place under the caps, the message: before and after each
    for who in done:
        assert [one.state for one in road.messages(*who, "remind")] == [State.QUEUED]
        assert told(road, *who) == {"$journey_entered": 1, "$tags_set": 1, "$attributes_set": 1}


def stepped(road: Road, who: tuple[str, str]) -> Enrolment:
    """The write of somebody whose time has come, as its stream shows it, without the stream."""
    kept: list[Enrolment] = []

    def changed(enrolment: Enrolment, person: Any) -> Enrolment:
        charts = joining.charts_for([enrolment], "remind")
        kept[:] = [engine.woken(charts, enrolment, road.clock.now, view_of(person, road.clock.now))]
        return kept[0]

    joining.change(person_of(identifier(*who)).id, "remind", road.clock.now, changed)
    return replace(kept[0], rev=kept[0].rev + 1)
