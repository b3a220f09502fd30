"""Catalogue items over HTTP."""

from typing import Any

from pydantic import BaseModel

from chalicelib.events import items
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Request


class ItemShown(BaseModel):
    """A catalogue item as it was last described; `updated_at` is the time of that description by its sender's clock."""

    item_type: str
    item_id: str
    properties: dict[str, Any]
    source: str
    updated_at: str


def get_item(request: Request) -> Answer:
    """`GET /v1/items/{type}/{id}`."""
    item = items.get(request.params["type"], request.params["id"])
    shown = ItemShown(
        item_type=item.item_type,
        item_id=item.item_id,
        properties=item.properties,
        source=item.source,
        updated_at=rfc3339(item.time),
    )
    return Answer(body=shown)
