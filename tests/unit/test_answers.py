"""What the API answers is called as its contract says, in every model of every answer."""

import json
import warnings
from typing import Any, Final, get_args

import pytest
from pydantic import BaseModel, RootModel

from chalicelib.gateway import to_response
from chalicelib.http import Answer
from chalicelib.routes import ROUTES


def _models() -> dict[str, type[BaseModel]]:
    """Every model that is a part of any answer, by its full name; not those without names of their own."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[Any] = [route.found().answer for route in ROUTES]
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        if isinstance(one, type) and issubclass(one, BaseModel) and (name := f"{one.__module__}.{one.__qualname__}") not in found:
            found[name] = one
            waiting += [field.annotation for field in one.model_fields.values()]
    return {name: one for name, one in found.items() if not issubclass(one, RootModel)}


ANSWERED: Final = _models()


def contract_of(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema(mode="serialization")
    return set({**schema, **schema.get("$defs", {}).get(model.__name__, {})}["properties"])  # of those that hold themselves it is there


@pytest.mark.parametrize("model", ANSWERED.values(), ids=ANSWERED)
def test_an_answer_has_the_names_that_its_contract_has(model: type[BaseModel]) -> None:
    empty = model.model_construct(**dict.fromkeys(model.model_fields))
    with warnings.catch_warnings(action="ignore"):  # no value is of its type: only names are looked at
        written = to_response(Answer(body=empty)).body
    assert isinstance(written, str)
    assert set(json.loads(written)) == contract_of(model)


def test_names_that_python_keeps_for_itself_are_among_them() -> None:
    assert {"except", "in", "from"} <= set[str]().union(*map(contract_of, ANSWERED.values()))
