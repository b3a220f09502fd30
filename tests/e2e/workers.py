"""The processes in which the emulator runs lambdas, found so that they can be killed as a failing machine would."""

import os
import signal
from pathlib import Path
from typing import Final

FOLDER: Final = Path("/proc")
DEATH: Final = "Worker process died"  # what the emulator logs when a worker ends without an answer


def workers(emulator: int, function: str) -> list[int]:
    """The process ids of a function's workers. `emulator` is the emulator's own."""
    return [pid for pid in _children(emulator) if f"AWS_LAMBDA_FUNCTION_NAME={function}" in _environment(pid)]


def kill(emulator: int, function: str) -> int:
    """Kills every worker of a function at once, without a chance to finish; returns how many there were."""
    found = workers(emulator, function)
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return len(found)


def _children(parent: int) -> list[int]:
    # Only what this emulator started: other stacks on the machine are left alone.
    threads = (FOLDER / str(parent) / "task").iterdir()
    return [int(pid) for thread in threads for pid in _text(thread / "children").split()]


def _environment(pid: int) -> list[str]:
    return _text(FOLDER / str(pid) / "environ").split("\0")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""  # it has just ended
