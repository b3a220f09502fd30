"""Keys and sources in the store: who is let in, until when, and what is never stored."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.access import keys, store
from chalicelib.access.model import Caller, Key, KeyKind, NewKey, Scope
from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES
from chalicelib.errors import BadRequest, Conflict, NotFound
from chalicelib.events.model import Source
from chalicelib.paging import encode_cursor
from tests.support.aws import Stack, memory_stack

NOW = 1_795_300_000_000
DAY = 86_400_000


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.setattr(store, "time", lambda: NOW / 1000)
    with memory_stack(only=["definitions", "keys"]) as made:
        yield made


def _source(name: str = "shop", **document: object) -> None:
    definitions.draft(SOURCES, name, document, by="test", at=NOW)
    definitions.publish(SOURCES, name, by="test", at=NOW)
    store.forget()


def _write_key(source: str = "shop", text: str | None = None) -> NewKey:
    return keys.create_write_key(source, by="test", at=NOW, text=text)


def _api_key(*scopes: Scope) -> NewKey:
    return keys.create_api_key(scopes, by="test", at=NOW)


# ---- write keys ----


def test_a_write_key_says_which_source_sends_and_may_only_ingest() -> None:
    _source(third_party=True)
    made = _write_key()
    assert store.find(made.text) == Caller(made.key.id, Source("shop", third_party=True), frozenset({"ingest"}))
    assert made.text.startswith("hlw_")
    assert (made.key.kind, made.key.source, made.key.created_by, made.key.created_at) == (KeyKind.WRITE, "shop", "test", NOW)


@pytest.mark.parametrize("text", ["0123456789abcdef", "shop-1"])
def test_a_source_may_keep_the_token_that_its_clients_already_send(text: str) -> None:
    _source()
    _write_key(text=text)
    caller = store.find(text)
    assert caller is not None
    assert caller.source == Source("shop")


@pytest.mark.parametrize("text", ["short", "with space in it", "colon:colon", "长长长长长长长长", "a" * 201, "line-break\n"])
def test_a_token_that_would_not_survive_every_client_is_refused(text: str) -> None:
    _source()
    with pytest.raises(BadRequest):
        _write_key(text=text)


def test_a_token_is_taken_once_even_after_it_was_revoked() -> None:
    _source()
    made = _write_key(text="0123456789abcdef")
    with pytest.raises(Conflict, match="in use"):
        _write_key(text="0123456789abcdef")
    keys.revoke_key(made.key.id, at=NOW)
    with pytest.raises(Conflict, match="in use"):
        _write_key(text="0123456789abcdef")


def test_a_key_for_a_source_that_is_not_published_is_refused() -> None:
    definitions.draft(SOURCES, "shop", {}, by="test", at=NOW)
    for name in ("shop", "nobody", "not a name"):
        with pytest.raises(BadRequest):
            _write_key(name)


def test_the_keys_of_an_archived_source_open_nothing() -> None:
    _source()
    text = _write_key().text
    definitions.archive(SOURCES, "shop", by="test", at=NOW)
    store.forget()
    assert store.find(text) is None


def test_a_source_that_becomes_a_third_party_is_one_for_its_keys() -> None:
    _source(third_party=False)
    text = _write_key().text
    _source(third_party=True)
    caller = store.find(text)
    assert caller is not None
    assert caller.source == Source("shop", third_party=True)


# ---- API keys ----


def test_an_api_key_has_its_scopes_and_no_source() -> None:
    made = _api_key(Scope.READ, Scope.WRITE)
    assert store.find(made.text) == Caller(made.key.id, None, frozenset({"read", "write"}))
    assert made.text.startswith("hla_")


@pytest.mark.parametrize("scopes", [(), (Scope.INGEST,), (Scope.READ, Scope.INGEST)])
def test_an_api_key_without_scopes_or_with_the_write_keys_one_is_refused(scopes: tuple[Scope, ...]) -> None:
    with pytest.raises(BadRequest):
        _api_key(*scopes)


# ---- what is stored ----


def test_the_text_of_a_key_is_stored_nowhere(stack: Stack) -> None:
    _source()
    texts = [_write_key().text, _write_key(text="0123456789abcdef").text, _api_key(Scope.ADMIN).text]
    stored = json.dumps([stack.items("keys"), stack.items("definitions")])
    assert not any(text in stored for text in texts)


def test_every_key_is_different() -> None:
    assert len({_api_key(Scope.READ).text for _ in range(20)}) == 20


def test_chance_decides_the_text() -> None:
    made = keys.create_api_key([Scope.READ], by="test", at=NOW, chance=lambda length: "x" * length)
    assert made.text == "hla_" + "x" * 24


# ---- who is let in ----


@pytest.mark.parametrize("text", ["", "hla_unknown", "x" * 201, "x" * 100_000, "长", "\x00"])
def test_a_text_that_is_no_key_opens_nothing(text: str) -> None:
    assert store.find(text) is None


def test_a_key_is_looked_up_once_a_minute(stack: Stack) -> None:
    text = _api_key(Scope.READ).text
    store.find("hla_unknown")
    found = store.find(text)
    for item in stack.items("keys"):
        stack.client("dynamodb").delete_item(TableName=stack.table("keys"), Key={"pk": item["pk"]})
    assert store.find(text) == found is not None


def test_a_revoked_key_opens_nothing_and_stays_in_the_list() -> None:
    made = _api_key(Scope.READ)
    store.find(made.text)
    revoked = keys.revoke_key(made.key.id, at=NOW + 5)
    assert revoked.revoked_at == NOW + 5
    assert store.find(made.text) is None
    assert keys.list_keys(10).items == (revoked,)


def test_revoking_twice_is_the_same_as_once() -> None:
    made = _api_key(Scope.READ)
    first = keys.revoke_key(made.key.id, at=NOW)
    assert keys.revoke_key(made.key.id, at=NOW + 9) == first


@pytest.mark.parametrize("key_id", ["0" * 16, "", "../x", "A" * 16, "0" * 15, "0" * 16 + "\n"])
def test_a_key_that_is_not_there_cannot_be_revoked(key_id: str) -> None:
    with pytest.raises(NotFound):
        keys.revoke_key(key_id, at=NOW)


# ---- rotation ----


def test_after_a_rotation_old_and_new_hold_until_the_old_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    _source()
    old = _write_key()
    new = keys.rotate_key(old.key.id, by="k2", at=NOW, until=NOW + DAY)
    assert new.text != old.text
    assert (new.key.source, new.key.kind, new.key.scopes) == (old.key.source, old.key.kind, old.key.scopes)
    assert store.find(old.text) is not None
    assert store.find(new.text) is not None
    monkeypatch.setattr(store, "time", lambda: (NOW + DAY) / 1000)
    assert store.find(old.text) is None
    assert store.find(new.text) is not None


def test_a_second_rotation_does_not_lengthen_the_life_of_the_first_key() -> None:
    old = _api_key(Scope.READ)
    keys.rotate_key(old.key.id, by="k", at=NOW, until=NOW + DAY)
    keys.rotate_key(old.key.id, by="k", at=NOW, until=NOW + 9 * DAY)
    shown = {one.id: one for one in keys.list_keys(10).items}
    assert shown[old.key.id].expires_at == NOW + DAY


def test_a_revoked_key_cannot_be_rotated_back_to_life() -> None:
    old = _api_key(Scope.ADMIN)
    keys.revoke_key(old.key.id, at=NOW)
    with pytest.raises(Conflict):
        keys.rotate_key(old.key.id, by="k", at=NOW, until=NOW + DAY)
    assert store.find(old.text) is None


def test_an_expiring_key_can_be_revoked_at_once() -> None:
    old = _api_key(Scope.READ)
    keys.rotate_key(old.key.id, by="k", at=NOW, until=NOW + DAY)
    keys.revoke_key(old.key.id, at=NOW)
    assert store.find(old.text) is None


# ---- lists ----


def test_the_list_pages_through_all_keys() -> None:
    made = sorted((_api_key(Scope.READ).key for _ in range(5)), key=lambda one: one.id)
    seen: list[Key] = []
    cursor: str | None = None
    for _ in range(3):
        page = keys.list_keys(2, cursor)
        seen += page.items
        cursor = page.next
    assert seen == made
    assert cursor is None


@pytest.mark.parametrize("cursor", ["x", encode_cursor("x"), encode_cursor("x" * 1100)])
def test_a_strange_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        keys.list_keys(2, cursor)


# ---- projects ----


def test_a_project_is_credited_to_the_source_that_lists_it() -> None:
    _source("shop", projects=["default", "旗舰店"], third_party=True)
    assert store.source_of_project("旗舰店") == Source("shop", third_party=True)
    assert store.source_of_project("other") is None


@pytest.mark.parametrize("project", ["", "x" * 101, "x" * 100_000])
def test_a_project_that_nobody_could_list_has_no_source(project: str) -> None:
    assert store.source_of_project(project) is None


@pytest.mark.parametrize("name", ["", "not a name", "x" * 5000, "nobody"])
def test_a_source_that_is_not_there_is_none(name: str) -> None:
    assert store.source(name) is None
