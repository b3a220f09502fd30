"""What messages set going is done by lambdas that may do no more than their policies say: nothing of it is refused."""

import pytest

from infra.demo_fan_told import MISSING
from infra.demo_messages import MessagesDemo
from infra.demo_messages_told import story
from infra.local_stack import LocalStack
from tests.e2e.backstage import dead_letters, logged
from tests.e2e.test_least_privilege import DENIED
from tests.e2e.waiting import NeverHeld, clear_of_the_months_end, eventually

STORY_SECONDS = 60.0  # for each step
WHOLE_SECONDS = 300.0  # a mass message waits for company


def waited(happened: object) -> bool:
    """As `make run` waits."""
    assert callable(happened)
    try:
        return bool(eventually(happened, seconds=STORY_SECONDS))
    except NeverHeld:
        return False


@pytest.fixture
def shop(guarded_stack: LocalStack) -> MessagesDemo:
    made = MessagesDemo(guarded_stack, "882")
    made.publish()
    return made


def test_the_whole_story_of_messages_needs_no_further_right(shop: MessagesDemo, guarded_stack: LocalStack) -> None:
    clear_of_the_months_end(WHOLE_SECONDS)
    told = list(story(shop, waited))
    assert logged(guarded_stack, DENIED) == []
    assert MISSING not in told, "\n".join(told)
    assert dead_letters(guarded_stack) == 0
