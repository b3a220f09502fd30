"""What a kind of definitions does beside: refuses a change, writes something in the same transaction, goes on once it is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.definitions import kinds, records, store
from chalicelib.definitions.kinds import Change, Write, Writing
from chalicelib.definitions.model import State
from chalicelib.definitions.records import ClaimRecord
from chalicelib.errors import Conflict, DocumentInvalid
from tests.support.aws import Stack, memory_stack

NOW = 1_795_300_000_000
KIND = "wishes"


class Wish(BaseModel):
    title: str = ""


@dataclass
class Counter:
    """A kind whose changes count one item up: everybody writes the number that follows the one they read."""

    changes: list[Change] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def also(self, change: Change) -> Write:
        self.changes.append(change)
        seen = self.value()
        self.meanwhile()
        same = ClaimRecord.owner == str(seen) if seen else ClaimRecord.pk.does_not_exist()

        def write(writing: Writing) -> None:
            writing.save(ClaimRecord("counter", "all", owner=str(seen + 1)), condition=same)

        return write

    def after(self, at: int) -> None:
        self.finished.append(at)

    def value(self) -> int:
        return next((int(one.owner) for one in ClaimRecord.query("counter", consistent_read=True)), 0)

    def count_up(self) -> None:
        ClaimRecord("counter", "all", owner=str(self.value() + 1)).save()


@pytest.fixture(autouse=True)
def stack() -> Iterator[Stack]:
    with memory_stack(only=["definitions"]) as made:
        yield made


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    made = Counter()
    kinds.register(KIND, Wish, also=made.also, after=made.after)
    return made


def _draft(title: str = "a") -> None:
    store.draft(KIND, "w", {"title": title}, by="k1", at=NOW)


def _publish(at: int = NOW) -> Any:
    return store.publish(KIND, "w", by="k1", at=at)


def _archive(at: int = NOW) -> Any:
    return store.archive(KIND, "w", by="k1", at=at)


def test_putting_in_force_and_taking_out_bring_their_own_writes_and_drafts_do_not(counter: Counter) -> None:
    _draft()
    assert counter.value() == 0
    _publish()
    assert counter.value() == 1
    _archive()
    assert counter.value() == 2
    assert counter.changes == [Change(KIND, "w", 1, {"title": "a"}, NOW, "k1"), Change(KIND, "w", None, None, NOW, "k1")]


def test_what_was_never_in_force_goes_without_a_word(counter: Counter) -> None:
    _draft()
    _archive()
    assert (counter.value(), counter.changes) == (0, [])


def test_a_repeated_request_writes_nothing_but_goes_on_where_the_first_may_have_died(counter: Counter) -> None:
    _draft()
    _publish(at=NOW)
    _publish(at=NOW + 1)
    assert (counter.value(), counter.finished) == (1, [NOW, NOW + 1])
    _archive(at=NOW + 2)
    _archive(at=NOW + 3)
    assert (counter.value(), counter.finished[2:]) == (2, [NOW + 2, NOW + 3])


def test_a_refused_change_leaves_everything_as_it_was(counter: Counter, monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    def refuse(_: Change) -> Write:
        raise DocumentInvalid("no")

    _draft()
    kinds.register(KIND, Wish, also=refuse, after=counter.after)
    before = stack.items("definitions")
    with pytest.raises(DocumentInvalid):
        _publish()
    assert (stack.items("definitions"), counter.finished) == (before, [])


def test_a_change_of_something_else_at_the_same_time_does_not_disturb_the_operator(counter: Counter) -> None:
    _draft()
    rivals = iter((True, True, False))
    counter.meanwhile = lambda: counter.count_up() if next(rivals) else None
    assert _publish().state is State.PUBLISHED
    assert counter.value() == 3


def test_who_loses_every_race_is_told_so(counter: Counter, stack: Stack) -> None:
    _draft()
    counter.meanwhile = counter.count_up
    with pytest.raises(Conflict, match="at the same time"):
        _publish()
    assert store.published(KIND, "w") is None
    assert counter.finished == []


def test_a_change_of_the_definition_itself_at_the_same_time_is_not_overrun(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    _draft("mine")
    real = records.written_together

    def overtaken() -> Any:
        monkeypatch.setattr(store, "written_together", real)
        _draft("theirs")
        return real()

    monkeypatch.setattr(store, "written_together", overtaken)
    with pytest.raises(Conflict):
        _publish()
    assert (store.published(KIND, "w"), counter.value(), len(counter.changes)) == (None, 0, 1)
