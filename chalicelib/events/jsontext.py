"""Bytes of a client turned into JSON values, in bounded memory whatever was sent. Pure; shared by every wire format."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import from_json

from chalicelib.errors import BadRequest, TooLarge

MAX_REQUEST_BYTES: Final = 1 << 20  # of a request body as it is sent
MAX_UNPACKED_BYTES: Final = 4 << 20  # of the JSON text after gunzip; nothing beyond it is ever inflated
MAX_EVENT_BYTES: Final = 32 << 10  # of the JSON text of one record
MAX_CONTAINERS: Final = 100_000  # opening brackets in one request; an empty object takes 64 bytes of memory for 3 of text
GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31  # zlib's code for a gzip header and the largest window
_canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


class PayloadUnreadable(BadRequest):
    """The body is not what its format says: damaged gzip, not JSON, or not the expected outer shape."""

    code = "payload_unreadable"


def unpack(data: bytes, limit: int = MAX_UNPACKED_BYTES) -> bytes:
    """The data itself, or what it holds when it starts as gzip does; headers are not trusted, the magic bytes are.

    Raises TooLarge when more than `limit` bytes would come out, PayloadUnreadable when the gzip data is damaged or cut off.
    """
    if not data.startswith(GZIP_MAGIC):
        return _within(data, limit)
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        text = _within(stream.decompress(data, limit + 1), limit)
    except zlib.error as damaged:
        raise PayloadUnreadable(f"the gzip data is damaged: {damaged}") from damaged
    if not stream.eof:
        raise PayloadUnreadable("the gzip data is cut off")
    return text


def decode(text: bytes) -> Any:
    """The JSON value of a UTF-8 text. Raises PayloadUnreadable, or TooLarge when it holds more objects and lists than are allowed.

    Numbers may come out as NaN or infinite: Python clients write them, and only the record that holds one is to be refused.
    """
    if text.count(b"{") + text.count(b"[") > MAX_CONTAINERS:
        raise TooLarge(f"the request holds more than {MAX_CONTAINERS} objects and lists")
    try:
        return from_json(text)
    except ValueError:
        return _decode_damaged(text)


def canonical(record: Mapping[str, Any], without: frozenset[str] = frozenset()) -> str:
    """One text for equal records: sorted keys, no spaces, without the named top-level keys (those that change on a resend)."""
    kept = {key: value for key, value in record.items() if key not in without} if without else record
    return _canonical(kept)


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise TooLarge(f"the request unpacks to more than {limit} bytes")
    return data


def _decode_damaged(text: bytes) -> Any:
    """A second try for texts cut in the middle of a character: browsers cut long values between the halves of an emoji."""
    try:
        value = json.loads(text.decode("utf-8", "replace"))
        return from_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as damaged:
        raise PayloadUnreadable(f"the payload is not JSON: {str(damaged)[:200]}") from damaged
