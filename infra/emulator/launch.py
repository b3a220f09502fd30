"""Runs the emulator with its repairs; started by `process.py` with the emulator's own interpreter: `python -m infra.emulator.launch`."""

import os
import signal
import sys
import threading

from infra.emulator import code, expiry, functions, gateway, permissions, streams, windows


def main() -> None:
    """Repairs, then serves until it is told to stop or whoever started it is gone."""
    for module in (gateway, code, functions, streams, windows, expiry, permissions):
        module.repair()
    threading.Thread(target=_stop_with_parent, daemon=True, name="parent").start()

    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


def _stop_with_parent() -> None:
    """Standard input ends when the parent does, however it ended: no emulator is left behind."""
    while os.read(sys.stdin.fileno(), 1):  # unbuffered: a buffered read would hold a lock at the interpreter's end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
