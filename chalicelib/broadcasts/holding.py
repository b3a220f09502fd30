"""Whether messages of a broadcast may go out at this moment: asked before every one of them, so remembered for a few seconds."""

from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.broadcasts import store
from chalicelib.broadcasts.model import Hold

KEPT_SECONDS: Final = 5.0
KEPT_ENTRIES: Final = 100


def held(broadcast: str) -> Hold | None:
    """What holds its messages; None: nothing, they may go. As it was 5 s ago or later."""
    return _holds.get(broadcast)


def forget() -> None:
    """Look anew at the next use."""
    _holds.clear()


def _load(broadcast: str) -> Hold | None:
    found = store.find(broadcast)
    return found.hold if found is not None else None


_holds: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)
