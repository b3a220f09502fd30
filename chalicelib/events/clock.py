"""When an event happened, given clocks that cannot be trusted. Pure; all times are epoch milliseconds.

A record is stored under its time, so a record that is sent again must come to the same time. The client's own time does; a time
that depends on when the record was received does not, so it is written down once, under the record's receipt, and found again
(see `receipts.py`). Two things keep both ways apart:

- The bands in which a receipt is used are a minute wider than those in which the time is changed. What differs between two
  sendings is the way through the network, so a record whose time was changed once is looked for again.
- A record far in the future is set to its receive time. Sent again an hour later it may look plausible. For this the *slot* (four
  minutes of client time) is remembered; a slot can only be marked before it begins, so what is read of it later never changes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
TOLERANCE_MS: Final = 5 * MINUTE_MS  # a clock may be off by so much before it is corrected
RECEIPT_MS: Final = 4 * MINUTE_MS  # from here on the decision is written down
SLOT_MS: Final = 4 * MINUTE_MS  # shorter than the tolerance, by more than the clocks of two lambdas may differ
OLDEST_AGE_MS: Final = 10 * 365 * DAY_MS  # older records are mistakes unless they say that their time is free
OLDEST_MS: Final = 946_684_800_000  # 2000-01-01; the same
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Basis(Enum):
    """What a time rests on."""

    RECORD = "record"  # the client's time, whenever it is received
    RECEIPT = "receipt"  # chosen at the first receipt
    MOMENT = "moment"  # the receive time of a record that has neither time nor id: nothing could recognise it


@dataclass(frozen=True, slots=True)
class Timing:
    """The time of an event, and what it rests on."""

    time: int
    basis: Basis


def settle(time: int | None, sent_at: int | None, received_at: int, time_free: bool = False) -> Timing | None:
    """The time of a record: its own when plausible, shifted by the clock's skew when `sent_at` shows one, never past `received_at` by
    more than the tolerance. None when it is too old to be true (`time_free` records may have any time since 1970).
    """
    if time is None:
        return Timing(received_at, Basis.RECEIPT)
    skew = received_at - sent_at if sent_at is not None else 0
    chosen = time + skew if abs(skew) > TOLERANCE_MS else time
    chosen = received_at if chosen > received_at + TOLERANCE_MS else chosen
    if chosen < (0 if time_free else max(OLDEST_MS, received_at - OLDEST_AGE_MS)):
        return None
    doubtful = abs(skew) > RECEIPT_MS or time > received_at + RECEIPT_MS
    return Timing(chosen, Basis.RECEIPT if doubtful else Basis.RECORD)


def bounded(time: int, received_at: int) -> int:
    """The time of a catalogue record, where the newest wins: not before 1970, and not so far ahead that nothing could replace it."""
    return received_at if time > received_at + TOLERANCE_MS else max(time, 0)


def slot(time: int) -> int:
    """The number of the slot that a client time lies in."""
    return time // SLOT_MS


def marks_slot(time: int, chosen: int, received_at: int) -> bool:
    """Whether a record's slot must be remembered: it was moved back from a future in which it may be sent again."""
    return chosen != time and time > received_at + TOLERANCE_MS


def has_begun(number: int, received_at: int) -> bool:
    """Whether the slot can no longer be marked, so that what was read of it may be kept in memory."""
    return number * SLOT_MS <= received_at


def rfc3339(time: int) -> str:
    """A time as the public contract shows it: UTC with milliseconds."""
    return (_EPOCH + timedelta(milliseconds=time)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
