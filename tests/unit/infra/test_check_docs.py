"""The check that holds documents to the project."""

from pathlib import Path

import pytest

from infra.check_docs import documents, faults_in
from infra.paths import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text("run: tool\n\techo\ntest:\n", "utf-8")
    (tmp_path / "here.md").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("    make run\n", 0),
        ("Use `make test` often.", 0),
        ("$ make fly\n", 1),
        ("We make things.", 0),
        ("[a](here.md) [b](https://example.org) [c](#part)", 0),
        ("[a](gone.md)", 1),
    ],
)
def test_only_commands_and_files_that_are_missing_are_faults(project: Path, text: str, faults: int) -> None:
    document = project / "README.md"
    document.write_text(text, "utf-8")
    assert len(list(faults_in(document, project))) == faults


def test_the_projects_own_documents_keep_their_promises() -> None:
    assert [fault for path in documents(ROOT) for fault in faults_in(path, ROOT)] == []
