"""Groups of mass messages: their lists, keys and outcomes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.mass_group import MAX_GROUP, MAX_ID_BYTES, Group, is_enough, members_of, parts_of
from chalicelib.messages.templates.chats import MAX_KEY_BYTES
from chalicelib.providers.model import Outcome, Result

GROUP = Group("g" * MAX_ID_BYTES, "wx1", {"m1": "oA", "m2": "oB", "m3": "oA"}, 0)
SENT = Outcome(Result.SENT, provider_id="7")
ids = st.text("0123456789abcdef", min_size=32, max_size=32)
openids = st.text("oABCabc_-019", min_size=1, max_size=28)


@given(st.dictionaries(ids, openids, max_size=40))
def test_members_are_read_as_they_were_written(members: dict[str, str]) -> None:
    assert members_of(parts_of(members)) == members


def test_a_full_group_fits_into_items() -> None:
    parts = list(parts_of({f"{number:032x}": f"o{number:027d}" for number in range(MAX_GROUP)}))
    assert len(members_of(parts)) == MAX_GROUP
    assert max(len(part) for part in parts) < 300_000


def test_another_list_has_another_key_and_both_fit() -> None:
    smaller = replace(GROUP, left_out={"oB": "address_invalid"})
    assert smaller.key != GROUP.key
    assert max(len(one.key.encode()) for one in (GROUP, smaller)) <= MAX_KEY_BYTES


def test_everybody_is_listed_once_and_nobody_who_was_left_out() -> None:
    assert GROUP.openids() == ["oA", "oB"]
    assert replace(GROUP, left_out={"oA": "not_following"}).openids() == ["oB"]


def test_who_was_left_out_has_an_outcome_of_their_own() -> None:
    outcomes = replace(GROUP, left_out={"oB": "not_following"}).outcomes(SENT)
    assert outcomes == {"m1": SENT, "m2": Outcome(Result.UNREACHABLE, "not_following"), "m3": SENT}


@pytest.mark.parametrize(
    ("given_openids", "enough"),
    [([], False), (["oA"], False), (["oA", "oA"], False), (["oA", "oB"], True), ([f"o{one}" for one in range(MAX_GROUP + 1)], False)],
)
def test_a_list_is_two_different_people_at_least(given_openids: list[str], enough: bool) -> None:
    assert is_enough(given_openids) is enough
