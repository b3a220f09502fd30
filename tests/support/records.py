"""Records as wire adapters hand them on, and what is needed to take them in."""

import json
from typing import Any, Final

from chalicelib.events.accept import Accepted, Pending, accept
from chalicelib.events.model import AttributeChange, Draft, ItemChange, Json, Kind, Operation, Record, Refusal, Source
from chalicelib.identity.rules import DEFAULT_RULES

NOW: Final = 1_795_300_000_000  # 2026-11-21T21:46:40Z
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
SHOP: Final = Source("shop")
PARTNER: Final = Source("partner", third_party=True)
PERSON: Final = (("user_id", "u1"),)


def draft(
    *,
    index: int = 0,
    kind: Kind = Kind.TRACK,
    name: str = "OrderSubmitted",
    time: int | None = NOW,
    sent_at: int | None = None,
    id: str = "e-1",  # noqa: A002 - the field's own name
    identity: str | None = None,
    identifiers: tuple[tuple[str, str], ...] = PERSON,
    properties: Json | None = None,
    attributes: tuple[AttributeChange, ...] = (),
    context: Json | None = None,
    unlink: tuple[tuple[str, str], ...] = (),
    verified: frozenset[str] | None = None,
) -> Draft:
    """An order of the person u1, but for what the test says."""
    content = {"name": name, "time": time, "identifiers": identifiers, "properties": properties}
    return Draft(
        index=index,
        kind=kind,
        name=name,
        time=time,
        sent_at=sent_at,
        id=id,
        identity=json.dumps(content, default=str) if identity is None else identity,
        identifiers=identifiers,
        properties=properties or {},
        attributes=attributes,
        context=context or {},
        raw={"name": name, "index": index},
        unlink=unlink,
        verified=verified,
    )


def item(
    *, index: int = 0, item_type: str = "goods", item_id: str = "g1", time: int = NOW, deleted: bool = False, **properties: Any
) -> ItemChange:
    """A description of the goods g1."""
    return ItemChange(index, item_type, item_id, time, deleted, properties, {"item_id": item_id})


def change(operation: Operation, name: str = "city", value: Any = None) -> AttributeChange:
    """A change to the attribute `city`."""
    return AttributeChange(operation, name, value)


def accepted(*records: Record, source: Source = SHOP, at: int = NOW) -> Accepted:
    """What becomes of the records under the default rules."""
    return accept(records, source, DEFAULT_RULES, at)


def pending(record: Draft, source: Source = SHOP, at: int = NOW) -> Pending:
    """The event that a good record becomes."""
    found = accepted(record, source=source, at=at)
    assert not found.refusals, found.refusals
    return found.events[0]


def refusal(record: Record, source: Source = SHOP, at: int = NOW) -> Refusal:
    """The refusal that a bad record becomes."""
    found = accepted(record, source=source, at=at)
    assert not found.events
    assert not found.items
    return found.refusals[0]
