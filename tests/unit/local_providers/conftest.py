"""What tests of the local fronts share."""

import pytest

from tests.unit.local_providers.bridge import Fronts


@pytest.fixture
def fronts() -> Fronts:
    return Fronts()
