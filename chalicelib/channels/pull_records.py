"""Messages whose receipts a provider has to be asked for, in the table `rates`: pk `receipts#<account>`, sk `<when to ask, ms>#<hash>`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

MOST: Final = 100  # in one item, and in one question
SECOND_MS: Final = 1000
_KEPT_MS: Final = 3 * 86_400_000  # beyond its time: whoever is not asked for so long is not asked any more
_PREFIX: Final = "receipts#"
_HASH_BYTES: Final = 8


class PullRecord(StoredItem):
    """Up to a hundred of the provider's numbers, as JSON in `d`; `turn` counts how often it was asked about them."""

    Meta = meta("rates")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    turn = NumberAttribute(default=0)
    d = UnicodeAttribute()
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Messages of an account, by the provider's numbers, to be asked about at `due` (ms) for the time `turn` (from 0)."""

    account: str
    references: tuple[str, ...]
    due: int
    turn: int = 0

    @property
    def keys(self) -> tuple[str, str]:
        """The same for the same numbers, so that noting them twice keeps one item."""
        digest = blake2b("\n".join(self.references).encode(), digest_size=_HASH_BYTES).hexdigest()
        return f"{_PREFIX}{self.account}", f"{self.due:013d}#{digest}"


def keep(found: Outstanding) -> None:
    """Writes it, over the same one if that is there."""
    text = json.dumps(found.references)
    PullRecord(*found.keys, turn=found.turn, d=text, expires=(found.due + _KEPT_MS) // SECOND_MS).save()


def drop(found: Outstanding) -> None:
    """Forgets it."""
    PullRecord(*found.keys).delete()


def due_of(account: str, now: int, most: int) -> Iterator[Outstanding]:
    """What is to be asked about by now, the oldest first."""
    until = PullRecord.sk < f"{now + 1:013d}"
    for record in PullRecord.query(f"{_PREFIX}{account}", until, limit=most, consistent_read=True):
        yield Outstanding(account, tuple(json.loads(record.d)), int(record.sk.partition("#")[0]), int(record.turn))


def chunks(references: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """In the same parts for the same numbers, in whatever order they come."""
    ordered = sorted(set(references))
    return (tuple(ordered[start : start + MOST]) for start in range(0, len(ordered), MOST))
