"""What an event costs in DynamoDB while 100 segments and 10 scores are in force: counted, so that what makes it dearer is seen at once."""

from dataclasses import replace

import pytest

from chalicelib.audiences.conditions import conditions_in
from chalicelib.audiences.documents import document_of
from chalicelib.people.records import PERSON
from tests.bench import rulebook
from tests.bench.capacity import WRITE_UNIT_BYTES
from tests.bench.steady import PACES, WRITE_AIM, Cost, lived

ALONE, DAILY, TOGETHER = PACES
SHAPES = {
    "All", "AnyOf", "Not", "EventCount", "EventSum", "Sequence", "AttributeTest", "TagTest", "ScoreTest", "SegmentTest", "LifecycleTest",
    "SeenTest", "IdentifierTest", "ReachableTest",
}  # fmt: skip


@pytest.fixture(scope="module")
def costs() -> dict[str, Cost]:
    return {name: lived(replace(pace, people=1)) for name, pace in PACES.items()}


def test_nothing_changes_while_it_is_measured(costs: dict[str, Cost]) -> None:
    assert [cost.told for cost in costs.values()] == [0, 0, 0]


def test_an_event_stays_within_the_budget_of_writes(costs: dict[str, Cost]) -> None:
    assert {name: cost.write for name, cost in costs.items() if cost.write > WRITE_AIM} == {}


def test_the_event_is_one_write_and_its_person_another(costs: dict[str, Cost]) -> None:
    alone = costs[ALONE]
    assert (alone.shares["event"], alone.shares["person"]) == (alone.events, alone.events)


def test_events_in_a_batch_share_their_persons_write(costs: dict[str, Cost]) -> None:
    assert costs[TOGETHER].write < 1.5


def test_the_ledger_is_written_once_in_several_events(costs: dict[str, Cost]) -> None:
    assert 0 < costs[ALONE].shares["ledger"] <= costs[ALONE].events / 3


def test_a_standing_that_stays_is_written_only_when_a_timer_is_set_anew(costs: dict[str, Cost]) -> None:
    daily = costs[DAILY]
    assert 0 < daily.shares["standing"] + daily.shares["timers"] <= daily.events / 5


def test_a_person_with_signals_still_fits_into_one_write_unit(costs: dict[str, Cost]) -> None:
    assert max(cost.largest[PERSON] for cost in costs.values()) <= WRITE_UNIT_BYTES


def test_the_rules_ask_in_every_way_there_is() -> None:
    documents = [document_of(kind, document) for kind, _, document in rulebook.documents()]
    asked = {type(node).__name__ for document in documents for _, one in document.conditions() for node in conditions_in(one)}
    assert asked == SHAPES


def test_the_rules_are_a_hundred_segments_and_ten_scores() -> None:
    kinds = [kind.value for kind, _, _ in rulebook.documents()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"lifecycle": 1, "scores": 10, "segments": 100}


def test_an_event_hits_between_one_and_three_signals() -> None:
    assert 1 <= rulebook.hits() <= 3
