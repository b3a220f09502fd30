"""The book of journeys as it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Conflict, TooLarge
from chalicelib.journeys.in_force import pages
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.in_force.pages import ARCHIVED, MAX_IN_FLIGHT, MAX_JOURNEYS, Book, Kept, Page

AT = 1_795_300_000_000
NEW = Page(JourneyState.STOPPED, ARCHIVED, 0)

texts = st.text(max_size=20)
some_pages = st.builds(
    Page,
    state=st.sampled_from(JourneyState),
    version=st.integers(0, 9),
    at=st.integers(0, AT),
    by=texts,
    reason=texts,
    since=st.integers(0, AT),
    documents=st.dictionaries(
        st.integers(1, 9), st.builds(Kept, st.dictionaries(texts, texts), st.integers(0, 99), st.integers(0, AT)), max_size=3
    ),
)


@given(st.dictionaries(texts, some_pages, max_size=4))
def test_what_is_stored_comes_back(written: dict[str, Page]) -> None:
    book = Book(7, written)
    assert pages.from_json(7, pages.to_json(book)) == book


def test_the_first_version_has_the_journey_run() -> None:
    page = NEW.published(1, Kept({"a": 1}, 4), AT)
    assert (page.state, page.version, page.since, page.documents) == (JourneyState.RUNNING, 1, AT, {1: Kept({"a": 1}, 4)})


@pytest.mark.parametrize("state", [JourneyState.PAUSED, JourneyState.DRAINING])
def test_a_journey_that_somebody_holds_stays_held_when_a_version_is_published(state: JourneyState) -> None:
    held = NEW.published(1, Kept({}), AT).brought_into(state, AT + 1, "anna", "why")
    again = held.published(2, Kept({}), AT + 2)
    assert (again.state, again.by, again.at, again.version) == (state, "anna", AT + 1, 2)


def test_a_version_knows_since_when_nobody_enters_it() -> None:
    page = NEW.published(1, Kept({}), AT).published(2, Kept({}), AT + 1).published(3, Kept({}), AT + 2).published(2, Kept({}), AT + 3)
    assert {version: kept.left for version, kept in page.documents.items()} == {1: AT + 1, 2: 0, 3: AT + 3}
    assert page.archived(AT + 4).documents[2].left == AT + 4


def test_so_many_versions_may_be_in_flight_beside_the_current_one() -> None:
    page = NEW
    for version in range(1, MAX_IN_FLIGHT + 2):
        page = page.published(version, Kept({}), AT)
    with pytest.raises(Conflict) as error:
        page.published(99, Kept({}), AT)
    assert error.value.faults[0].code == "versions_in_flight"
    assert page.published(1, Kept({}), AT).version == 1
    assert page.without(1).published(99, Kept({}), AT).version == 99


def test_the_same_state_again_is_the_same_page() -> None:
    page = NEW.published(1, Kept({}), AT)
    assert page.brought_into(JourneyState.RUNNING, AT + 9, "bob") is page


def test_an_archived_journey_keeps_its_versions_and_has_no_current_one() -> None:
    page = NEW.published(1, Kept({}), AT).archived(AT + 1)
    assert (page.state, page.version, page.at, set(page.documents)) == (JourneyState.STOPPED, ARCHIVED, AT + 1, {1})


def test_a_change_is_the_next_version_of_the_book_and_no_change_is_none() -> None:
    page = NEW.published(1, Kept({}), AT)
    book = Book().changed("a", page)
    assert (book.version, book.pages) == (1, {"a": page})
    assert book.changed("a", page) is book
    assert book.changed("b", None) is book
    assert book.changed("a", None).pages == {}


def test_there_is_room_for_so_many_journeys() -> None:
    page = NEW.published(1, Kept({}), AT)
    full = Book(1, {str(number): page for number in range(MAX_JOURNEYS)})
    with pytest.raises(TooLarge):
        full.changed("one more", page)
    assert full.changed("0", page.archived(AT)).version == 2
