"""Everybody is found by a scan, once each, wherever its pages end and wherever it is taken up again."""

import pytest

from chalicelib.people import store
from chalicelib.people.everybody import Page, Place, everybody, gathered
from tests.support.aws import Stack
from tests.support.ring import Ring, event, make_ring

PEOPLE = 7


@pytest.fixture
def ring(stack: Stack) -> Ring:
    """Seven persons with attributes, one of whom was two before."""
    ring = make_ring(stack)
    for place in range(PEOPLE):
        ring.send(event("Opened", place, user_id=f"u{place}") | {"attributes": {"set": {"place": place}}})
    ring.send(event("Opened", 1, device_id="d"))
    ring.flow()
    ring.send(event("LoggedIn", 9, user_id="u0", device_id="d"))
    ring.flow()
    return ring


def found(after: Place | None = None, page_items: int | None = None) -> list[tuple[str, int]]:
    steps = (step.found for step in everybody(after, page_items))
    return [(one.person.id, one.profile.values()["place"]) for one in steps if one]


@pytest.mark.parametrize("page_items", [1, 2, 3, 5, 8, 13, None])
def test_everybody_is_found_once_with_attributes_wherever_pages_end(ring: Ring, page_items: int | None) -> None:
    everyone = found(page_items=page_items)
    assert sorted(place for _, place in everyone) == list(range(PEOPLE))
    assert len({person for person, _ in everyone}) == PEOPLE


@pytest.mark.parametrize("page_items", [1, 4, None])
def test_a_scan_goes_on_at_every_place_where_it_may_have_stopped(ring: Ring, page_items: int | None) -> None:
    before = list[str]()
    for step in everybody(page_items=page_items):
        if step.found:
            before.append(step.found.person.id)
        if step.place is None:
            break
        rest = [person for person, _ in found(step.place, page_items)]
        assert len({*before, *rest}) == len(before) + len(rest) == PEOPLE
    assert len(before) == PEOPLE


def test_somebody_who_was_merged_away_is_not_found(ring: Ring) -> None:
    ids = {person for person, _ in found()}
    assert ring.person("device_id", "d")["person_id"] in ids
    merged = {item["pk"]["S"][2:] for item in ring.pump.stack.items("people") if "into" in item}
    assert len(merged) == 1
    assert not merged & ids
    assert all(store.persons([one])[one].into for one in merged)


def test_the_end_is_told_even_when_the_last_page_holds_nobody() -> None:
    assert list(gathered([([], Place("I#a", "node")), ([], None)])) == [([], Place("I#a", "node")), ([], None)]


def test_a_person_cut_by_the_end_of_a_page_is_told_once_it_is_whole() -> None:
    one, two, three = ({"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in (("P#a", "person"), ("P#a", "profile"), ("P#b", "person")))
    pages: list[Page] = [
        ([one], Place("P#a", "person")),
        ([two, three], Place("P#b", "person")),
        ([], Place("P#b", "standing")),
        ([], None),
    ]
    assert list(gathered(pages)) == [([one, two], Place("P#a", "profile")), ([three], None)]
