"""What a fan sets going is done by lambdas that may do no more than their policies say: nothing of it is refused."""

import pytest

from infra.demo_fan import FanDemo
from infra.demo_fan_told import MISSING, story
from infra.local_stack import LocalStack
from tests.e2e.backstage import dead_letters, logged
from tests.e2e.test_least_privilege import DENIED
from tests.e2e.waiting import NeverHeld, eventually

STORY_SECONDS = 30.0  # for each step
PASS_SECONDS = 120.0  # over everybody, which begins 25 s after a publication


def waited(happened: object) -> bool:
    """As `make run` waits."""
    assert callable(happened)
    try:
        return bool(eventually(happened, seconds=STORY_SECONDS))
    except NeverHeld:
        return False


@pytest.fixture
def fan(guarded_stack: LocalStack) -> FanDemo:
    made = FanDemo(guarded_stack, "guarded")
    made.publish()
    eventually(made.everybody_knows, seconds=PASS_SECONDS)
    return made


def test_the_whole_story_of_a_fan_needs_no_further_right(fan: FanDemo, guarded_stack: LocalStack) -> None:
    told = list(story(fan, waited))
    assert logged(guarded_stack, DENIED) == []
    assert MISSING not in told, "\n".join(told)
    assert dead_letters(guarded_stack) == 0
