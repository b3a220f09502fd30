"""Names, states and kinds of definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.definitions.kinds import MAX_PROJECTS, SOURCES, SourceDocument, kind_of
from chalicelib.definitions.model import State, checked_name, state_of
from chalicelib.errors import BadRequest, DocumentInvalid, NotFound


@pytest.mark.parametrize("name", ["shop", "Shop-2", "618.sale_a", "7", "a" * 64])
def test_a_name_can_stand_in_a_path(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", ".a", "a b", "a/b", "店", "a#b", "a\n", "a" * 65])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="a name is"):
        checked_name(name)


@pytest.mark.parametrize(
    ("version", "published", "archived", "state"),
    [
        (1, None, False, State.DRAFT),
        (2, 1, False, State.DRAFT),
        (2, 2, False, State.PUBLISHED),
        (1, 2, False, State.RETIRED),
        (1, None, True, State.ARCHIVED),
    ],
)
def test_the_state_of_a_version_follows_from_what_is_in_force(version: int, published: int | None, archived: bool, state: State) -> None:
    assert state_of(version, published, archived) is state


@given(st.integers(1, 50), st.integers(1, 50))
def test_exactly_one_version_is_in_force(published: int, latest: int) -> None:
    states = [state_of(version, published, False) for version in range(1, max(published, latest) + 1)]
    assert states.count(State.PUBLISHED) == 1


def test_a_kind_that_nobody_registered_is_not_found() -> None:
    with pytest.raises(NotFound):
        kind_of("wishes")


def test_a_source_is_first_party_unless_it_says_otherwise() -> None:
    assert SourceDocument.model_validate({"title": "官网"}).third_party is False


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"titel": "x"}, "titel"),
        ({"third_party": "perhaps"}, "third_party"),
        ({"projects": [""]}, "projects/0"),
        ({"projects": ["a", "b" * 101]}, "projects/1"),
        ({"projects": [str(number) for number in range(MAX_PROJECTS + 1)]}, "projects"),
        ([], ""),
        (None, ""),
    ],
)
def test_a_source_that_breaks_the_contract_is_told_where(document: object, path: str) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        kind_of(SOURCES).checked(document)
    assert [fault.path for fault in refused.value.faults] == [path]
