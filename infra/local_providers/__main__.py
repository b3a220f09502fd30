"""`python -m infra.local_providers --port 4690`: the fronts by themselves, until Ctrl-C."""

import argparse
import contextlib
import signal
from types import FrameType
from typing import Final

from infra.local_providers.server import LocalProviders

DEFAULT_PORT: Final = 4690


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="infra.local_providers", description="Run SMS, push and webhook providers on this machine.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same numbers")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    with contextlib.suppress(KeyboardInterrupt), LocalProviders(arguments.port, arguments.seed) as providers:
        print(f"The providers are at {providers.url}, what was sent at {providers.url}/outbox; Ctrl-C ends it", flush=True)
        signal.pause()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM stops as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
