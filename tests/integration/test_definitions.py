"""Definitions in the store: versions, publishing, archiving, claims, and what races and crashes leave behind."""

from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.definitions import records, store
from chalicelib.definitions.kinds import SOURCES
from chalicelib.definitions.model import Definition, State, VersionMoved
from chalicelib.errors import BadRequest, Conflict, DocumentInvalid, NotFound, TooLarge
from tests.support.aws import Stack, memory_stack

NOW = 1_795_300_000_000


@pytest.fixture(autouse=True)
def stack() -> Iterator[Stack]:
    with memory_stack(only=["definitions"]) as made:
        yield made


def _draft(name: str = "shop", by: str = "k1", at: int = NOW, if_match: int | None = None, **document: Any) -> Definition:
    return store.draft(SOURCES, name, document, by=by, at=at, if_match=if_match)


def _publish(name: str = "shop", version: int | None = None, by: str = "k1", at: int = NOW) -> Definition:
    return store.publish(SOURCES, name, by=by, at=at, version=version)


# ---- drafts ----


def test_a_first_draft_is_version_one() -> None:
    made = _draft(title="官网")
    assert (made.version, made.state, made.document, made.published_version) == (1, State.DRAFT, {"title": "官网"}, None)
    assert (made.created_at, made.created_by) == (NOW, "k1")
    assert store.get(SOURCES, "shop") == made


def test_every_change_is_a_version_and_the_old_ones_stay() -> None:
    _draft(title="a")
    assert _draft(title="b").version == 2
    assert store.get(SOURCES, "shop", 1).document == {"title": "a"}
    assert store.get(SOURCES, "shop").document == {"title": "b"}


def test_the_same_document_again_is_the_same_version() -> None:
    made = _draft(title="a", third_party=True)
    assert _draft(third_party=True, title="a", by="k2", at=NOW + 1) == made


def test_a_document_is_kept_as_it_was_written_so_that_later_defaults_reach_it() -> None:
    assert _draft(title="a").document == {"title": "a"}


def test_an_invalid_document_changes_nothing() -> None:
    _draft(title="a")
    with pytest.raises(DocumentInvalid):
        _draft(title=7)
    assert store.get(SOURCES, "shop").version == 1


def test_a_document_that_no_item_could_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_DOCUMENT_BYTES", 100)
    with pytest.raises(TooLarge):
        _draft(title="长" * 40)


def test_an_editor_who_started_from_an_older_version_is_stopped() -> None:
    _draft(title="a")
    assert _draft(title="b", if_match=1).version == 2
    with pytest.raises(VersionMoved, match="the latest version is 2") as stopped:
        _draft(title="c", if_match=1)
    assert (stopped.value.status, stopped.value.code) == (412, "version_conflict")


def test_an_editor_may_insist_that_there_is_something_to_change() -> None:
    with pytest.raises(VersionMoved):
        _draft(title="a", if_match=store.ANY_VERSION)
    _draft(title="a")
    assert _draft(title="b", if_match=store.ANY_VERSION).version == 2


@pytest.mark.parametrize("name", ["", "a/b", "店", "x" * 65])
def test_a_name_that_could_not_stand_in_a_path_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        _draft(name)


def test_an_unknown_kind_is_not_found() -> None:
    with pytest.raises(NotFound):
        store.draft("wishes", "a", {}, by="k1", at=NOW)


# ---- publishing ----


def test_nothing_is_in_force_before_it_is_published() -> None:
    _draft(title="a")
    assert store.published(SOURCES, "shop") is None
    for name in ("nobody", "", "not a name", "x" * 5000):
        assert store.published(SOURCES, name) is None


def test_publishing_puts_the_latest_version_in_force_and_says_who_did() -> None:
    _draft(title="a")
    made = _publish(by="k2", at=NOW + 5)
    assert (made.state, made.published_version, made.published_at, made.published_by) == (State.PUBLISHED, 1, NOW + 5, "k2")
    assert store.published(SOURCES, "shop") == made


