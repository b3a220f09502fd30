"""What the page on conditions shows can be sent as it stands, and it leaves out no word of the language."""

import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter

from chalicelib.audiences.conditions import Channel, Condition, Node
from chalicelib.audiences.operands import Clause
from chalicelib.events.reserved import Derived
from chalicelib.signals.comparing import Operator
from infra.paths import ROOT

CONDITIONS: TypeAdapter[Node] = TypeAdapter(Condition)
PAGE = (ROOT / "docs" / "conditions.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_on_the_page_is_a_condition(example: str) -> None:
    document: dict[str, Any] = json.loads(example)
    found = CONDITIONS.validate_python(document)
    assert isinstance(found, Clause)
    assert found.model_dump(mode="json", by_alias=True, exclude_unset=True) == document


@pytest.mark.parametrize("word", [*Operator, *Channel, *Derived])
def test_every_operator_channel_and_derived_event_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("path", ["operands", "matchers", "conditions"])
def test_every_code_that_a_condition_is_refused_with_is_on_the_page(path: str) -> None:
    source = (ROOT / "chalicelib" / "audiences" / f"{path}.py").read_text("utf-8")
    codes = set(re.findall(r'refuse\(.*?, "(\w+)", ', source))
    assert codes
    assert all(f"`{code}`" in PAGE for code in codes), sorted(code for code in codes if f"`{code}`" not in PAGE)
