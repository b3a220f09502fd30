"""Tallies: how many messages of a broadcast or template are where, right after whatever happens.

    note(messages)                       # the dispatch lambda, of every image in its batch
    counted("broadcast#b_1a2b")          # by key: as many reads as the report has megabytes

One message has one note, and a stream tells a message's images in their order: told again from somewhere on, the notes end the same.
A thousand messages on their way together cost some three write units a state; see `tally_sheets` for what a sheet is.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.dispatch.model import Message
from chalicelib.dispatch.tally_reading import reader
from chalicelib.dispatch.tally_sheets import (
    Counts,
    Credit,
    Place,
    added_up,
    attribute_of,
    channel_word,
    credit_of,
    newest,
    place_of,
    window_key,
    word_of,
)
from chalicelib.durations import UNITS_MS
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

KEPT_MS: Final = 400 * UNITS_MS["d"]  # of a sheet, from when its messages were asked for
_AT_ONCE: Final = 100  # notes of one update: an expression holds 4 KB
LAST: Final = "~"  # after every sheet


class SheetRecord(StoredItem):
    """A sheet; its notes are attributes of their own. `expires` in epoch seconds."""

    Meta = meta("tallies")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    expires = NumberAttribute()


def note(messages: Iterable[Message]) -> None:
    """Notes where messages are, one write a sheet. Images of one message may come in any order here, and all of them again."""
    places: dict[Place, list[Message]] = {}
    for one in newest(messages).values():
        places.setdefault(place_of(one.order), []).append(one)
    for place, mine in places.items():
        for start in range(0, len(mine), _AT_ONCE):
            _write(place, {attribute_of(one): word_of(one) for one in mine[start : start + _AT_ONCE]}, mine[0].order.asked_at)


def credit(message: Message, what: Credit) -> None:
    """Credits a message with something; twice is once."""
    _write(place_of(message.order), {credit_of(message, what): channel_word(message)}, message.order.asked_at)


def take_back(message: Message, what: Credit) -> None:
    """Credits a message with something no longer; nothing where it was not."""
    _update(place_of(message.order), [Path(credit_of(message, what)).remove()], message.order.asked_at)


def counted(report: str) -> Counts:
    """What a report says at this moment."""
    return added_up(sheets(report, " ", LAST))


def counted_on(report: str, first: str, last: str) -> Counts:
    """Of the sheets from `first` to `last`."""
    return added_up(sheets(report, first, last))


def counted_between(report: str, start: int, end: int) -> Counts:
    """Of messages that were asked for from the window of `start` to that of `end` (ms), for reports whose sheets are windows."""
    return added_up(sheets(report, window_key(start), window_key(end) + LAST))


def _write(place: Place, notes: Mapping[str, str], asked_at: int) -> None:
    _update(place, [Path(name).set(word) for name, word in notes.items()], asked_at)


def _update(place: Place, actions: list[Action], asked_at: int) -> None:
    actions = [*actions, SheetRecord.v.set(SCHEMA_VERSION), SheetRecord.expires.set((asked_at + KEPT_MS) // 1000)]
    # Not by the model's own update, which would ask for all of the sheet in return.
    SheetRecord._get_connection().update_item(place.report, place.sheet, actions=actions, return_values="NONE")  # noqa: SLF001


def sheets(report: str, first: str = " ", last: str = LAST) -> Iterator[Mapping[str, Any]]:
    """The sheets of a report from `first` to `last`, as DynamoDB sends them: making models of a million notes would take longer than
    reading them.
    """
    table, start = SheetRecord._get_connection(), None  # noqa: SLF001
    reading = reader(table)
    while True:
        answer = reading.query(table.table_name, report, SheetRecord.sk.between(first, last), exclusive_start_key=start)
        yield from answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return
