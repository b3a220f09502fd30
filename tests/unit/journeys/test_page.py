"""What the page on journeys shows can be sent as it stands, and it leaves out no node, act or code."""

import json
import re
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from chalicelib.audiences.operands import Clause
from chalicelib.events.reserved import Journeyed
from chalicelib.journeys.definition.documents import JourneyDocument
from chalicelib.journeys.definition.entry_documents import Entry
from chalicelib.journeys.definition.node_documents import AnyNode, Node
from chalicelib.journeys.engine.acts import _KINDS
from chalicelib.journeys.engine.arrivals import Refused
from infra.paths import ROOT

PAGE = (ROOT / "docs" / "journeys.md").read_text("utf-8")
ENTRIES = re.findall(r"```json\n(.*?)```", PAGE.partition("## Nodes")[0], re.DOTALL)
NODES = re.findall(r"```json\n(.*?)```", PAGE.partition("## Nodes")[2].partition("## What an event")[0], re.DOTALL)
DOCUMENT = re.search(r"/v1/journeys/unpaid\" .* -d '(\{.*?\})'\n", PAGE, re.DOTALL)
MODULES = (
    "definition/act_documents", "definition/checks", "definition/documents", "definition/entry_documents", "definition/event_documents",
    "definition/node_documents", "definition/time_documents", "in_force/references",
)  # fmt: skip


def comes_back(model: Any, example: str) -> bool:
    """Whether an example is taken and comes out as it was written."""
    document = json.loads(example)
    found: Clause = TypeAdapter(model).validate_python(document)
    return bool(found.model_dump(mode="json", by_alias=True, exclude_unset=True) == document)


@pytest.mark.parametrize("example", ENTRIES)
def test_every_entry_on_the_page_can_be_written(example: str) -> None:
    assert comes_back(Entry, example)


@pytest.mark.parametrize("example", NODES)
def test_every_node_on_the_page_can_be_written(example: str) -> None:
    assert comes_back(AnyNode, example)


def test_the_first_example_is_a_journey() -> None:
    assert DOCUMENT
    assert comes_back(JourneyDocument, DOCUMENT[1])


def test_there_are_examples_of_every_entry_node_and_act() -> None:
    kinds = {type(TypeAdapter(Entry).validate_json(example)) for example in ENTRIES}
    assert len(kinds) == 5
    assert {type(TypeAdapter(AnyNode).validate_json(example)) for example in NODES} == set(get_args(Node))
    assert all(f'{{"{key}"' in PAGE for key in _KINDS.values())


@pytest.mark.parametrize("module", MODULES)
def test_every_code_that_a_journey_is_refused_with_is_on_the_page(module: str) -> None:
    source = (ROOT / "chalicelib" / "journeys" / f"{module}.py").read_text("utf-8")
    codes = set(re.findall(r'(?:refuse\(.*?|Fault\(.*?|_wrong\(name|yield .*?|, \[\(\("nodes",\)), "(\w+_\w+)", ', source))
    assert codes
    assert not {code for code in codes if f"`{code}`" not in PAGE}


@pytest.mark.parametrize("reason", Refused)
def test_every_reason_for_which_nobody_enters_is_on_the_page(reason: str) -> None:
    assert f"`{reason}`" in PAGE


def test_all_commands_on_the_page_go_by_what_the_first_ones_are_given() -> None:
    assert set(re.findall(r"\$([A-Z_]+)", PAGE)) == {"API", "API_KEY"}


@pytest.mark.parametrize("event", Journeyed)
def test_the_events_of_journeys_are_on_the_page(event: str) -> None:
    assert f"`{event}`" in PAGE or f"`{event}." in PAGE
