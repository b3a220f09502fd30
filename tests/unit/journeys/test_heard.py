"""In which order events act on a journey."""

from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine.heard import Heard, in_order


def event(one: str, at: int, by: str = "u1") -> Event:
    return Event(one, Kind.TRACK, one, at, (identifier("user_id", by),), "shop")


def names(heard: list[Heard]) -> list[str]:
    return [one.event.name for one in heard]


def test_events_act_in_the_order_in_which_they_happened() -> None:
    assert names(in_order([Heard(event("Paid", 9), "j"), Heard(event("Ordered", 5), "j")])) == ["Ordered", "Paid"]


def test_events_of_one_millisecond_act_as_they_came() -> None:
    assert names(in_order([Heard(event("Paid", 5), "j"), Heard(event("Ordered", 5), "j")])) == ["Paid", "Ordered"]


def test_a_stored_event_takes_its_place_behind_those_of_its_millisecond() -> None:
    heard = [Heard(event("Ordered", 5), "j", enters=True), Heard(event("Left", 9), "j")]
    assert names(in_order(heard, [event("Paid", 5), event("Seen", 7)])) == ["Ordered", "Paid", "Seen", "Left"]


def test_an_event_that_is_stored_and_heard_acts_once_and_still_lets_in() -> None:
    (only,) = in_order([Heard(event("Ordered", 5), "j", enters=True)], [event("Ordered", 5)])
    assert only.enters


def test_the_same_id_under_another_identifier_is_another_event() -> None:
    heard = [Heard(event("Paid", 5, by="u1"), "j"), Heard(event("Paid", 5, by="u2"), "j")]
    assert len(in_order(heard)) == 2
