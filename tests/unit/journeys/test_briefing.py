"""What the staff are told of the person whom a message is about: what the message shows, and no more."""

import pytest

from chalicelib.events.model import Json
from chalicelib.journeys.steps.briefing import shown

KNOWN: Json = {"attributes": {"name": "木兰", "phone": "13900000001", "address": {"city": "西安"}}, "scores": {"loyalty": 0}, "tags": {}}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ([], {}),
        ([("attributes", "name")], {"attributes": {"name": "木兰"}}),
        ([("attributes", "address", "city")], {"attributes": {"address": {"city": "西安"}}}),
        ([("attributes", "name"), ("scores", "loyalty")], {"attributes": {"name": "木兰"}, "scores": {"loyalty": 0}}),
        ([("attributes", "unknown"), ("attributes", "name", "first"), ("nothing", "at", "all")], {}),
        ([()], {}),
    ],
)
def test_only_what_is_asked_for_is_told(asked: list[tuple[str, ...]], told: Json) -> None:
    assert shown(KNOWN, asked) == told
