"""Which tests go to the same worker when several work side by side (`pytest tests/e2e -n 2`): those that share a stack.

A stack takes ten seconds of a processor to start, and most tests wait for most of their time. So a few stacks at once are much faster than
one after the other; the same stack in every worker would not be.
"""

from pathlib import PurePath
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

OTHERS: Final = "others"  # everything that is not named here, nearly all of it on `stack`
# What takes longest begins first; within a unit the order is that of the files' names.
UNITS: Final[dict[str, tuple[str, ...]]] = {
    OTHERS: (),
    "town": ("test_journeys",),
    "killed": ("test_broadcast_killed_workers", "test_killed_workers"),  # on a `stack` of their own
    "guarded": ("test_contract", "test_least_privilege"),  # the second looks whether the first needed a right that it has not
    "stories": ("test_messages_least_privilege", "test_wechat_fans_found", "test_wechat_least_privilege"),  # `guarded_stack` too
    "living": (
        *("test_backfill", "test_definition_files_e2e", "test_killed_judges", "test_lifecycle_and_derived", "test_scores"),
        *("test_segments", "test_tags"),
    ),
    "quick": ("test_time_scaled",),
    "deploy": ("test_deploy", "test_wechat_node", "test_local_wechat_page"),  # need no stack
}
_UNIT: Final = {file: unit for unit, files in UNITS.items() for file in files}
_PLACES: Final = list(UNITS)


def unit(test: str) -> str:
    """The unit of a test, by its address: `tests/e2e/test_tags.py::test_one`."""
    return _UNIT.get(PurePath(test.partition("::")[0]).stem, OTHERS)


def place(test: str) -> int:
    """Where in the order its unit is."""
    return _PLACES.index(unit(test))


class ByStack(LoadScopeScheduling):  # type: ignore[misc] # has no types
    """Gives whole units to workers, in the order of the tests."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
