"""The events that tell of a change of standing."""

from dataclasses import replace
from typing import Final

from chalicelib.audiences.effects import SOURCE, told
from chalicelib.events.model import Kind
from chalicelib.events.packing import pack, sort_key, unpack
from chalicelib.people.standing import Standing, Transition

NOW: Final = 1_795_300_000_000
MOVED: Final = Standing(
    version=7,
    outbox=(
        Transition("$segment_entered", NOW, {"segment": "vip"}),
        Transition("$segment_entered", NOW, {"segment": "buyers", "initial": True}),
    ),
    teller="openid:wx1#o1",
)


def test_each_transition_is_an_event_of_the_strongest_identifier() -> None:
    first, second = told("p_1", MOVED)
    assert (first.kind, first.name, first.time, first.source) == (Kind.DERIVED, "$segment_entered", NOW, SOURCE)
    assert [one.key for one in first.identifiers] == ["openid:wx1#o1"]
    assert [first.properties, second.properties] == [{"segment": "vip"}, {"segment": "buyers", "initial": True}]


def test_a_standing_tells_the_same_whenever_it_is_told() -> None:
    assert told("p_1", MOVED) == told("p_1", MOVED)


def test_no_two_transitions_are_one_event() -> None:
    told_ids = {one.id for person in ("p_1", "p_2") for version in (7, 8) for one in told(person, replace(MOVED, version=version))}
    assert len(told_ids) == 8


def test_a_write_without_transitions_tells_nothing() -> None:
    assert told("p_1", replace(MOVED, outbox=())) == []


def test_it_can_be_kept_and_read_again() -> None:
    for event in told("p_1", MOVED):
        kept = unpack(event.primary.key, sort_key(event.time, event.id), event.kind.value, event.name, pack(event))
        assert kept == event
