"""Somebody who is reminded of orders that they have not paid: what several tests walk along."""

from typing import Any, Final

from tests.support.journeys import Road

FAN: Final = {"openid__wx1": "oMulan"}
WHO: Final = ("openid:wx1", "oMulan")
PAID: Final = {"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}
REMIND: Final[dict[str, Any]] = {
    "entry": {"event": "OrderPlaced", "key": "properties.order_id", "re_entry": {"policy": "always"}},
    "exit": [PAID],
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "note"},
        "note": {"do": [{"add_tag": "犹豫"}, {"set": {"step": 3}}], "next": "offer"},
        "offer": {"send": {"template": "points"}, "next": "rest"},
        "rest": {"wait": "1d", "next": "done"},
        "done": {"exit": "told"},
    },
}


def order(road: Road, number: str = "o1", **who: str) -> None:
    """Somebody orders something and does not pay."""
    road.does("OrderPlaced", {"order_id": number}, **(who or FAN))
