"""Opens the envelope of the Sensors Analytics SDKs: form fields, base64, gzip and checksum around JSON records. Pure.

Clients differ in nearly every part (form bodies sent as `text/plain`, one record in `data_list`, a list in `data`), so each step
decides by the content and never by headers. Behaviour of the SDKs as of sensorsanalyticssdk 1.11, sa-sdk-node 1.2, sa-sdk-javascript 1.27.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import mul
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from chalicelib.errors import HuiliuError, TooLarge
from chalicelib.events import jsontext
from chalicelib.events.model import Refusal

MAX_RECORDS: Final = 2500  # in one request; the SDKs send 100 at most
MAX_KEPT_TEXT: Final = 16_384  # characters of an unreadable payload that are kept for reading
_MAX_FIELDS: Final = 32
_ENCRYPTED: Final = "9"  # value of the `gzip` field in front of an encrypted envelope
_WORD: Final = 0xFFFFFFFF
_BLOCK: Final = 256  # units that the checksum takes at a time, which halves its cost against a loop over each
_POWERS: Final = [pow(31, _BLOCK - 1 - place, 1 << 32) for place in range(_BLOCK)]
_POWER_OF_BLOCK: Final = pow(31, _BLOCK, 1 << 32)
_CRC: Final = re.compile(r"(?:^|,)crc=(-?\d{1,11})(?:,|$)")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one request holds: the records with their place, and what could not be read. `fields` are the form and query fields."""

    records: tuple[tuple[int, Any], ...]
    refusals: tuple[Refusal, ...]
    fields: Mapping[str, str]


def open_envelope(body: bytes, query: Mapping[str, str]) -> Envelope:
    """The records of a request. Never raises: an unreadable request is one Refusal (`payload_unreadable`, `payload_missing`,
    `request_too_large`, `too_many_records`), a wrong checksum one `checksum_mismatch` for each record, an encrypted envelope
    one `encryption_unsupported` for each payload. A request without any content holds nothing.
    """
    if len(body) > jsontext.MAX_REQUEST_BYTES:
        detail = f"a request may hold {jsontext.MAX_REQUEST_BYTES} bytes at most"
        return _refused(TooLarge.code, detail, _text(body[:MAX_KEPT_TEXT]), query)
    fields = {**query, **_form(_text(body))}
    value = fields.get("data_list") or fields.get("data") or ""
    if not value:
        if not body.strip():
            return Envelope((), (), fields)
        return _refused("payload_missing", "the request has neither data nor data_list", _text(body[:MAX_KEPT_TEXT]), fields)
    return _opened(value if _is_json(value) else value.replace(" ", "+"), fields)


def checksum(text: str) -> int:
    """The SDKs' checksum of a field value: 32-bit signed, `h = 31 h + c` over UTF-16 units, the same as Java's `String.hashCode`."""
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")
    first = len(units) % _BLOCK
    total: int = sum(map(mul, units[:first], _POWERS[_BLOCK - first :]))
    for start in range(first, len(units), _BLOCK):
        total = (total * _POWER_OF_BLOCK + sum(map(mul, units[start : start + _BLOCK], _POWERS))) & _WORD
    return ((total + (1 << 31)) & _WORD) - (1 << 31)


def _opened(value: str, fields: Mapping[str, str]) -> Envelope:
    try:
        content = jsontext.decode(_payload(value))
    except HuiliuError as unreadable:
        return _refused(unreadable.code, unreadable.detail, value, fields)
    parts = content if isinstance(content, list) else [content]
    if len(parts) > MAX_RECORDS:
        return _refused("too_many_records", f"a request may hold {MAX_RECORDS} records at most", value, fields)
    encrypted = fields.get("gzip") == _ENCRYPTED
    sealed = [entry for part in parts for entry in _entries(part, encrypted)]
    refusal = _checksum_fault(value, fields)
    return Envelope(
        records=tuple((index, raw) for index, (raw, is_sealed) in enumerate(sealed) if not is_sealed and not refusal),
        refusals=tuple(_refusal(index, raw, refusal) for index, (raw, is_sealed) in enumerate(sealed) if is_sealed or refusal),
        fields=fields,
    )


def _entries(part: Any, encrypted: bool) -> Iterator[tuple[Any, bool]]:
    """The records of one part, each with whether it is encrypted; a batch seals several payloads under one key."""
    if not isinstance(part, dict) or "type" in part or not (encrypted or "payload" in part or "payloads" in part):
        yield part, False
        return
    payloads = part.get("payloads")
    outer = {key: value for key, value in part.items() if key != "payloads"}
    for payload in payloads if isinstance(payloads, list) else [part.get("payload")]:
        yield {**outer, "payload": payload}, True


def _refusal(index: int, raw: Any, checksum_fault: str) -> Refusal:
    if checksum_fault:
        return Refusal(index, "checksum_mismatch", checksum_fault, raw)
    return Refusal(index, "encryption_unsupported", "encrypted records cannot be read: remove the encryption plugin of the SDK", raw)


def _checksum_fault(value: str, fields: Mapping[str, str]) -> str:
    """Why the checksum is wrong, "" when it is right or there is none: in `ext` from browsers, in `crc` from mobile apps."""
    found = _CRC.search(fields.get("ext") or f"crc={fields.get('crc', '')}")
    if not found or int(found.group(1)) == checksum(value):
        return ""
    return f"the checksum says {found.group(1)}, the data has {checksum(value)}: it was changed on the way"


def _payload(value: str) -> bytes:
    if _is_json(value):
        return jsontext.unpack(value.encode("utf-8", "replace"))
    padded = value.strip() + "=" * (-len(value.strip()) % 4)
    try:
        return jsontext.unpack(base64.b64decode(padded, validate=True))
    except (binascii.Error, ValueError) as damaged:
        raise jsontext.PayloadUnreadable(f"the data is not base64: {damaged}") from damaged


def _form(body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in body.split("&", _MAX_FIELDS):
        name, found, value = part.partition("=")
        if found:
            fields.setdefault(unquote(name.strip()), _unquoted(value))
    return fields


def _unquoted(value: str) -> str:
    """The value of a form field. In base64 a `+` is a `+` even where a client forgot to encode it; JSON follows the form rules."""
    if _is_json(value):
        return value
    return unquote_plus(value) if value[:3].upper() in ("%7B", "%5B") else unquote(value)


def _is_json(value: str) -> bool:
    return value.lstrip()[:1] in ("{", "[")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _refused(code: str, detail: str, text: str, fields: Mapping[str, str]) -> Envelope:
    return Envelope((), (Refusal(0, code, detail, {"text": text[:MAX_KEPT_TEXT]}),), fields)
