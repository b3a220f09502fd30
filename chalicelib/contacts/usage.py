"""What a person was sent lately, as few bytes: the item is rewritten for every message, and a kilobyte is a write unit. Pure.

A use takes 27 bytes (8 of time and attempt, 2 for its kind, 17 of the message's id): 35 of them are one unit. Kinds are told once.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from chalicelib.messages.policy.sends import HORIZON_MS, NOTHING_SENT, Sends, Use, released, reserved
from chalicelib.messages.templates.model import Category, ChannelName

_TIME: Final = 6
_ATTEMPT: Final = 2
_KIND: Final = 2
_HEAD: Final = _TIME + _ATTEMPT + _KIND + 1
_RELEASED: Final = 1 << 15  # in the field of the attempt
_HEX: Final = 1 << 7  # in the length of an id: half as many bytes as letters
_MS: Final = 1000


def placed(sends: Sends, use: Use) -> Sends:
    """With a place for the use. What an earlier decision of the same attempt took by another way is given back: it never went that way."""
    before = next((one for one in sends.uses if (one.message, one.attempt) == (use.message, use.attempt)), None)
    if before is not None and before.kind != use.kind:
        left = tuple(one for one in sends.uses if one != before)
        sends = replace(sends, uses=left, released=sends.released - {before})
    return reserved(sends, use)


def freed(sends: Sends, message: str, attempt: int) -> Sends:
    """Without what an attempt took."""
    return released(sends, message, attempt)


def holds(sends: Sends, message: str, attempt: int) -> bool:
    """Whether the attempt has a place here, released or not."""
    return any((one.message, one.attempt) == (message, attempt) for one in sends.uses)


def packed(sends: Sends) -> tuple[str, bytes]:
    """The kinds as JSON, and the uses, newest first."""
    kinds = list(dict.fromkeys(one.kind for one in sends.uses))
    places = {kind: place for place, kind in enumerate(kinds)}
    return json.dumps(kinds, separators=(",", ":")), b"".join(_packed(one, places[one.kind], one in sends.released) for one in sends.uses)


def unpacked(kinds: str, packed_uses: bytes, rev: int = 0) -> Sends:
    """From an item at its version."""
    if not packed_uses:
        return replace(NOTHING_SENT, rev=rev)
    told = [(Category(category), ChannelName(channel), account, split) for category, channel, account, split in json.loads(kinds)]
    read = list(_unpacked(packed_uses, told))
    return Sends(tuple(use for use, _ in read), frozenset(use for use, gone in read if gone), rev)


def expires_at(sends: Sends) -> int | None:
    """When (epoch seconds) nobody asks for any of it any more."""
    return (sends.uses[0].at + HORIZON_MS) // _MS if sends.uses else None


def _packed(use: Use, kind: int, gone: bool) -> bytes:
    size, name = _name(use.message)
    attempt = use.attempt | (_RELEASED if gone else 0)
    return use.at.to_bytes(_TIME, "big") + attempt.to_bytes(_ATTEMPT, "big") + kind.to_bytes(_KIND, "big") + bytes((size,)) + name


def _unpacked(text: bytes, kinds: list[tuple[Category, ChannelName, str, str]]) -> Iterator[tuple[Use, bool]]:
    place = 0
    while place < len(text):
        at = int.from_bytes(text[place : place + _TIME], "big")
        attempt = int.from_bytes(text[place + _TIME : place + _TIME + _ATTEMPT], "big")
        kind = int.from_bytes(text[place + _TIME + _ATTEMPT : place + _HEAD - 1], "big")
        size = text[place + _HEAD - 1]
        start, place = place + _HEAD, place + _HEAD + (size & ~_HEX)
        name = text[start:place].hex() if size & _HEX else text[start:place].decode()
        category, channel, account, split = kinds[kind]
        yield Use(at, name, attempt & ~_RELEASED, category, channel, account, split), bool(attempt & _RELEASED)


def _name(message: str) -> tuple[int, bytes]:
    """The id with its length; ids of ours are hexadecimal."""
    try:
        short = bytes.fromhex(message)
    except ValueError:
        short = b""
    if short and short.hex() == message:
        return len(short) | _HEX, short
    name = message.encode()
    return len(name), name
