"""Definitions as YAML files."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.definition_files import Filed, FileInvalid, from_yaml, read_folder, to_yaml, write_file

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["yes", "on", "No", "2026-05-20", "22:30", "1e3", "0x1f", "null", "~", "012", "女装", "\x85"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DOCUMENTS = st.dictionaries(TEXTS, st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=10))


@given(DOCUMENTS)
def test_a_document_comes_back_from_its_text_as_it_was(document: dict[str, Any]) -> None:
    assert from_yaml(to_yaml(document)) == document


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "2026-05-20", "2026-05-20 10:00:00"])
def test_what_older_readers_took_for_dates_and_switches_are_texts(text: str) -> None:
    assert from_yaml(f"eq: {text}") == {"eq": text}


def test_true_and_false_and_numbers_are_what_they_look_like() -> None:
    assert from_yaml("[true, False, 5, 9.9, null]") == [True, False, 5, 9.9, None]


def test_keys_stand_in_the_same_order_however_the_document_was_written_and_chinese_can_be_read() -> None:
    document = {"where": {"within": "7d", "count": {"gt": 5}, "where": {"key": "dress"}, "event": "MenuClicked"}, "title": "裙装爱好者"}
    text = to_yaml(document)
    assert [line.strip().partition(":")[0] for line in text.splitlines()] == [
        "title", "where", "event", "where", "key", "count", "gt", "within",
    ]  # fmt: skip
    assert "裙装爱好者" in text
    assert to_yaml(dict(reversed(document.items()))) == text


def test_a_folder_holds_definitions_by_kind_and_name(tmp_path: Path) -> None:
    made = [Filed("segments", "dress-menu", {"title": "裙"}), Filed("tags", "level", {"values": []})]
    assert [write_file(tmp_path, one) for one in reversed(made)] == [True, True]
    (tmp_path / "README.md").write_text("not a definition")
    assert list(read_folder(tmp_path)) == made


def test_a_file_that_says_the_same_keeps_its_comments(tmp_path: Path) -> None:
    write_file(tmp_path, Filed("tags", "vip", {"title": "a"}))
    path = tmp_path / "tags" / "vip.yaml"
    path.write_text("# why\ntitle: a\n")
    assert write_file(tmp_path, Filed("tags", "vip", {"title": "a"})) is False
    assert path.read_text() == "# why\ntitle: a\n"
    assert write_file(tmp_path, Filed("tags", "vip", {"title": "b"})) is True
    assert path.read_text() == "title: b\n"


def test_a_file_that_is_no_yaml_and_a_folder_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileInvalid, match="nowhere"):
        list(read_folder(tmp_path / "nowhere"))
    (tmp_path / "tags").mkdir()
    (tmp_path / "tags" / "vip.yaml").write_text("title: [")
    with pytest.raises(FileInvalid, match=r"vip\.yaml"):
        list(read_folder(tmp_path))
