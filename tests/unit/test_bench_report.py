"""The page that the bench writes."""

from pathlib import Path

import pytest

from tests.bench.report import BEGIN, END, Section, judged, machine, page, write

TABLE = Section("Speed", ("", "ms"), (("one", "1.0"), ("two", "2.0")), "Of one event.")


@pytest.mark.parametrize(("value", "verdict"), [(0.1, "≤ 0.2: met"), (0.2, "≤ 0.2: met"), (0.201, "≤ 0.2: **missed**")])
def test_an_aim_is_met_up_to_its_bound(value: float, verdict: str) -> None:
    assert judged(value, 0.2) == verdict


def test_a_section_is_a_table_in_markdown() -> None:
    lines = TABLE.markdown().splitlines()
    assert lines == ["### Speed", "", "|  | ms |", "| --- | ---: |", "| one | 1.0 |", "| two | 2.0 |", "", "Of one event."]


def test_the_page_tells_the_machine_first() -> None:
    assert page([TABLE]).startswith(f"Measured on: {machine()}\n\n### Speed")


def test_what_stood_between_the_marks_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"# Before\n{BEGIN}\n\nold\n\n{END}\nafter\n", "utf-8")
    write("new", path)
    write("newer", path)
    assert path.read_text("utf-8") == f"# Before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("# Mine\n", "utf-8")
    with pytest.raises(ValueError, match=r"performance\.md"):
        write("new", path)
    assert path.read_text("utf-8") == "# Mine\n"
