"""Addresses as they are shown to people: enough letters to know one again, too few to use it. Pure."""

from typing import Final

HIDDEN: Final = "****"
_LONG: Final = 10  # letters; of shorter ones two at the beginning are shown
_ENDS: Final = 4
_FRONT: Final = 3


def masked(address: str) -> str:
    """`13800138000` is `138****8000`."""
    if len(address) < _LONG:
        return address[: min(2, len(address) // 2)] + HIDDEN
    return address[:_FRONT] + HIDDEN + address[-_ENDS:]
