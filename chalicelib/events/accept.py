"""From a record as a wire format understood it to an event that can be kept, or to the reason why not. Pure; never raises."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from chalicelib.events.clock import Basis, Timing, bounded, settle
from chalicelib.events.limits import (
    MAX_ID_LENGTH,
    Problem,
    Reason,
    problem_of_depth,
    problem_of_draft,
    problem_of_item,
    problem_of_text,
    storable,
)
from chalicelib.events.model import Draft, Event, IdentifierPolicy, ItemChange, Json, Record, Refusal, Source
from chalicelib.events.naming import Named, named, verified
from chalicelib.events.packing import Unpackable, encode, pack
from chalicelib.events.wire import MAX_DEPTH

HASH_BYTES: Final = 16  # of an event id or receipt; a false match needs some 2^64 records
TIME_FREE: Final = "time_free"  # context key: the client asks that an old time be believed
CLIENT_TIME: Final = "client_time"  # context key: the record's own time in ms, where the event has another
DROPPED: Final = "dropped_identifiers"  # context key: identifiers that were left out, with the reason


@dataclass(frozen=True, slots=True)
class Pending:
    """An event whose time may still give way to the one that its first receipt was given.

    `text` is its stored form, `raw_time` the client's time in ms.
    """

    event: Event
    text: str
    raw_time: int | None
    basis: Basis

    @property
    def receipt(self) -> str:
        """The name of the record's receipt: the same whenever the record is sent."""
        event = self.event
        return digest(event.source, event.primary.key, str(self.raw_time), event.id)

    def at(self, time: int) -> "Pending":
        """The same record with the time that was chosen for it."""
        if time == self.event.time:
            return self
        event = replace(self.event, time=time, context=_with_client_time(self.event.context, self.raw_time, time))
        return replace(self, event=event, text=pack(event))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The records of a request by what becomes of them, each part in the order of the request."""

    events: tuple[Pending, ...]
    items: tuple[ItemChange, ...]
    refusals: tuple[Refusal, ...]


def accept(records: Sequence[Record], source: Source, policy: IdentifierPolicy, received_at: int) -> Accepted:
    """Checks each record on its own. A record gives the same event whenever it is sent, but for a time that rests on a receipt.

    An identifier that the rules block or do not declare is left out and named in the context; the event stays while one is left.
    A record that has neither time nor id cannot be recognised: each sending of it is an event of its own.
    """
    judged = [_judged(record, source, policy, received_at) for record in records]
    return Accepted(
        events=_placed(one for one in judged if isinstance(one, Pending)),
        items=tuple(one for one in judged if isinstance(one, ItemChange)),
        refusals=tuple(one for one in judged if isinstance(one, Refusal)),
    )


def _placed(pendings: Iterable[Pending]) -> tuple[Pending, ...]:
    """Attribute changes of one identifier in the same millisecond get places, so that the last one of a request has the last word."""
    seen: dict[tuple[str, int], dict[str, int]] = {}
    found: list[Pending] = []
    for pending in pendings:
        event = pending.event
        if event.attributes:
            ids = seen.setdefault((event.primary.key, event.time), {})
            if place := ids.setdefault(event.id, len(ids)):
                event = replace(event, place=place)
                pending = replace(pending, event=event, text=pack(event))  # noqa: PLW2901 - the same record, placed
        found.append(pending)
    return tuple(found)


def digest(*parts: str) -> str:
    """A short hash of texts: 32 hexadecimal digits."""
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[: 2 * HASH_BYTES]


def _judged(record: Record, source: Source, policy: IdentifierPolicy, received_at: int) -> Pending | ItemChange | Refusal:
    if isinstance(record, Refusal):
        return record
    verdict = _item(record, received_at) if isinstance(record, ItemChange) else _event(record, source, policy, received_at)
    return Refusal(record.index, verdict.code, verdict.detail, record.raw) if isinstance(verdict, Problem) else verdict


def _item(item: ItemChange, received_at: int) -> ItemChange | Problem:
    if problem := problem_of_item(item):
        return problem
    text = _packed(item.properties)
    return text if isinstance(text, Problem) else replace(item, time=bounded(item.time, received_at))


def _event(draft: Draft, source: Source, policy: IdentifierPolicy, received_at: int) -> Pending | Problem:
    if problem := problem_of_draft(draft):
        return problem
    timing = settle(draft.time, draft.sent_at, received_at, time_free=bool(draft.context.get(TIME_FREE)))
    if timing is None:
        return Problem(Reason.TIME_OUT_OF_RANGE, f"the time {draft.time} is too long ago; it must be in milliseconds since 1970")
    if draft.time is None and not draft.id:
        timing = replace(timing, basis=Basis.MOMENT)
    who = named(draft, policy)
    if isinstance(who, Problem):
        return who
    event = _built(draft, source, timing, who, _event_id(draft, source, received_at))
    text = _packed(event)
    return text if isinstance(text, Problem) else Pending(event, text, draft.time, timing.basis)


def _built(draft: Draft, source: Source, timing: Timing, who: Named, event_id: str) -> Event:
    context = _with_client_time(draft.context, draft.time, timing.time)
    if who.dropped:
        context = {**context, DROPPED: [one.document() for one in who.dropped]}
    return Event(
        id=event_id,
        kind=draft.kind,
        name=draft.name,
        time=timing.time,
        identifiers=who.identifiers,
        source=source.name,
        properties=draft.properties,
        attributes=draft.attributes,
        context=context,
        verified=verified(draft, source, who.identifiers),
        unlink=who.unlink,
    )


def _packed(value: Event | Json) -> str | Problem:
    """The stored text of an event, or of an item's properties, if it is no larger and no deeper than a record may be."""
    try:
        text = pack(value) if isinstance(value, Event) else encode(value)
    except Unpackable as unpackable:
        return problem_of_depth(_parts(value)) or unpackable.problem
    deep = problem_of_depth(_parts(value)) if text.count("{") + text.count("[") > MAX_DEPTH else None  # no need to walk through most
    return deep or problem_of_text(text) or text


def _parts(value: Event | Json) -> tuple[Any, ...]:
    return (value.properties, value.context, *(change.value for change in value.attributes)) if isinstance(value, Event) else (value,)


def _event_id(draft: Draft, source: Source, received_at: int) -> str:
    """The client's id, or a hash of the content; and of the moment where only the moment tells two records apart."""
    if not draft.id:
        moment = () if draft.time is not None else (str(received_at), str(draft.index))
        return digest(source.name, draft.identity, *moment)
    if len(draft.id) <= MAX_ID_LENGTH and "#" not in draft.id and storable(draft.id):
        return draft.id
    return digest(draft.id)


def _with_client_time(context: Json, raw_time: int | None, time: int) -> Json:
    if raw_time is not None and raw_time != time:
        return {**context, CLIENT_TIME: raw_time}
    if CLIENT_TIME in context:
        return {key: value for key, value in context.items() if key != CLIENT_TIME}
    return context
