"""Rejected records read again, after the rules, the sources or the code have changed so that they may be kept."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chalicelib.errors import Conflict
from chalicelib.events import rejections
from chalicelib.events.keep import Outcome, keep_accepted
from chalicelib.events.model import IdentifierPolicy, Record, Source
from chalicelib.events.rejection_records import Rejection, State, WireFormat

Reader = Callable[[Iterable[tuple[int, Any]]], Sequence[Record]]  # (place in the request, record as it came) -> what they mean


class NotReplayable(Conflict):
    """The record cannot be read again: it is not complete, or nothing reads its format."""

    code = "not_replayable"


def replay(
    rejection_id: str, readers: Mapping[WireFormat, Reader], policy: IdentifierPolicy, now: int, source: Source | None = None
) -> tuple[State, Outcome]:
    """Runs a rejected record through today's rules, as of the moment when it was received, and marks it once it is kept.

    `source` takes the place of the one that the record was credited to. Repeating a replay changes nothing: the record comes to
    the same events. Raises NotFound, NotReplayable.
    """
    rejection = rejections.get(rejection_id)
    if rejection.state is State.REPLAYED:
        return State.REPLAYED, Outcome(accepted=0, refusals=())
    outcome = keep_accepted(_records(rejection, readers), source or rejection.source, policy, rejection.received_at)
    if outcome.refusals:
        return State.OPEN, outcome
    rejections.mark_replayed(rejection_id, now)
    return State.REPLAYED, outcome


def _records(rejection: Rejection, readers: Mapping[WireFormat, Reader]) -> Sequence[Record]:
    if rejection.truncated:
        raise NotReplayable("only the beginning of the record was kept")
    if rejection.protocol not in readers:
        raise NotReplayable(f"records that came by {rejection.protocol} cannot be replayed one by one; send them again")
    return readers[rejection.protocol]([(rejection.index, json.loads(rejection.text))])
