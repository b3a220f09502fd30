"""All journeys in force: which of them an event sets going, and where it may move somebody on."""

from typing import Any

import pytest

from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import Identifier
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.in_force.charts import Hears, Journeys, JourneyState, Standing
from tests.support.journey_documents import DONE, Json, journey, unpaid

AT = 1_795_300_000_000


def happened(name: str, kind: Kind = Kind.TRACK, **properties: Any) -> Event:
    """An event."""
    return Event("e", kind, name, AT, (Identifier("user_id", "u"),), "shop", properties)


def standing(name: str, *documents: Json, state: JourneyState = JourneyState.RUNNING, version: int | None = None) -> Standing:
    """A journey with these versions, the last of which is entered."""
    charts = {number: chart_of(name, number, document) for number, document in enumerate(documents, 1)}
    return Standing(name, state, len(documents) if version is None else version, AT, charts=charts)


def test_an_event_lets_in_where_the_door_is_for_it() -> None:
    large = journey(entry={"event": "OrderSubmitted", "where": {"amount": {"gte": 100}}})
    known = Journeys([standing("unpaid", unpaid()), standing("large", large)])
    assert set(known.hearing(happened("OrderSubmitted", amount=5))) == {("unpaid", Hears.ENTERS)}
    assert set(known.hearing(happened("OrderSubmitted", amount=100))) == {("unpaid", Hears.ENTERS), ("large", Hears.ENTERS)}
    assert not list(known.hearing(happened("OrderShipped")))


def test_entries_come_before_what_moves_on() -> None:
    again = unpaid(exit=[{"event": "OrderSubmitted"}])
    known = Journeys([standing("again", again)])
    assert list(known.hearing(happened("OrderSubmitted"))) == [("again", Hears.ENTERS), ("again", Hears.LOOKS_OUT)]


def test_a_journey_looks_out_for_the_events_of_every_version_once() -> None:
    waits = {"w": {"wait_for": {"event": "Claimed", "where": {"n": 1}}, "within": "1h", "then": "done", "else": "done"}, "done": DONE}
    known = Journeys([standing("unpaid", journey(waits), unpaid(), unpaid(title="二"))])
    assert list(known.hearing(happened("OrderPaid"))) == [("unpaid", Hears.LOOKS_OUT)]
    assert list(known.hearing(happened("Claimed", n=1))) == [("unpaid", Hears.LOOKS_OUT)]
    assert not list(known.hearing(happened("Claimed", n=2)))


@pytest.mark.parametrize("state", [one for one in JourneyState if one is not JourneyState.RUNNING])
def test_only_a_running_journey_is_entered_and_all_look_out(state: JourneyState) -> None:
    known = Journeys([standing("unpaid", unpaid(), state=state)])
    assert not list(known.hearing(happened("OrderSubmitted")))
    assert list(known.hearing(happened("OrderPaid"))) == [("unpaid", Hears.LOOKS_OUT)]


def test_an_archived_journey_is_not_entered() -> None:
    known = Journeys([standing("unpaid", unpaid(), version=0)])
    assert not list(known.hearing(happened("OrderSubmitted")))
    assert known.current("unpaid") is None
    assert known.chart("unpaid", 1) is not None


@pytest.mark.parametrize("kind", [Kind.PROFILE, Kind.LINK, Kind.UNLINK])
def test_what_is_no_happening_means_nothing(kind: Kind) -> None:
    assert not list(Journeys([standing("unpaid", unpaid())]).hearing(happened("OrderSubmitted", kind)))


def test_what_rules_find_out_is_heard() -> None:
    known = Journeys([standing("vips", journey(entry={"segment": "vip"}))])
    assert list(known.hearing(happened("$segment_entered", Kind.DERIVED, segment="vip"))) == [("vips", Hears.ENTERS)]
    assert not list(known.hearing(happened("$segment_entered", Kind.DERIVED, segment="other")))
    assert not list(known.hearing(happened("$segment_left", Kind.DERIVED, segment="vip")))


def test_what_is_not_known_has_no_state_and_no_charts() -> None:
    known = Journeys()
    assert (known.names(), known.state("a"), known.standing("a"), known.current("a"), known.chart("a", 1)) == ((), None, None, None, None)
    assert known.charts("a") == {}
