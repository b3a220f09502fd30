"""What is imported when it is used: the name that was asked for, once, and an error that says what is missing."""

import subprocess
import sys
from typing import Any

import pytest

from chalicelib.later import Later, found, later

json = later("json")


def test_a_name_is_what_the_module_has_under_it() -> None:
    import json as real

    assert found(json.dumps) is real.dumps


def test_what_is_there_already_is_what_it_is() -> None:
    assert found(len) is len
    assert found(None) is None


def test_a_call_is_made_when_its_result_is_needed_and_once() -> None:
    decoder: Any = found(json.JSONDecoder())
    assert isinstance(json.JSONDecoder(), Later)
    assert found(json.JSONDecoder()) is decoder
    assert decoder.decode("[1]") == [1]


def test_arguments_may_come_later_too() -> None:
    assert found(later("operator").attrgetter(later("string").digits)).__class__.__name__ == "attrgetter"


@pytest.mark.parametrize(("thing", "error"), [
    (later("chalicelib.nowhere").name, ModuleNotFoundError),
    (json.nothing, AttributeError),
])  # fmt: skip
def test_what_is_not_there_is_an_error_that_names_it(thing: Later, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"nowhere|nothing"):
        found(thing)


def test_the_table_of_triggers_imports_none_of_its_handlers() -> None:
    """Else every lambda would pay at its start for all that any route needs."""
    script = "import sys, app; print(*sorted(name for name in sys.modules if name.startswith('chalicelib.')))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    light = {"definition_routes", "health", "journey_routes"}
    assert {name.rpartition(".")[2] for name in loaded if name.startswith("chalicelib.entrypoints.")} == light
    heavy = ("audiences.conditions", "people.store", "imports.job", "wechat.cipher", "wechat.accounts", "replies.", "menus.", "campaigns.")
    assert not [name for name in loaded if name.removeprefix("chalicelib.").startswith(heavy)]


@pytest.mark.parametrize("kind", ["accounts", "segments", "replies"])
def test_every_lambda_knows_every_kind_whatever_else_it_imports(kind: str) -> None:
    """A lambda that lists accounts has no reason to import what publishing one takes."""
    script = f"import app; from chalicelib.definitions.kinds import kind_of; print(kind_of({kind!r}).also.__module__)"
    known_by = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert known_by.strip().endswith(".publishing")
