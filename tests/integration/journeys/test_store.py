"""Enrolments as they are stored: each write depends on nobody else having written since."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.errors import Busy
from chalicelib.journeys.engine.model import Arm, Enrolment, Run
from chalicelib.journeys.runs import store
from chalicelib.journeys.runs.records import EnrolmentRecord, record_of, shard_of
from chalicelib.people.store import Transaction
from tests.support.aws import Stack, memory_stack

NOW = 1_795_000_000_000
RUN = Run(id="r1", version=1, key="", by="user_id:u1", seed="p_1", entered_at=NOW, node="hold", since=NOW)
NOBODY = Enrolment("p_1", "unpaid")


@pytest.fixture(autouse=True)
def stack() -> Iterator[Stack]:
    with memory_stack(only=("runs",)) as made:
        yield made


def on_it(person: str = "p_1", journey: str = "unpaid", *runs: Run) -> Enrolment:
    before = Enrolment(person, journey)
    after = replace(before, runs=runs or (RUN,))
    assert store.replace(before, after)
    return store.written(before, after)


def test_what_nobody_stored_is_not_there() -> None:
    assert store.find("p_1", "unpaid") is None


def test_what_was_stored_is_found() -> None:
    stored = on_it()
    assert store.find("p_1", "unpaid") == stored
    assert stored.rev == 1


def test_of_two_who_store_something_new_one_has_to_look_again() -> None:
    assert store.replace(NOBODY, replace(NOBODY, runs=(RUN,)))
    assert not store.replace(NOBODY, replace(NOBODY, runs=(replace(RUN, id="r2"),)))
    found = store.find("p_1", "unpaid")
    assert found is not None
    assert [run.id for run in found.runs] == ["r1"]


def test_of_two_who_change_the_same_one_has_to_look_again() -> None:
    before = on_it()
    assert store.replace(before, replace(before, runs=()))
    assert not store.replace(before, replace(before, runs=(replace(RUN, node="offer"),)))


def test_what_followed_from_the_last_write_is_for_who_hears_the_stream(stack: Stack) -> None:
    assert store.replace(NOBODY, replace(NOBODY, runs=(RUN,), outbox=(Arm("r1", NOW),)))
    found = store.find("p_1", "unpaid")
    assert found is not None
    assert found.outbox == ()
    assert store.of_image(stack.items("runs")[0]).outbox == (Arm("r1", NOW),)


def test_a_change_is_made_again_when_somebody_was_faster() -> None:
    on_it()
    others = iter(["r7", "r8"])

    def changed(enrolment: Enrolment) -> Enrolment:
        for other in others:  # somebody else, twice, while this one thinks
            store.change("p_1", "unpaid", lambda one, other=other: replace(one, runs=(*one.runs, replace(RUN, id=other))))  # type: ignore[misc]
            break
        return replace(enrolment, runs=(*enrolment.runs, replace(RUN, id="mine")))

    assert [run.id for run in store.change("p_1", "unpaid", changed).runs] == ["r1", "r7", "r8", "mine"]


def test_what_changes_too_fast_is_left_for_later() -> None:
    on_it()

    def changed(enrolment: Enrolment) -> Enrolment:
        found = store.find("p_1", "unpaid")
        assert found is not None
        assert store.replace(found, replace(found, expires=found.expires + 1000))
        return replace(enrolment, runs=())

    with pytest.raises(Busy):
        store.change("p_1", "unpaid", changed)


def test_what_stays_as_it_is_is_not_written() -> None:
    stored = on_it()
    assert store.change("p_1", "unpaid", lambda enrolment: enrolment) == stored
    assert store.change("p_2", "unpaid", lambda enrolment: enrolment) == Enrolment("p_2", "unpaid")
    assert store.find("p_2", "unpaid") is None


def test_several_are_found_at_once() -> None:
    first, second = on_it(), on_it("p_2", "welcome")
    wanted = [("p_1", "unpaid"), ("p_2", "welcome"), ("p_1", "welcome"), ("p_1", "unpaid")]
    assert store.find_many(wanted) == {("p_1", "unpaid"): first, ("p_2", "welcome"): second}
    assert store.find_many([]) == {}


def test_all_journeys_of_a_person_are_found() -> None:
    on_it("p_1", "welcome"), on_it("p_1", "unpaid"), on_it("p_2", "unpaid")
    assert [one.journey for one in store.of_person("p_1")] == ["unpaid", "welcome"]


def test_several_are_written_together_or_not_at_all() -> None:
    mine, theirs = on_it(), on_it("p_2")
    assert store.replace(theirs, replace(theirs, expires=1000))
    assert not store.replace_all([(mine, replace(mine, runs=())), (theirs, replace(theirs, runs=()))])
    assert store.find("p_1", "unpaid") == mine
    theirs = store.written(theirs, replace(theirs, expires=1000))
    assert store.replace_all([(mine, replace(mine, runs=())), (theirs, replace(theirs, runs=()))])
    assert [one.runs for one in store.find_many([("p_1", "unpaid"), ("p_2", "unpaid")]).values()] == [(), ()]


def test_what_is_written_together_counts_on_from_whichever_was_written_most() -> None:
    mine, theirs = on_it(), on_it("p_2")
    for _ in range(3):
        assert store.replace(theirs, theirs)
        theirs = store.written(theirs, theirs)
    assert store.replace_all([(mine, mine), (theirs, theirs)])
    assert [one.rev for one in store.find_many([("p_1", "unpaid"), ("p_2", "unpaid")]).values()] == [5, 5]


def test_something_else_is_written_together_with_an_enrolment_or_neither() -> None:
    def beside() -> Transaction:
        writing = Transaction()
        writing.put(record_of(Enrolment("everybody", "places", rev=1)), EnrolmentRecord.pk.does_not_exist())
        return writing

    entered = replace(NOBODY, runs=(RUN,))
    assert store.replace_all([(NOBODY, entered)], beside())
    other = Enrolment("p_2", "unpaid")
    assert not store.replace_all([(other, replace(other, runs=(RUN,)))], beside())
    assert store.find("p_2", "unpaid") is None


def test_the_people_of_a_journey_are_listed_page_by_page() -> None:
    people = [f"p_{number:02d}" for number in range(40)]
    for person in people:
        on_it(person)
    on_it("p_99", "welcome")
    shard = shard_of(people[0])
    listed: list[str] = []
    while page := store.listed("unpaid", shard, after=listed[-1] if listed else "", limit=2):
        assert len(page) <= 2
        listed += page
    assert listed == [one for one in people if shard_of(one) == shard]
    assert sorted(store.everybody("unpaid")) == people


def test_who_is_known_by_marks_only_is_not_listed() -> None:
    stored = on_it()
    assert store.replace(stored, replace(stored, runs=()))
    assert list(store.everybody("unpaid")) == []
