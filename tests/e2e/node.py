"""Runs the driver of the Node SDK: one process per scenario, because the SDK can be set up once in a process."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent
DRIVER_SECONDS: Final = 120.0

Run = Callable[[str, str, str], dict[str, Any]]


def program() -> str:
    """Where Node is. Fails the test that needs it when it, or what `make e2e` installs for it, is missing."""
    found = shutil.which("node")
    if found is None:
        pytest.fail("Node 18 or newer is needed for the JavaScript SDKs")
    if not (HERE / "node_modules" / "sa-sdk-node").exists():
        pytest.fail("the JavaScript SDKs are not installed: `make e2e` does that")
    return found


def runner(folder: Path) -> Run:
    """A function that runs `scenario` against a server URL with a mark for its identifiers and returns what the driver tells."""
    cache = folder / "node-cache"

    def run(scenario: str, url: str, mark: str) -> dict[str, Any]:
        cache.mkdir(exist_ok=True)
        command = [program(), str(HERE / "js" / "node_sdk.js"), scenario, url, mark, str(cache)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=DRIVER_SECONDS, check=False)
        assert result.returncode == 0, result.stderr[-3000:]
        told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        return told

    return run
