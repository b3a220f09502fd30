"""Local stacks for tests, and the operator's command for definitions against them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import definitions
from infra.local_stack import LocalStack, local_stack
from infra.paths import EMULATOR_PYTHON
from tests.e2e.api import Api
from tests.support.environment import TEST_ENVIRONMENT


def started(home: Path, *, enforce_iam: bool = False, time_scale: float = 1.0) -> Iterator[LocalStack]:
    """A local stack for the length of the iteration."""
    if not EMULATOR_PYTHON.exists():
        pytest.fail("the emulator is not installed: `make e2e` does that")
    with pytest.MonkeyPatch.context() as environment:
        for name in TEST_ENVIRONMENT:  # what the other tests run under must not reach the stack
            environment.delenv(name, raising=False)
        with local_stack(home, enforce_iam=enforce_iam, time_scale=time_scale) as running:
            yield running


def operate(api: Api, *command: str) -> None:
    """Runs the command that operators have for definitions; it has to succeed."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUILIU_API_URL", api.url)
        environment.setenv("HUILIU_API_KEY", api.key)
        assert definitions.main(command) == 0
