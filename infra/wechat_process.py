"""Runs the local WeChat as a process of its own beside a local stack, for the length of a block.

As a program it is that process.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.beside import BesideFailed, Server

BESIDE: Final = 80  # its port counted from the stack's, so that both are known once one is


class WechatFailed(BesideFailed):
    """The local WeChat did not start; the message says what to do."""


_SERVER: Final = Server("infra.wechat_process", "the local WeChat", "wechat.log", "/_sim/accounts", WechatFailed)


@contextlib.contextmanager
def wechat_process(home: Path, port: int = 0, time_scale: float = 1.0, time_anchor: int = 0) -> Iterator[str]:
    """Yields its address. Port 0 takes a free one; `home` is where its log goes."""
    with _SERVER.running(home, port, ["--time-scale", str(time_scale), "--time-anchor", str(time_anchor)]) as url:
        yield url


def variables(url: str) -> dict[str, str]:
    """What the lambdas need in their environment to take it for the platform."""
    return dict.fromkeys(("HUILIU_WECHAT_API_URL", "HUILIU_WECHAT_MP_URL", "HUILIU_WECHAT_OPEN_URL"), url)


def main() -> None:
    """The process."""
    from infra.local_wechat.server import LocalWechat

    parser = argparse.ArgumentParser(prog="infra.wechat_process")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("--time-anchor", type=int, default=0)
    arguments = parser.parse_args()
    with LocalWechat(arguments.port, time_scale=arguments.time_scale, time_anchor=arguments.time_anchor):
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
