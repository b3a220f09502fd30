"""Local times are read with the runtime's zone files, and Chinese ones also without."""

import zoneinfo
from collections.abc import Iterator, Sequence

import pytest

from chalicelib.imports.cells import parsed_time
from chalicelib.zones import DEFAULT_TIMEZONE, zone

NOON_IN_SHANGHAI = 1_795_233_600_000  # 2026-11-21 12:00:00 +08:00


@pytest.fixture
def without_zone_files() -> Iterator[None]:
    """A runtime that brings no time zones."""
    before = zoneinfo.TZPATH
    _read_zones_from([])
    yield
    _read_zones_from(before)


def _read_zones_from(folders: Sequence[str]) -> None:
    zoneinfo.reset_tzpath(to=folders)
    zoneinfo.ZoneInfo.clear_cache()
    zone.cache_clear()


def test_a_cell_without_offset_is_chinese_time() -> None:
    assert parsed_time("2026-11-21 12:00:00", "auto", DEFAULT_TIMEZONE) == NOON_IN_SHANGHAI


@pytest.mark.usefixtures("without_zone_files")
def test_chinese_time_needs_no_zone_files() -> None:
    assert parsed_time("2026-11-21 12:00:00", "auto", DEFAULT_TIMEZONE) == NOON_IN_SHANGHAI


@pytest.mark.usefixtures("without_zone_files")
def test_a_zone_that_the_runtime_lacks_is_a_clear_reason_and_no_failure() -> None:
    with pytest.raises(ValueError, match="'Europe/Paris' is not a time zone that is known here"):
        zone("Europe/Paris")
