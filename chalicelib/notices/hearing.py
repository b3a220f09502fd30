"""Hears of events as the merge lambda takes them: those that notices tell of become messages.

    hear(events, now)      # of a batch, once their people are known

It may hear the same again, late and in any order: the message of a notice and an event has one id. So it is told every event of a batch,
also those that were folded in before: whoever folded them may have died before this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chalicelib.events.model import Event
from chalicelib.notices import book
from chalicelib.notices.rules import Notice, event_shown
from chalicelib.telemetry import count_refusals

if TYPE_CHECKING:
    from chalicelib.dispatch.model import Order
    from chalicelib.messages.templates.published import Template

TEMPLATE_MISSING: Final = "notice_template_missing"  # counted for events whose notice has no template in force any more


@dataclass(frozen=True, slots=True)
class _Told:
    notice: Notice
    event: Event


def hear(events: Sequence[Event], now: int) -> None:
    """Asks for the messages of events, at `now` (ms). Everything is kept when this returns."""
    notices = book.current()
    told = [_Told(notice, event) for event in events for notice in notices.of(event, now)]
    if not told:
        return
    # What most batches do without costs 100 ms of a cold start.
    from chalicelib.dispatch import asking

    asking.ask(list(_orders(told, now)), now)


def _orders(told: Sequence[_Told], now: int) -> Iterator["Order"]:
    from chalicelib.messages.templates import published
    from chalicelib.people import store

    nodes = store.nodes(sorted({one.event.primary.key for one in told}), consistent=True)
    templates = {name: published.in_force(name) for name in sorted({one.notice.template for one in told})}
    for one in told:
        node, template = nodes.get(one.event.primary.key), templates[one.notice.template]
        if template is None:
            count_refusals([TEMPLATE_MISSING])
        elif node is not None:  # else it was withdrawn again in this very batch
            yield _order(one, str(node.person), template, now)


def _order(told: _Told, person: str, template: "Template", now: int) -> "Order":
    from chalicelib.dispatch.model import Order, Source, SourceKind
    from chalicelib.messages.model import message_id
    from chalicelib.messages.templates.model import ChannelName

    notice, event = told.notice, told.event
    channels = notice.channels or tuple(one for one in template.document.bodies() if one is not ChannelName.MASS)
    return Order(
        id=message_id(*notice.seed(event)),
        person=person,
        template=template.name,
        version=template.version,
        category=template.document.category,
        source=Source(SourceKind.NOTICE, notice.name),
        asked_at=now,
        channels=channels,
        strict=notice.strict,
        event=event_shown(event, (asked for _, _, asked, _ in template.document.asked())),
        expires=event.time + notice.within,
    )
