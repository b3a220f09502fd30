"""What tests of the local WeChat's API share."""

import pytest

from tests.unit.local_wechat.calling import Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()
