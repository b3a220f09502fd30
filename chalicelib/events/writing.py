"""Batch writes that end with everything written, or raise."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pynamodb.exceptions import PutError
from pynamodb.models import Model

from chalicelib.errors import Busy

BATCH_ITEMS: Final = 25  # of one BatchWriteItem call
ROUNDS: Final = 3  # PynamoDB sends what DynamoDB left over four times at once; then we wait before the next round
FIRST_PAUSE_S: Final = 0.2

Typed = Mapping[str, Mapping[str, Any]]  # an item in DynamoDB's typed JSON
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class _Put:
    """What a batch needs of a Model. Events are written so often that making the Model would cost more than writing it."""

    item: Typed

    def serialize(self) -> Typed:
        return self.item


def write_all(model: type[Model], items: Sequence[Typed], pause: Pause = time.sleep) -> None:
    """Puts the items, which must have distinct keys. Raises Busy when DynamoDB goes on refusing a part; some may be written then."""
    for start in range(0, len(items), BATCH_ITEMS):
        _write_batch(model, items[start : start + BATCH_ITEMS], pause)


def _write_batch(model: type[Model], items: Sequence[Typed], pause: Pause) -> None:
    for attempt in range(ROUNDS):
        if attempt:
            pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
        if _written(model, items):
            return
    raise Busy("the store takes no more at the moment; send the request again")


def _written(model: type[Model], items: Sequence[Typed]) -> bool:
    """False when a part is left over. A put is repeatable, so the whole batch is sent again then."""
    batch = model.batch_write()
    for item in items:
        batch.save(cast(Model, _Put(item)))
    try:
        batch.commit()
    except PutError:
        if not batch.failed_operations:
            raise
        return False
    return True
