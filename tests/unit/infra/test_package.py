"""What goes into the lambdas' zip, as far as it can be told without a network."""

import json
from pathlib import Path
from string import Template

import pytest

from infra import package
from infra.paths import ROOT
from infra.stage import policy_names
from infra.template import Place

DATA = {"LakeBucket": "lake-bucket", "UploadsBucket": "uploads-bucket"}
NAMES = policy_names(Place("huiliu-dev", "111122223333", "eu-west-1"), DATA)
IN_THE_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "urllib3", "six"}


def pins() -> list[str]:
    lines = [line for path in package.REQUIREMENTS for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def test_every_library_is_pinned() -> None:
    assert all("==" in line for line in pins())


def test_nothing_is_packed_that_the_runtime_has_or_that_chalice_brings() -> None:
    assert not {line.split("==")[0] for line in pins()} & (IN_THE_RUNTIME | {"chalice"})


def test_development_installs_the_same_versions_as_the_lambdas() -> None:
    text = (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert "-r requirements.txt" in text
    assert "-r requirements-vendor.txt" in text


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project built for dev, with an empty folder in the place of the libraries."""
    monkeypatch.setattr(package, "LOCAL", tmp_path)
    monkeypatch.setattr(package, "vendor", lambda **_: tmp_path)
    return package.build("dev", {"HUILIU_LAKE_BUCKET": "lake-bucket"}, NAMES, tmp_path / "deployed")


def test_a_built_project_holds_code_and_bytecode_but_no_tests(built: Path) -> None:
    assert (built / "app.py").exists()
    assert list(built.glob("chalicelib/__pycache__/settings.*.pyc"))
    assert not list(built.glob("**/test_*.py"))


def test_bytecode_is_never_compared_with_its_source(built: Path) -> None:
    unchecked = b"\x01\x00\x00\x00"  # the flags of PEP 552: hash-based, not checked
    assert all(path.read_bytes()[4:8] == unchecked for path in built.glob("chalicelib/**/*.pyc"))


def test_settings_of_the_stack_join_those_of_the_stage(built: Path) -> None:
    stages = json.loads((built / ".chalice" / "config.json").read_text("utf-8"))["stages"]
    variables = stages["dev"]["environment_variables"]
    assert variables["HUILIU_LAKE_BUCKET"] == "lake-bucket"
    assert variables["HUILIU_PREFIX"] == "huiliu-dev"
    assert "HUILIU_LAKE_BUCKET" not in stages["prod"]["environment_variables"]


def test_policies_are_filled_in_for_one_stage_in_one_account(built: Path) -> None:
    for path in (built / ".chalice" / "policies").glob("*.json"):
        text = path.read_text("utf-8")
        assert "${" not in text
        assert "huiliu-prod" not in text
        json.loads(text)


def test_each_lambda_writes_only_its_own_log(built: Path) -> None:
    merge = (built / ".chalice" / "policies" / "merge.json").read_text("utf-8")
    assert "log-group:/aws/lambda/huiliu-dev-merge:*" in merge
    api = (built / ".chalice" / "policies" / "api_handler.json").read_text("utf-8")
    assert "log-group:/aws/lambda/huiliu-dev:*" in api


def test_a_placeholder_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        Template("${unknown}").substitute(NAMES)


def test_chalice_remembers_deployments_outside_the_built_project(built: Path, tmp_path: Path) -> None:
    assert (built / ".chalice" / "deployed").resolve() == tmp_path / "deployed"
