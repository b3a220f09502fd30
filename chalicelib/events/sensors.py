"""Records of the Sensors Analytics SDKs as events, attribute changes, links and catalogue items. Pure.

Record types and their effects as the SDKs of the family send them; their protocol has nothing newer for tracking calls.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.events import sensors_values
from chalicelib.events.jsontext import canonical
from chalicelib.events.model import AttributeChange, Draft, ItemChange, Json, Kind, Record
from chalicelib.events.sensors_attributes import OPERATIONS, changes
from chalicelib.events.sensors_identity import signed_up, who
from chalicelib.events.sensors_presets import BROWSER, client_of, context_of
from chalicelib.events.wire import Pair, RecordInvalid, clock_ms, id_text, mapping, name_text, read_each, time_ms

SENT_AT: Final = "_flush_time"
MAX_ITEM_ID: Final = 255  # characters
MAX_USER_AGENT: Final = 300  # characters; WeChat's has about 250
_CHANGES_ON_RESEND: Final = frozenset({SENT_AT})
_SECONDS_DIGITS: Final = 10  # a `time` of so many digits counts seconds
_DIGITS: Final = re.compile(r"[0-9]{1,13}")
_EVENT_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,99}")
_RESERVED: Final = frozenset(
    {"date", "datetime", "device_id", "distinct_id", "event", "event_id", "events", "first_id", "id"}
    | {"original_id", "properties", "second_id", "time", "user_id", "users"}
)
_RESERVED_PREFIXES: Final = ("user_group", "user_tag")


@dataclass(frozen=True, slots=True)
class Sent:
    """A record with the token and the project that it names itself; "" where it leaves them to the request."""

    record: Record
    token: str
    project: str


def read(raws: Iterable[tuple[int, Any]], user_agent: str = "") -> list[Sent]:
    """The (index, raw) records of an envelope; never raises. Events of browsers get the `user_agent`, which their SDK does not send.

    Codes of refusals: `type_unknown`, `name_missing`, `name_invalid`,
    `time_invalid`, `identifier_missing`, `identifier_invalid`, `unlink_missing`, `attribute_invalid`,
    `item_invalid`, `object_expected`, `record_invalid`, `nested_too_deep`, `number_invalid`.
    """
    listed = list(raws)
    records = [_browsed(record, user_agent) for record in read_each(listed, _read)]
    return [Sent(record, _told(raw, "token"), _told(raw, "project")) for record, (_, raw) in zip(records, listed, strict=True)]


def _read(index: int, raw: Json) -> Record:
    kind = raw.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise RecordInvalid("type_unknown", f"no record type {str(kind)[:64]!r}")
    return reader(index, raw, mapping(raw.get("properties"), "properties"))


def _browsed(record: Record, user_agent: str) -> Record:
    """The event with its browser. The IP address stays out: it may differ when the same record is sent again."""
    if user_agent and isinstance(record, Draft) and record.kind is not Kind.PROFILE and record.context.get("channel") == BROWSER:
        record.context["user_agent"] = user_agent[:MAX_USER_AGENT]
    return record


def _track(index: int, raw: Json, properties: Json) -> Draft:
    name = _event_name(raw.get("event"))
    return _draft(index, raw, properties, Kind.TRACK, name, who(raw, properties).everything)


def _signup(index: int, raw: Json, properties: Json) -> Draft:
    return _draft(index, raw, properties, Kind.LINK, _event_name(raw.get("event") or "$SignUp"), signed_up(raw, properties))


def _bind(index: int, raw: Json, properties: Json) -> Draft:
    return _draft(index, raw, properties, Kind.LINK, _event_name(raw.get("event") or "$BindID"), who(raw, properties).everything)


def _unbind(index: int, raw: Json, properties: Json) -> Draft:
    found = who(raw, properties)
    if not found.identities:
        raise RecordInvalid("unlink_missing", "an unbind record must name the identity to withdraw in identities")
    person = tuple(pair for pair in found.named if pair not in found.identities)
    name = _event_name(raw.get("event") or "$UnbindID")
    return _draft(index, raw, properties, Kind.UNLINK, name, person or found.identities, unlink=found.identities)


def _profile(index: int, raw: Json, properties: Json) -> Draft:
    name, operation = OPERATIONS[raw["type"]]
    return _draft(index, raw, properties, Kind.PROFILE, name, who(raw, properties).everything, attributes=changes(operation, properties))


def _item(index: int, raw: Json, properties: Json) -> ItemChange:
    item_type, item_id = id_text(raw.get("item_type"), "item_type"), id_text(raw.get("item_id"), "item_id")
    if not all(0 < len(text) <= MAX_ITEM_ID for text in (item_type, item_id)):
        raise RecordInvalid("item_invalid", f"item_type and item_id must have 1 to {MAX_ITEM_ID} characters")
    time = _time(raw)
    if time is None:
        raise RecordInvalid("time_invalid", "an item record needs its time, so that the last one wins")
    return ItemChange(index, item_type, item_id, time, raw["type"] == "item_delete", sensors_values.stored(properties), raw)


_READERS: Final[Mapping[str, Callable[[int, Json, Json], Record]]] = {
    "track": _track,
    "track_signup": _signup,
    "track_id_bind": _bind,
    "track_id_unbind": _unbind,
    "item_set": _item,
    "item_delete": _item,
    **dict.fromkeys(OPERATIONS, _profile),
}


def _draft(
    index: int,
    raw: Json,
    properties: Json,
    kind: Kind,
    name: str,
    identifiers: tuple[Pair, ...],
    *,
    attributes: tuple[AttributeChange, ...] = (),
    unlink: tuple[Pair, ...] = (),
) -> Draft:
    lib = mapping(raw.get("lib"), "lib")
    is_profile = kind is Kind.PROFILE
    context = client_of(properties, lib) if is_profile else context_of(properties, lib)
    if raw.get("time_free") is not None:
        context["time_free"] = True  # the sender vouches for an old time, e.g. when it imports history
    record_id = _id(raw)
    return Draft(
        index=index,
        kind=kind,
        name=name,
        time=_time(raw),
        sent_at=clock_ms(raw.get(SENT_AT)),
        id=record_id,
        identity="" if record_id else canonical(raw, _CHANGES_ON_RESEND),
        identifiers=identifiers,
        properties={} if is_profile else sensors_values.stored(properties),
        attributes=attributes,
        context=context,
        raw=raw,
        unlink=unlink,
    )


def _event_name(value: Any) -> str:
    name = name_text(value, "event")
    if not _EVENT_NAME.fullmatch(name) or name.lower() in _RESERVED or name.lower().startswith(_RESERVED_PREFIXES):
        raise RecordInvalid("name_invalid", f"{name[:100]!r} cannot name an event: letters, digits, _ and $, 100 at most, no reserved word")
    return name


def _time(raw: Json) -> int | None:
    value = raw.get("time")
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    time = time_ms(value, "time")
    return time * 1000 if time is not None and len(str(time)) == _SECONDS_DIGITS else time


def _id(raw: Json) -> str:
    """The record's id from `_track_id`, which clients draw from so few digits that it needs the rest of the record beside it."""
    track_id = raw.get("_track_id")
    if isinstance(track_id, bool) or not isinstance(track_id, int | str) or not _DIGITS.fullmatch(str(track_id)):
        return ""
    parts = canonical({name: raw.get(name) for name in ("type", "event", "distinct_id")})
    return f"{track_id}-{hashlib.blake2b(parts.encode(), digest_size=4).hexdigest()}"


def _told(raw: Any, name: str) -> str:
    """The `token` or `project` that a record names: beside its type, or among its properties from SDKs that do not lift it."""
    if not isinstance(raw, dict):
        return ""
    properties = raw.get("properties")
    inner = properties.get(f"${name}") if isinstance(properties, dict) else None
    value = raw.get(name) or inner
    return value if isinstance(value, str) else ""
