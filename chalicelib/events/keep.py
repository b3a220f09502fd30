"""Keeping what a request brought: events, items and refusals, each written once in effect however often the request is sent.

Nothing is undone when a write fails halfway. Every write leads to the same item when it is made again, so the sender repeats the
request and what is missing is added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.events import items, receipts, rejections, store
from chalicelib.events.accept import accept
from chalicelib.events.model import IdentifierPolicy, Record, Refusal, Source
from chalicelib.events.rejection_records import WireFormat
from chalicelib.telemetry import count_refusals


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the records of a request: how many are kept (again, if they were before), and those refused."""

    accepted: int
    refusals: tuple[Refusal, ...]


def keep(
    records: Sequence[Record],
    source: Source,
    policy: IdentifierPolicy,
    received_at: int,
    *,
    protocol: WireFormat = WireFormat.NATIVE,
) -> Outcome:
    """Everything is stored when this returns, refusals as rejections. When it raises nothing may be assumed; send the records again."""
    outcome = keep_accepted(records, source, policy, received_at)
    rejections.put(outcome.refusals, source, protocol, received_at)
    count_refusals(refusal.code for refusal in outcome.refusals)
    return outcome


def keep_accepted(records: Sequence[Record], source: Source, policy: IdentifierPolicy, received_at: int) -> Outcome:
    """Stores the events and items among the records; the refused ones are only answered."""
    accepted = accept(records, source, policy, received_at)
    store.put(receipts.settled(accepted.events, received_at))
    items.put(accepted.items, source.name)
    return Outcome(len(accepted.events) + len(accepted.items), accepted.refusals)
