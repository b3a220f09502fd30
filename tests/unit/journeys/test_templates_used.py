"""Which templates a node of a document sends."""

from typing import Any

import pytest

from chalicelib.journeys.templates_used import sent_at


@pytest.mark.parametrize(
    ("node", "templates"),
    [
        ({"wait": "2h", "next": "done"}, set()),
        ({"send": {"template": "unpaid"}, "next": "done"}, {"unpaid"}),
        ({"do": [{"add_tag": "late"}], "next": "done"}, set()),
        ({"do": [{"webhook": "crm"}, {"add_tag": "late"}], "next": "done"}, {"crm"}),
        ({"do": [{"notify": {"template": "lead", "to": [{"user_id": "anna"}]}}, {"webhook": "crm"}], "next": "done"}, {"lead", "crm"}),
    ],
)
def test_a_node_tells_what_it_sends(node: dict[str, Any], templates: set[str]) -> None:
    assert sent_at(node) == templates
