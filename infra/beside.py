"""Runs a server as a process of its own beside a local stack, for the length of a block."""

import contextlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.emulator.process import HOST, free_port, is_taken
from infra.paths import ROOT

_READY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_PAUSE: Final = 0.05  # seconds between two looks


class BesideFailed(Exception):
    """The server did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A module that serves on `--port` until its standard input ends, which it does when whoever started it is gone, however that was.

    `title` is what messages call it, `log` the file that it writes, `probe` a path that answers 200 once it is ready, `failed` what is
    raised when it does not start.
    """

    module: str
    title: str
    log: str
    probe: str
    failed: type[BesideFailed] = BesideFailed

    @contextlib.contextmanager
    def running(self, home: Path, port: int = 0, arguments: Sequence[str] = ()) -> Iterator[str]:
        """Yields its address. Port 0 takes a free one; `home` is where its log goes."""
        chosen = port or free_port()
        if is_taken(chosen):
            raise self.failed(f"port {chosen}, for {self.title}, is in use: stop what listens there, or choose another with PORT=...")
        command = [sys.executable, "-m", self.module, "--port", str(chosen), *arguments]
        with (home / self.log).open("wb") as log:
            # In a session of its own: Ctrl-C goes to whoever started it, who ends it after what still needs it.
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://{HOST}:{chosen}"
            self._wait_until_ready(process, url, home)
            yield url
        finally:
            _stop(process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes], url: str, home: Path) -> None:
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(f"{url}{self.probe}", timeout=2):
                return
            time.sleep(_PAUSE)
        tail = (home / self.log).read_text("utf-8", "replace")[-1500:]
        raise self.failed(f"{self.title} {'stopped at once' if process.poll() is not None else 'was not ready in time'}:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
