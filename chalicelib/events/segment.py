"""The HTTP API of Segment, which RudderStack shares: batches and single calls as events, attribute changes and links. Pure.

Shapes as segment-analytics-python 2.4, @segment/analytics-node 3.1, rudder-sdk-python 2.1 and @rudderstack/rudder-sdk-node 3.0 send them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.errors import TooLarge
from chalicelib.events import jsontext
from chalicelib.events.model import AttributeChange, Draft, Json, Kind, Operation, Record
from chalicelib.events.segment_context import context_of
from chalicelib.events.wire import Pair, RecordInvalid, clock_ms, distinct, id_text, mapping, name_text, read_each, time_ms

MAX_MESSAGES: Final = 2500  # in one batch; the limit of Segment's service
SINGLE_CALLS: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
_SENT_AT: Final = "sentAt"
_CHANGES_ON_RESEND: Final = frozenset({_SENT_AT, "receivedAt"})


class TooManyMessages(TooLarge):
    """More messages than one batch may hold."""

    code = "too_many_records"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request holds; `write_key` is the one in the body, "" when it is only in the header."""

    write_key: str
    records: tuple[Record, ...]


def read(body: bytes, call: str = "batch") -> Batch:
    """The messages of `/v1/batch`, or the one message of a single call (`track`, `identify` ...), gzipped or not.

    Raises PayloadUnreadable, TooLarge and TooManyMessages when the request as a whole cannot be read. A bad message is a Refusal:
    `type_unknown`, `name_missing`, `identifier_missing`, `identifier_invalid`, `time_invalid`, `previous_id_missing`,
    `group_id_missing`, `object_expected`, `record_invalid`, `nested_too_deep`, `number_invalid`.
    """
    content = jsontext.decode(jsontext.unpack(body))
    if not isinstance(content, dict):
        raise jsontext.PayloadUnreadable("the body must be a JSON object")
    write_key = content.pop("writeKey", None)  # taken out of what may be kept: keys are not stored beside records
    messages = [{**content, "type": call}] if call in SINGLE_CALLS else _batched(content)
    return Batch(write_key if isinstance(write_key, str) else "", tuple(read_messages(enumerate(messages))))


def read_messages(raws: Iterable[tuple[int, Any]]) -> list[Record]:
    """(index, raw) messages that stand on their own, as those kept in Refusals do; never raises."""
    return read_each(raws, _read)


def _batched(content: Json) -> list[Any]:
    """The messages of a batch, each with what is said beside the batch for all of them."""
    messages = content.get("batch")
    if not isinstance(messages, list):
        raise jsontext.PayloadUnreadable("the body must hold a list of messages in batch")
    if len(messages) > MAX_MESSAGES:
        raise TooManyMessages(f"a batch may hold {MAX_MESSAGES} messages at most")
    shared = {name: content[name] for name in ("context", "integrations", _SENT_AT) if content.get(name)}
    return [_shared(message, shared) for message in messages] if shared else messages


def _shared(message: Any, shared: Json) -> Any:
    if not isinstance(message, dict):
        return message
    merged = {**shared, **{name: value for name, value in message.items() if value is not None or name not in shared}}
    if isinstance(merged.get("context"), dict) and isinstance(shared.get("context"), dict):
        merged["context"] = {**shared["context"], **merged["context"]}
    return merged


def _read(index: int, raw: Json) -> Record:
    kind = raw.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise RecordInvalid("type_unknown", f"no message type {str(kind)[:64]!r}")
    return reader(index, raw)


def _track(index: int, raw: Json) -> Draft:
    return _draft(index, raw, Kind.TRACK, name_text(raw.get("event"), "event"), properties=mapping(raw.get("properties"), "properties"))


def _page(index: int, raw: Json) -> Draft:
    """A page or a screen; its name and category stand beside the properties and are kept among them."""
    titled = {name: raw[name] for name in ("name", "category") if isinstance(raw.get(name), str) and raw[name]}
    name = "$Page" if raw["type"] == "page" else "$Screen"
    return _draft(index, raw, Kind.TRACK, name, properties={**titled, **mapping(raw.get("properties"), "properties")})


def _group(index: int, raw: Json) -> Draft:
    """A person joins a group. The traits are the group's, not the person's, so they are kept as a property."""
    group_id = id_text(raw.get("groupId"), "groupId")
    if not group_id:
        raise RecordInvalid("group_id_missing", "group needs groupId")
    traits = mapping(raw.get("traits"), "traits")
    return _draft(index, raw, Kind.TRACK, "$Group", properties={"group_id": group_id, **({"traits": traits} if traits else {})})


def _identify(index: int, raw: Json) -> Draft:
    """Traits stand beside the context, inside it (RudderStack for Python), or in both places."""
    context = mapping(raw.get("context"), "context")
    traits = {**mapping(context.get("traits"), "context.traits"), **mapping(raw.get("traits"), "traits")}
    changes = tuple(AttributeChange(Operation.SET, name, value) for name, value in traits.items())
    return _draft(index, raw, Kind.PROFILE, "$Identify", attributes=changes)


def _alias(index: int, raw: Json) -> Draft:
    previous = id_text(raw.get("previousId"), "previousId")
    if not previous:
        raise RecordInvalid("previous_id_missing", "alias needs previousId")
    return _draft(index, raw, Kind.LINK, "$Alias", further=(("anonymous_id", previous),))


_READERS: Final[Mapping[str, Callable[[int, Json], Record]]] = {
    "track": _track,
    "page": _page,
    "screen": _page,
    "group": _group,
    "identify": _identify,
    "alias": _alias,
}


def _draft(
    index: int,
    raw: Json,
    kind: Kind,
    name: str,
    *,
    properties: Json | None = None,
    attributes: tuple[AttributeChange, ...] = (),
    further: Iterable[Pair] = (),
) -> Draft:
    identifiers = _identifiers(raw)
    if not identifiers:
        raise RecordInvalid("identifier_missing", "a message needs userId or anonymousId")
    message_id = id_text(raw.get("messageId"), "messageId")
    return Draft(
        index=index,
        kind=kind,
        name=name,
        time=_time(raw),
        sent_at=clock_ms(raw.get(_SENT_AT)),
        id=message_id,
        identity="" if message_id else jsontext.canonical(raw, _CHANGES_ON_RESEND),
        identifiers=distinct((*identifiers, *further)),
        properties=properties or {},
        attributes=attributes,
        context=context_of(raw, properties or {}),
        raw=raw,
    )


def _identifiers(raw: Json) -> tuple[Pair, ...]:
    return distinct((("user_id", id_text(raw.get("userId"), "userId")), ("anonymous_id", id_text(raw.get("anonymousId"), "anonymousId"))))


def _time(raw: Json) -> int | None:
    """When it happened by the client's clock. Node clients of RudderStack set `timestamp` only where the caller did."""
    name = "timestamp" if raw.get("timestamp") is not None else "originalTimestamp"
    return time_ms(raw.get(name), name, naive_is_utc=True)
