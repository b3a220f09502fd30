"""Starts and stops the emulator: one process on one port of this machine, with a folder of its own that goes with it."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.paths import EMULATOR_PYTHON, ROOT

HOST: Final = "127.0.0.1"
ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"
_PORTS: Final = (20_000, 32_000)  # below those that systems give to whoever calls: from 32,768 on, or higher
_READY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")  # lambdas inherit the emulator's environment: keep it clean

CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class EmulatorFailed(Exception):
    """The emulator did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator. `home` holds its log and whatever it and its lambdas write."""

    port: int
    process: subprocess.Popen[bytes]
    home: Path

    @property
    def endpoint(self) -> str:
        """The address of every AWS service in it."""
        return f"http://{HOST}:{self.port}"

    def wait(self) -> None:
        """Returns when the emulator has ended by itself, which it should not."""
        self.process.wait()

    def environment(self) -> dict[str, str]:
        """What a client process needs in its environment to talk to it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}

    def api_url(self, api_id: str) -> str:
        """The address of a REST API's stage `api`."""
        return f"{self.endpoint}/_aws/execute-api/{api_id}/api"


def free_port() -> int:
    """A port that nothing listens on, and that no caller is given as its own before somebody does."""
    while is_taken(port := random.randrange(*_PORTS)):
        pass
    return port


def is_taken(port: int) -> bool:
    """Whether something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


@contextlib.contextmanager
def emulator(home: Path, port: int = 0, extra: Mapping[str, str] | None = None) -> Iterator[Emulator]:
    """Runs an emulator for the length of the block; port 0 takes a free one. `extra` goes to its environment (`AUTH=true` enforces IAM)."""
    chosen = port or free_port()
    if is_taken(chosen):
        raise EmulatorFailed(f"port {chosen} is in use: stop what listens there, or choose another with PORT=...")
    if not EMULATOR_PYTHON.exists():
        raise EmulatorFailed("the emulator is not installed: `make emulator` does that")
    shutil.rmtree(home, ignore_errors=True)
    (home / "tmp").mkdir(parents=True)
    with (home / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [str(EMULATOR_PYTHON), "-m", "infra.emulator.launch"],
            cwd=ROOT, env=_environment(home, chosen, extra or {}), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_ready(process, chosen, home)
        yield Emulator(chosen, process, home)
    finally:
        _stop(process)
        shutil.rmtree(home / "tmp", ignore_errors=True)


def _environment(home: Path, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "STATE_DIR": str(home / "tmp" / "state"),
        "S3_DATA_DIR": str(home / "tmp" / "s3"),
        "TMPDIR": str(home / "tmp"),
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **CREDENTIALS, **own, **extra}


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, home: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise EmulatorFailed(f"the emulator stopped at once:\n{_tail(home)}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=2) as answer:
                if answer.status == 200:  # noqa: PLR2004 - HTTP
                    return
        except (urllib.error.URLError, OSError):
            pass  # not listening yet
        time.sleep(0.05)
    raise EmulatorFailed(f"the emulator was not ready after {_READY_SECONDS:.0f} s:\n{_tail(home)}")


def _tail(home: Path) -> str:
    return (home / "emulator.log").read_text("utf-8", "replace")[-1500:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