def test_a_draft_beside_the_published_version_changes_nothing_that_is_in_force() -> None:
    _draft(title="a")
    _publish()
    draft = _draft(title="b")
    assert (draft.state, draft.published_version) == (State.DRAFT, 1)
    found = store.published(SOURCES, "shop")
    assert found is not None
    assert found.document == {"title": "a"}


def test_publishing_twice_is_the_same_as_once(stack: Stack) -> None:
    _draft(title="a")
    first = _publish(by="k1", at=NOW)
    before = stack.items("definitions")
    assert _publish(by="k2", at=NOW + 9) == first
    assert stack.items("definitions") == before


def test_an_older_version_can_be_put_back_in_force() -> None:
    _draft(title="a")
    _draft(title="b")
    _publish()
    assert _publish(version=1).document == {"title": "a"}
    assert store.get(SOURCES, "shop", 2).state is State.DRAFT


def test_a_newer_version_retires_the_older_one() -> None:
    _draft(title="a")
    _publish()
    _draft(title="b")
    _publish()
    retired = store.get(SOURCES, "shop", 1)
    assert (retired.state, retired.published_by, retired.published_version) == (State.RETIRED, "k1", 2)


def test_what_is_not_there_cannot_be_published_archived_or_read() -> None:
    with pytest.raises(NotFound):
        _publish()
    with pytest.raises(NotFound):
        store.archive(SOURCES, "shop", by="k1", at=NOW)
    with pytest.raises(NotFound):
        store.get(SOURCES, "shop")


def test_a_version_that_is_not_there_cannot_be_published_or_read() -> None:
    _draft(title="a")
    with pytest.raises(NotFound):
        _publish(version=2)
    with pytest.raises(NotFound):
        store.get(SOURCES, "shop", 2)


# ---- archiving ----


def test_an_archived_definition_is_out_of_force_and_keeps_its_versions() -> None:
    _draft(title="a")
    _publish()
    assert store.archive(SOURCES, "shop", by="k1", at=NOW).state is State.ARCHIVED
    assert store.published(SOURCES, "shop") is None
    assert store.get(SOURCES, "shop", 1).document == {"title": "a"}


def test_archiving_twice_is_the_same_as_once(stack: Stack) -> None:
    _draft(title="a")
    store.archive(SOURCES, "shop", by="k1", at=NOW)
    before = stack.items("definitions")
    store.archive(SOURCES, "shop", by="k2", at=NOW + 9)
    assert stack.items("definitions") == before


def test_an_archived_definition_comes_back_by_publishing_or_by_a_new_draft() -> None:
    _draft(title="a")
    store.archive(SOURCES, "shop", by="k1", at=NOW)
    assert _publish().state is State.PUBLISHED
    store.archive(SOURCES, "shop", by="k1", at=NOW)
    again = _draft(title="a")
    assert (again.version, again.state) == (2, State.DRAFT)


# ---- claims ----


def test_a_published_source_holds_its_projects() -> None:
    _draft(projects=["default", "旗舰店"])
    assert store.owner_of(SOURCES, "default") is None
    _publish()
    assert (store.owner_of(SOURCES, "default"), store.owner_of(SOURCES, "旗舰店")) == ("shop", "shop")


def test_a_project_belongs_to_one_source() -> None:
    _draft("shop", projects=["default"])
    _publish("shop")
    _draft("till", projects=["till", "default"])
    with pytest.raises(Conflict, match="default belongs to shop") as refused:
        _publish("till")
    assert [fault.code for fault in refused.value.faults] == ["claim_taken"]
    assert store.owner_of(SOURCES, "till") is None
    assert store.published(SOURCES, "till") is None


def test_a_project_moves_when_its_source_gives_it_up() -> None:
    _draft("shop", projects=["a", "b"])
    _publish("shop")
    _draft("shop", projects=["b", "c"])
    _publish("shop")
    assert [store.owner_of(SOURCES, name) for name in "abc"] == [None, "shop", "shop"]
    store.archive(SOURCES, "shop", by="k1", at=NOW)
    assert [store.owner_of(SOURCES, name) for name in "abc"] == [None, None, None]
    _draft("till", projects=["b"])
    _publish("till")
    assert store.owner_of(SOURCES, "b") == "till"


