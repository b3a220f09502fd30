"""Documents of journeys for tests: small ones to build on, and what a wrong one is refused for."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.journeys.definition.documents import JourneyDocument
from chalicelib.problems import faults_of

Json = dict[str, Any]

DONE: Json = {"exit": "finished"}
PAID: Json = {"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}


def journey(nodes: Json | None = None, **parts: Any) -> Json:
    """A journey that begins with an order and goes through the nodes; its first node is the first that is given."""
    given = nodes or {"done": DONE}
    return {"entry": {"event": "OrderSubmitted", "key": "properties.order_id"}, "start": next(iter(given)), "nodes": given} | parts


def unpaid(**parts: Any) -> Json:
    """An order that is not paid in two hours gets an offer."""
    nodes = {"hold": {"wait": "2h", "next": "offer"}, "offer": {"send": {"template": "unpaid"}, "next": "done"}, "done": DONE}
    return journey(nodes, exit=[PAID]) | parts


def refused(document: Any) -> list[tuple[str, str]]:
    """The places and codes of all that is wrong with a document."""
    with pytest.raises(ValidationError) as error:
        JourneyDocument.model_validate(document)
    return [(fault.path, fault.code) for fault in faults_of(error.value)]
