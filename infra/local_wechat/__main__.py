"""`python -m infra.local_wechat --port 4680`: the local WeChat by itself, until Ctrl-C."""

import argparse
import contextlib
import signal
from types import FrameType
from typing import Final

from infra.local_wechat.server import LocalWechat

DEFAULT_PORT: Final = 4680


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="infra.local_wechat", description="Run a WeChat of your own on this machine.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same tokens, openids and numbers")
    parser.add_argument("--time-scale", type=float, default=1.0, help="3600 makes an hour of a customer-service window a second")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    with contextlib.suppress(KeyboardInterrupt), LocalWechat(arguments.port, arguments.seed, time_scale=arguments.time_scale) as wechat:
        print(f"WeChat's API is at {wechat.url}; a browser there acts as a fan, /outbox is what was sent; Ctrl-C ends it", flush=True)
        signal.pause()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM stops as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
