"""Definitions to files and back, against the whole application: what the operator's command tells and does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.audiences import passes
from chalicelib.definitions import store
from infra import api_client, definitions
from infra.api_client import NoApi, api_of
from infra.definition_files import Filed, write_file
from infra.definition_import import Importing, in_order
from tests.support.aws import Stack
from tests.support.gateway import NOW, Gateway
from tests.support.rules import definitions_stack

VIP = Filed("tags", "vip", {"title": "会员", "where": {"attribute": "points", "gte": 1000}})
RICH = Filed("segments", "a-rich", {"where": {"tag": "vip"}})


@pytest.fixture
def stack() -> Iterator[Stack]:
    with definitions_stack() as made:
        yield made


@pytest.fixture
def call(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The API as the command calls it."""
    gateway = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)

    def one_call(method: str, path: str, body: Any) -> tuple[int, Any]:
        reply = gateway.call(method, path, body)
        return reply.status, reply.json

    monkeypatch.setattr(definitions, "api_of", lambda _: one_call)
    monkeypatch.setattr(passes, "ensure_started", lambda *_: None)  # of no interest here, and slow in memory
    return one_call


def _imported(call: Any, *files: Filed, publish: bool = True, dry_run: bool = False) -> Importing:
    made = Importing(call, publish, dry_run)
    made.run(files)
    return made