def test_a_source_that_lists_a_project_twice_holds_it_once() -> None:
    _draft(projects=["a", "a"])
    _publish()
    assert store.owner_of(SOURCES, "a") == "shop"


def test_as_many_projects_as_allowed_change_in_one_transaction() -> None:
    _draft(projects=[f"old{number}" for number in range(40)])
    _publish()
    _draft(projects=[f"new{number}" for number in range(40)])
    _publish()
    assert (store.owner_of(SOURCES, "old39"), store.owner_of(SOURCES, "new39")) == (None, "shop")


# ---- lists ----


def test_a_list_pages_through_a_kind_by_name() -> None:
    for number in range(5):
        _draft(f"s{number}", title=f"店{number}")
    _publish("s0")
    first = store.list_definitions(SOURCES, 2)
    second = store.list_definitions(SOURCES, 2, first.next)
    third = store.list_definitions(SOURCES, 2, second.next)
    assert [one.name for page in (first, second, third) for one in page.items] == ["s0", "s1", "s2", "s3", "s4"]
    assert third.next is None
    assert (first.items[0].state, first.items[0].title, first.items[1].state) == (State.PUBLISHED, "店0", State.DRAFT)


def test_a_full_last_page_has_no_next() -> None:
    for number in range(2):
        _draft(f"s{number}")
    assert store.list_definitions(SOURCES, 2).next is None


def test_a_list_holds_no_versions_claims_or_other_kinds() -> None:
    _draft(projects=["a"])
    _publish()
    assert [one.name for one in store.list_definitions(SOURCES, 200).items] == ["shop"]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJzb3VyY2VzIiwiIyJd"])  # no base64 of JSON, [], ["sources","#"]
def test_a_strange_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        store.list_definitions(SOURCES, 2, cursor)


# ---- races and crashes ----


def test_two_editors_at_the_same_time_do_not_overwrite_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    _draft(title="a")
    real = records.written_together

    def overtaken() -> Any:
        monkeypatch.setattr(store, "written_together", real)
        _draft(title="theirs")
        return real()

    monkeypatch.setattr(store, "written_together", overtaken)
    with pytest.raises(Conflict):
        _draft(title="mine")
    assert store.get(SOURCES, "shop").document == {"title": "theirs"}
    assert _draft(title="mine").version == 3


def test_two_sources_that_publish_the_same_project_at_the_same_time_do_not_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _draft("shop", projects=["default"])
    _draft("till", projects=["default"])
    real = records.written_together

    def overtaken() -> Any:
        monkeypatch.setattr(store, "written_together", real)
        _publish("till")
        return real()

    monkeypatch.setattr(store, "written_together", overtaken)
    with pytest.raises(Conflict):
        _publish("shop")
    assert store.owner_of(SOURCES, "default") == "till"
    assert store.published(SOURCES, "shop") is None


def test_a_write_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    _draft(projects=["a"])
    before = stack.items("definitions")

    def broken(*_: Any, **__: Any) -> None:
        raise TransactWriteError("the network is gone")

    monkeypatch.setattr(TransactWrite, "_commit", broken)
    with pytest.raises(TransactWriteError):
        _publish()
    monkeypatch.undo()
    assert stack.items("definitions") == before
    assert _publish().state is State.PUBLISHED


@pytest.mark.parametrize(
    "course",
    [
        ("draft a", "publish", "draft b", "publish", "draft a", "archive", "publish"),
        ("archive", "draft a", "archive", "publish", "draft b", "archive", "draft b", "publish"),
    ],
)
def test_what_is_sent_twice_because_the_answer_was_lost_ends_where_once_ends(stack: Stack, course: tuple[str, ...]) -> None:
    _draft(title="start")
    for step in course:
        _take(step)
        once = stack.items("definitions")
        _take(step)
        assert stack.items("definitions") == once


def _take(step: str) -> None:
    if step.startswith("draft"):
        _draft(title=step, projects=[step])
    elif step == "publish":
        _publish()
    else:
        store.archive(SOURCES, "shop", by="k1", at=NOW)
