"""Parts of the local stack that need no emulator."""

import json
import socket
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra import run
from infra.emulator.process import HOST, EmulatorFailed, _environment, emulator, free_port, is_taken
from infra.local_stack import LocalStack, _name_functions, _pace


def test_a_port_that_is_taken_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert is_taken(port)
        with pytest.raises(EmulatorFailed, match="PORT="), emulator(tmp_path / "home", port):
            pytest.fail("it started")


def test_a_free_port_is_not_taken() -> None:
    assert not is_taken(free_port())


def test_a_free_port_is_none_of_those_that_systems_give_to_callers() -> None:
    assert max(free_port() for _ in range(20)) < 32_768


def test_lambdas_do_not_inherit_who_runs_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("HUILIU_PREFIX", "huiliu-prod")
    environment = _environment(tmp_path, 4600, {})
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "HUILIU_PREFIX"} & set(environment)
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["TMPDIR"].startswith(str(tmp_path))


def test_functions_are_named_as_chalice_deploy_names_them() -> None:
    def function(handler: str) -> dict[str, Any]:
        return {"Type": "AWS::Serverless::Function", "Properties": {"Handler": handler, "CodeUri": "./deployment.zip"}}

    template: dict[str, Any] = {
        "Resources": {"A": function("app.app"), "M": function("app.merge"), "R": {"Type": "AWS::IAM::Role", "Properties": {}}}
    }
    _name_functions(template, "huiliu-local", "s3://code/1.zip")
    named = {key: one["Properties"].get("FunctionName") for key, one in template["Resources"].items()}
    assert named == {"A": "huiliu-local", "M": "huiliu-local-merge", "R": None}


def test_the_stack_file_tells_the_keys_only_to_its_owner_and_goes_with_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "STACK_FILE", tmp_path / "stack.json")

    class Running:
        endpoint = "http://127.0.0.1:4600"

    stack = LocalStack("http://api", "hlw_1", "hla_1", Running(), None, {}, 1.0, "http://wechat", "http://senders")  # type: ignore[arg-type]
    with run._stack_file(stack) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text("utf-8")) == {
            "api_url": "http://api", "write_key": "hlw_1", "api_key": "hla_1", "aws_endpoint": "http://127.0.0.1:4600",
            "providers_url": "http://wechat", "senders_url": "http://senders", "time_scale": 1.0,
        }  # fmt: skip
    assert not path.exists()


def test_a_stack_whose_time_runs_fast_tells_its_lambdas_so_and_has_its_machines_wait() -> None:
    assert _pace(1.0, 0) == {}
    assert _pace(3600.0, 7) == {"HUILIU_TIME_SCALE": "3600.0", "HUILIU_TIME_ANCHOR": "7", "HUILIU_TIMER_DELAY_MS": "150000"}


def test_the_stack_file_says_since_when_time_has_run_fast() -> None:
    stack = LocalStack("", "", "", SimpleNamespace(endpoint=""), None, {}, 3600.0, "", "", 1_790_000_000_000)  # type: ignore[arg-type]
    assert {name: stack.document()[name] for name in ("time_scale", "time_anchor")} == {
        "time_scale": 3600.0,
        "time_anchor": 1_790_000_000_000,
    }
