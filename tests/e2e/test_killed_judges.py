"""The lambda that judges people is killed in the middle of its work: what rules tell is told all the same, and once."""

from infra.local_stack import LocalStack
from tests.e2e.api import Api
from tests.e2e.backstage import dead_letters, logged
from tests.e2e.crowd import ENTERED, GAINED, Crowd
from tests.e2e.test_killed_workers import EVENTS, LONG, NOON, PEOPLE, killing
from tests.e2e.waiting import eventually
from tests.e2e.workers import DEATH


def test_what_rules_tell_is_told_once_although_the_lambda_that_judges_dies(crowd: Crowd, living: Api, living_stack: LocalStack) -> None:
    people, deaths = [f"p{number}" for number in range(PEOPLE)], len(logged(living_stack, DEATH, "-score"))
    with killing(living_stack, "-score", 6, lambda times: int(crowd.person("p0")["events"]) > 6 * times) as killed:
        for number in range(EVENTS):
            crowd.send([crowd.event(who, "Tallied", NOON + number) for who in people])
            if number % 2:  # not faster than people change: each kill meets some who have just changed
                crowd.settled("p0", number + 1)
    for who in people:
        eventually(lambda who=who: crowd.told(who, ENTERED), lambda told: told == [{"segment": "tallied"}], LONG)  # type: ignore[misc]
        values = [(one.get("previous"), one["value"]) for one in crowd.told(who, GAINED, tag="tally")]
        # None is missing and none is there twice: each goes on from the one before.
        assert [before for before, _ in values] == [None, *(value for _, value in values[:-1])]
        assert values[-1][1] == str(EVENTS)
    crowd.lists("tallied", *people)
    eventually(lambda: living.read("/v1/segments/tallied/count")["count"], lambda count: count == PEOPLE, LONG)
    assert len(killed) >= 3
    assert len(logged(living_stack, DEATH, "-score")) > deaths, "nobody was being judged when a worker was killed"
    assert dead_letters(living_stack) == 0
