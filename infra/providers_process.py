"""Runs the local providers of SMS, push and webhooks as a process of its own beside a local stack, for the length of a block.

As a program it is that process.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.beside import BesideFailed, Server

PROVIDERS_BESIDE: Final = 90  # their port counted from the stack's


class ProvidersFailed(BesideFailed):
    """The local providers did not start; the message says what to do."""


_SERVER: Final = Server("infra.providers_process", "the local providers", "providers.log", "/outbox", ProvidersFailed)


@contextlib.contextmanager
def providers_process(home: Path, port: int = 0, time_scale: float = 1.0, time_anchor: int = 0) -> Iterator[str]:
    """Yields their address. Port 0 takes a free one; `home` is where the log goes."""
    with _SERVER.running(home, port, ["--time-scale", str(time_scale), "--time-anchor", str(time_anchor)]) as url:
        yield url


def variables() -> dict[str, str]:
    """What the lambdas need in their environment to send to this machine: webhooks go to public addresses only, otherwise."""
    return {"HUILIU_LOCAL_WEBHOOKS": "1"}


def main() -> None:
    """The process."""
    from infra.local_providers.server import LocalProviders
    from infra.local_wechat.clock import Clock

    parser = argparse.ArgumentParser(prog="infra.providers_process")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("--time-anchor", type=int, default=0)
    arguments = parser.parse_args()
    with LocalProviders(arguments.port, clock=Clock(scale=arguments.time_scale, anchor=arguments.time_anchor)):
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
