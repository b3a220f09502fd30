"""Definitions go out to files and come back from them, by the operator's command, where many are in force."""

from pathlib import Path

import pytest
import yaml

from infra.paths import ROOT
from tests.e2e.api import Api
from tests.e2e.rulebook import RULES
from tests.e2e.stacks import operate


def test_rules_go_to_files_and_files_are_rules(living: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operate(living, "export", "--to", str(tmp_path))
    for kind, name, document in RULES:
        assert yaml.safe_load((tmp_path / kind / f"{name}.yaml").read_text("utf-8")) == document
    assert "裙装爱好者" in (tmp_path / "segments" / "dress-menu.yaml").read_text("utf-8")
    capsys.readouterr()
    for folder in (tmp_path, ROOT / "docs" / "examples"):
        operate(living, "import", str(folder), "--publish")
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) >= 15
        assert [line for line in lines if not line.endswith(" same")] == []
