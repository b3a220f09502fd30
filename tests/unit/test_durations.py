"""How long a window is, and which texts are no duration."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.durations import Duration, duration_ms

DAY_MS = 86_400_000
duration = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1s", 1000), ("15m", 900_000), ("2h", 7_200_000), ("7d", 7 * DAY_MS), ("1w", 7 * DAY_MS), ("90m", 5_400_000)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, milliseconds: int) -> None:
    assert duration_ms(text) == milliseconds
    assert duration.validate_python(text) == text, "documents keep what their author wrote"


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "7D", "0d", "07d", "-1d", "1.5h", "7d ", "7d\n", "1y", "٧d", "1h30m", 7, None, True])
def test_another_text_is_no_duration(text: Any) -> None:
    with pytest.raises(ValueError, match="whole number with a unit"):
        duration_ms(text)


@pytest.mark.parametrize(("longest", "too_long"), [("730d", "731d"), ("104w", "105w"), ("17520h", "17521h"), ("63072000s", "63072001s")])
def test_a_window_is_no_longer_than_events_are_kept(longest: str, too_long: str) -> None:
    assert duration_ms(longest) <= 730 * DAY_MS
    with pytest.raises(ValueError, match="730d at most"):
        duration_ms(too_long)


@pytest.mark.parametrize("text", ["7", "731d", 7, None])
def test_a_document_with_another_duration_is_refused_with_one_code(text: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        duration.validate_python(text)
    assert [one["type"] for one in caught.value.errors()] == ["duration_invalid"]
