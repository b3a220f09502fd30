"""What an event costs in DynamoDB once its person is known: counted, so that a change which makes it dearer is seen at once."""

from dataclasses import replace

from tests.bench.consumption import FLOWS, READ_AIM, WRITE_AIM, Cost, flowed

ALONE = "0.4 KB, one event a person"
TOGETHER = "both, ten events each of ten people"
HOT = "0.4 KB, of one person without pause"


def cost(flow: str, people: int) -> Cost:
    return flowed(replace(FLOWS[flow], people=people))


def test_an_event_that_comes_alone_stays_within_the_budget_of_writes() -> None:
    assert cost(ALONE, 2).write <= WRITE_AIM


def test_an_event_that_comes_alone_stays_within_the_budget_of_reads() -> None:
    assert cost(ALONE, 2).read <= READ_AIM


def test_events_of_one_person_in_a_batch_share_their_persons_write() -> None:
    assert cost(TOGETHER, 3).write < 1.3


def test_a_person_without_pause_costs_no_more_reads_than_others() -> None:
    assert cost(HOT, 1).read <= READ_AIM


def test_the_event_itself_is_one_write() -> None:
    found = cost(ALONE, 2)
    assert found.keep.write == found.events
