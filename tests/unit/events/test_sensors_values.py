"""Property values mean the same whichever SDK wrote them."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.sensors_values import date_time, stored

UTC_PLUS_8 = -480


@pytest.mark.parametrize(
    ("fraction", "milliseconds"),
    [(".7", 7), (".07", 7), (".007", 7), (".84", 84), (".123", 123), (".0", 0), (".00", 0), (".88", 88), (".5", 5), (".050", 50), ("", 0)],
)
def test_the_fraction_is_a_count_of_milliseconds(fraction: str, milliseconds: int) -> None:
    assert date_time(f"2026-11-22 06:26:11{fraction}", UTC_PLUS_8) == f"2026-11-22T06:26:11.{milliseconds:03}+08:00"


def test_without_a_zone_only_the_fraction_is_made_plain() -> None:
    assert date_time("2024-01-02 03:04:05.7") == "2024-01-02 03:04:05.007"
    assert date_time("2024-01-02 03:04:05") == "2024-01-02 03:04:05"


@pytest.mark.parametrize(
    ("offset", "written"),
    [(0, "+00:00"), (300, "-05:00"), (-330, "+05:30"), (-840, "+14:00")],
)
def test_the_offset_has_the_sign_of_javascript(offset: int, written: str) -> None:
    assert date_time("2026-11-22 06:26:11.1", offset) == f"2026-11-22T06:26:11.001{written}"


@pytest.mark.parametrize("offset", [None, "480", True, 1000, -480.0])
def test_an_offset_that_cannot_be_one_is_no_offset(offset: Any) -> None:
    assert date_time("2026-11-22 06:26:11.1", offset) == "2026-11-22 06:26:11.001"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-13-45 99:99:99.1",
        "2026-11-22T06:26:11.1",
        "2026-11-22 06:26:11.1234",
        "order 2026-11-22 06:26:11",
        "12345678901234567890",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert date_time(text, UTC_PLUS_8) == text


YEAR_1000, YEAR_9999 = datetime.fromisoformat("1000-01-01"), datetime.fromisoformat("9999-12-30")  # local times have no zone


@given(st.datetimes(min_value=YEAR_1000, max_value=YEAR_9999), st.integers(-840, 840))
def test_every_sdk_writes_a_moment_that_reads_the_same(moment: datetime, offset: int) -> None:
    milliseconds = moment.microsecond // 1000
    base = moment.strftime("%Y-%m-%d %H:%M:%S").zfill(19)
    written = {date_time(f"{base}.{text}", offset) for text in (f"{milliseconds}", f"{milliseconds:02}", f"{milliseconds:03}")}
    assert len(written) == 1
    assert datetime.fromisoformat(written.pop()).replace(tzinfo=None) == moment.replace(microsecond=milliseconds * 1000)


def test_bookkeeping_is_not_stored_and_values_keep_their_type() -> None:
    sent = {
        "$is_login_id": True,
        "$project": "p",
        "$token": "t",
        "$timezone_offset": -480,
        "at": "2026-11-22 06:26:11.7",
        "n": 1,
        "list": ["a"],
    }
    assert stored(sent) == {"$timezone_offset": -480, "at": "2026-11-22T06:26:11.007+08:00", "n": 1, "list": ["a"]}
