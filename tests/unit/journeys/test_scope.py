"""What a run knows, and which events it is meant by."""

from typing import Any

import pytest

from chalicelib.journeys.engine.chart import Match
from chalicelib.journeys.engine.model import Run, Sent
from chalicelib.journeys.engine.scope import known_at, mark_of, matches
from tests.support.charts import NOW, happened

RUN = Run(
    "r1", 1, "A1", "user_id#ming", "p_ming", NOW, "hold", NOW,
    entry={"name": "OrderSubmitted", "time": "2026-11-22T05:00:00.000Z", "properties": {"order": {"id": 7}, "a.b": "dotted", "none": None}},
    sent=(Sent("offer", NOW, "m1"), Sent("offer", NOW + 1, "m2"), Sent("other", NOW + 2, "m3")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("entry.key", "A1"),
        ("entry.name", "OrderSubmitted"),
        ("entry.time", "2026-11-22T05:00:00.000Z"),
        ("entry.properties.order.id", 7),
        ("entry.properties.a.b", "dotted"),
        ("entry.properties.none", None),
        ("entry.properties.nothing", None),
        ("sends.offer", "m2"),  # the newest
        ("sends.nowhere", None),
        ("else.where", None),
    ],
)
def test_what_a_run_knows(path: str, value: Any) -> None:
    assert known_at(RUN, path) == value


@pytest.mark.parametrize(
    ("properties", "known", "meant"),
    [
        ({"id": 7}, "entry.properties.order.id", True),
        ({"id": "7"}, "entry.properties.order.id", True),  # a text that is a plain number is one beside a number
        ({"id": 8}, "entry.properties.order.id", False),
        ({}, "entry.properties.order.id", False),
        ({"id": None}, "entry.properties.nothing", False),  # nothing is not the same as nothing
        ({"id": "m2"}, "sends.offer", True),
        ({"id": "m1"}, "sends.offer", False),
    ],
)
def test_an_event_matches_what_the_run_knows(properties: dict[str, Any], known: str, meant: bool) -> None:
    assert matches([Match("properties.id", known)], RUN, happened("OrderPaid", **properties)) is meant


def test_all_of_several_have_to_match() -> None:
    both = [Match("properties.id", "entry.key"), Match("properties.order", "entry.properties.order.id")]
    assert matches(both, RUN, happened("OrderPaid", id="A1", order=7))
    assert not matches(both, RUN, happened("OrderPaid", id="A1", order=8))
    assert matches([], RUN, happened("OrderPaid"))


def test_a_mark_tells_events_apart_and_is_the_same_for_every_delivery() -> None:
    assert mark_of(happened("A", 1)) == mark_of(happened("A", 1))
    assert len({mark_of(one) for one in (happened("A", 1), happened("A", 2), happened("A", 1, key="x"))}) == 3
