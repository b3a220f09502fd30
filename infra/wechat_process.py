"""Runs the local WeChat as a process of its own beside a local stack, for the length of a block.

As a program it is that process: it serves until its standard input ends, which it does when whoever started it is gone, however that was.
"""

import argparse
import contextlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.emulator.process import HOST, free_port, is_taken
from infra.paths import ROOT

BESIDE: Final = 80  # its port counted from the stack's, so that both are known once one is
_READY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_PAUSE: Final = 0.05  # seconds between two looks


class WechatFailed(Exception):
    """The local WeChat did not start; the message says what to do."""


@contextlib.contextmanager
def wechat_process(home: Path, port: int = 0, time_scale: float = 1.0) -> Iterator[str]:
    """Yields its address. Port 0 takes a free one; `home` is where its log goes."""
    chosen = port or free_port()
    if is_taken(chosen):
        raise WechatFailed(f"port {chosen}, for the local WeChat, is in use: stop what listens there, or choose another with PORT=...")
    command = [sys.executable, "-m", "infra.wechat_process", "--port", str(chosen), "--time-scale", str(time_scale)]
    with (home / "wechat.log").open("wb") as log:
        # In a session of its own: Ctrl-C goes to whoever started it, who ends it after what still needs it.
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
    try:
        url = f"http://{HOST}:{chosen}"
        _wait_until_ready(process, url, home)
        yield url
    finally:
        _stop(process)


def variables(url: str) -> dict[str, str]:
    """What the lambdas need in their environment to take it for the platform."""
    return dict.fromkeys(("HUILIU_WECHAT_API_URL", "HUILIU_WECHAT_MP_URL", "HUILIU_WECHAT_OPEN_URL"), url)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, home: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(f"{url}/_sim/accounts", timeout=2):
            return
        time.sleep(_PAUSE)
    tail = (home / "wechat.log").read_text("utf-8", "replace")[-1500:]
    raise WechatFailed(f"the local WeChat {'stopped at once' if process.poll() is not None else 'was not ready in time'}:\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    """The process."""
    from infra.local_wechat.server import LocalWechat

    parser = argparse.ArgumentParser(prog="infra.wechat_process")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--time-scale", type=float, default=1.0)
    arguments = parser.parse_args()
    with LocalWechat(arguments.port, time_scale=arguments.time_scale):
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