def _printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the command printed; the application writes its metrics to the same place."""
    return [line for line in capsys.readouterr().out.splitlines() if not line.startswith("{")]


def _told(importing: Importing) -> list[str]:
    return [" ".join(line.split()) for line in importing.lines]


# ---- into a stage ----


def test_what_others_refer_to_goes_first_whatever_its_name_and_kind(call: Any) -> None:
    assert _told(_imported(call, RICH, VIP)) == [
        "tags/vip new", "segments/a-rich new", "tags/vip version 1 in force", "segments/a-rich version 1 in force",
    ]  # fmt: skip


def test_the_life_cycle_goes_before_whoever_asks_for_a_stage() -> None:
    stages = Filed("lifecycle", "default", {"stages": [{"name": "新客", "where": {"event": "Followed"}}]})
    asking = Filed("scores", "a", {"rules": [{"if": {"lifecycle": "新客"}, "add": 1}]})
    assert in_order([asking, stages]) == [stages, asking]


def test_a_change_is_told_like_a_diff(call: Any) -> None:
    _imported(call, VIP)
    changed = Filed("tags", "vip", {"title": "会员", "where": {"attribute": "points", "gte": 2000, "lt": 9000}})
    told = _told(_imported(call, changed))
    assert told == [
        "tags/vip version 2", "~ /where/gte: 1000 -> 2000", "+ /where/lt: 9000", "tags/vip version 2 in force",
    ]  # fmt: skip
    assert _told(_imported(call, changed)) == ["tags/vip same"]


def test_without_publishing_there_are_drafts_only_and_the_next_import_puts_them_in_force(call: Any) -> None:
    assert _told(_imported(call, VIP, publish=False)) == ["tags/vip new"]
    assert store.published("tags", "vip") is None
    assert _told(_imported(call, VIP)) == ["tags/vip version 1 is the same, not in force", "tags/vip version 1 in force"]


def test_an_archived_definition_comes_back(call: Any) -> None:
    _imported(call, VIP)
    store.archive("tags", "vip", by="test", at=NOW)
    _imported(call, VIP)
    found = store.published("tags", "vip")
    assert found is not None
    assert found.version == 1


def test_a_dry_run_tells_what_would_change_and_changes_nothing(call: Any, stack: Stack) -> None:
    _imported(call, VIP)
    before = stack.items("definitions")
    wrong = Filed("segments", "wrong", {"where": {"event": "A", "within": "3y"}})
    told = _imported(call, RICH, Filed("tags", "vip", {"where": VIP.document["where"]}), wrong, dry_run=True)
    assert stack.items("definitions") == before
    assert told.refused == 1
    assert [line for line in _told(told) if "REFUSED" not in line and "within" not in line] == [
        "tags/vip version 2", '- /title: "会员"', "segments/a-rich new",
    ]  # fmt: skip


def test_when_one_draft_is_refused_nothing_goes_in_force_and_the_place_is_told(
    call: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(tmp_path, VIP)
    write_file(tmp_path, Filed("tags", "wrong", {"where": {"attribute": "points", "above": 3}}))
    assert definitions.main(["import", str(tmp_path), "--publish"]) == 1
    out = capsys.readouterr().out
    assert "REFUSED, document_invalid" in out
    assert "where/above" in out
    assert store.published("tags", "vip") is None


def test_a_rule_that_does_not_fit_is_refused_and_the_others_go_in_force(call: Any) -> None:
    lonely = Filed("segments", "lonely", {"where": {"segment": "nobody"}})
    told = _imported(call, lonely, VIP)
    assert told.refused == 1
    assert "where/segment: there is no segment nobody in force; publish it first" in _told(told)
    assert store.published("tags", "vip") is not None


def test_a_folder_that_is_no_kind_is_refused_by_name(call: Any) -> None:
    told = _imported(call, Filed("wishes", "x", {}))
    assert (told.refused, _told(told)[0].startswith("wishes/x REFUSED")) == (1, True)


# ---- out of a stage ----


def test_drafts_come_out_only_when_they_are_asked_for(call: Any, tmp_path: Path) -> None:
    _imported(call, VIP)
    _imported(call, Filed("tags", "vip", VIP.document | {"title": "new"}), Filed("tags", "x", {"where": {"event": "A"}}), publish=False)
    assert [one.path for one in definitions.stored(call)] == ["tags/vip"]
    assert [(one.path, one.document["where"]) for one in definitions.stored(call, latest=True)][1] == ("tags/x", {"event": "A"})
    store.archive("tags", "vip", by="test", at=NOW)
    assert [one.path for one in definitions.stored(call, latest=True)] == ["tags/x"]


def test_an_export_over_the_same_files_writes_nothing(call: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _imported(call, VIP)
    definitions.main(["export", "--to", str(tmp_path)])
    capsys.readouterr()
    definitions.main(["export", "--to", str(tmp_path)])
    assert _printed(capsys) == ["1 definitions, 0 files written"]


def test_more_definitions_than_a_page_all_come_out(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "_PAGE", 2)
    for number in range(5):
        _imported(call, Filed("sources", f"s{number}", {"title": str(number)}))
    assert [one.name for one in definitions.stored(call)] == [f"s{number}" for number in range(5)]


# ---- nothing to work with ----


def test_without_files_an_api_or_a_right_key_the_command_says_so(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert definitions.main(["import", str(tmp_path / "nowhere")]) == 2
    monkeypatch.setattr(definitions, "api_of", lambda _: lambda *_: (401, {"code": "key_invalid", "detail": "no"}))
    assert definitions.main(["export", "--to", str(tmp_path)]) == 2
    monkeypatch.setattr(definitions, "api_of", api_of)
    assert definitions.main(["export", "--stage", "dev", "--to", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "no such folder" in err
    assert "key_invalid" in err
    assert "HUILIU_API_URL" in err


def test_the_api_is_that_of_the_environment_or_of_the_local_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "STACK_FILE", tmp_path / "stack.json")
    with pytest.raises(NoApi, match="make run"):
        api_of("local")
    (tmp_path / "stack.json").write_text(json.dumps({"api_url": "http://here/api", "api_key": "k"}))
    assert api_of("local") == api_client.Api("http://here/api", "k")
    monkeypatch.setenv("HUILIU_API_URL", "https://there/api/")
    monkeypatch.setenv("HUILIU_API_KEY", "hla_x")
    assert api_of("local") == api_of("prod") == api_client.Api("https://there/api", "hla_x")
