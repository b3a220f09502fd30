"""Where things are: the repository, and `.local/`, which holds everything that is made here and may be deleted at any time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCAL: Final = ROOT / ".local"
EMULATOR_PYTHON: Final = LOCAL / "emulator-venv" / "bin" / "python"
STACK_FILE: Final = LOCAL / "stack.json"  # how to reach the running local stack


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Keeps other processes of this working tree out of the block: two stacks may start at once, but share one build folder."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
