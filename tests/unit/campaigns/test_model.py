"""Codes and links: which are the same, and how long a code can be handed out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.model import CODE_ID, LINK_ID, MAX_LIFETIME_MS, Asked, Code, Link
from chalicelib.durations import UNITS_MS

NOW = 1_795_300_000_000
HOUR, DAY = UNITS_MS["h"], UNITS_MS["d"]
ASKED = Asked("wx1", "618", "openid:wx1#oA", False, {"station": "人民广场", "line": 2})
LINK = Link("https://shop.example.com/", "618", "user_id#u1", "user_id#u2", NOW)


def test_whoever_asks_for_the_same_means_the_same_code() -> None:
    assert replace(ASKED, properties={"line": 2, "station": "人民广场"}).id == ASKED.id
    assert replace(LINK, created_at=NOW, created_by="k9").id() == LINK.id()


@pytest.mark.parametrize(
    "other",
    [
        {"account": "wx2"},
        {"campaign": ""},
        {"inviter": ""},
        {"permanent": True},
        {"properties": {}},
        {"properties": {"line": "2"}},
    ],
)
def test_whoever_asks_for_something_else_means_another_one(other: dict[str, Any]) -> None:
    assert replace(ASKED, **other).id != ASKED.id


@pytest.mark.parametrize(
    "other", [{"target": "https://x.example/"}, {"campaign": ""}, {"inviter": ""}, {"person": ""}, {"expires_at": None}]
)
def test_a_link_for_something_else_is_another_one(other: dict[str, Any]) -> None:
    assert replace(LINK, **other).id() != LINK.id()
    assert not replace(LINK, **other).same(LINK)


def test_a_link_whose_id_is_taken_has_others() -> None:
    assert len({LINK.id(attempt) for attempt in range(8)}) == 8


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")), st.booleans())
def test_ids_fit_into_a_scene_and_an_address_whatever_they_stand_for(one: str, two: str, permanent: bool) -> None:
    code, link = Asked(one, two, one + two, permanent, {"x": two}).id, Link(one, two).id()
    assert CODE_ID.fullmatch(code)
    assert LINK_ID.fullmatch(link)
    assert not LINK_ID.fullmatch(code)
    assert Asked(one + two, "").id != Asked(one, two).id or two == ""


@pytest.mark.parametrize(
    ("left", "wanted", "good"),
    [
        (DAY, MAX_LIFETIME_MS, True),
        (DAY - 1, MAX_LIFETIME_MS, False),
        (-1, MAX_LIFETIME_MS, False),
        (HOUR, 2 * HOUR, True),
        (HOUR - 1, 2 * HOUR, False),
        (2 * DAY, 4 * DAY, True),
    ],
)
def test_a_code_that_ends_within_a_day_or_half_of_what_is_wanted_is_not_handed_out(left: int, wanted: int, good: bool) -> None:
    code = Code(ASKED.id, ASKED, NOW, "k1").made("T", "http://weixin.qq.com/q/1", NOW + left)
    assert code.is_good(wanted, NOW) is good


def test_a_code_without_an_end_is_good_for_ever_and_a_pending_one_never() -> None:
    pending = Code(ASKED.id, ASKED, NOW, "k1")
    assert not pending.is_good(HOUR, NOW)
    assert pending.made("T", "u", None).is_good(MAX_LIFETIME_MS, NOW + 10_000 * DAY)
