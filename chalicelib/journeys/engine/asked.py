"""All messages that a run has asked for by now: its own, and those that acts of its `do` nodes are. Pure."""

from collections.abc import Iterator
from typing import Final

from chalicelib.journeys.engine.acts import Act, CallWebhook, NotifyStaff
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import Run, Sent
from chalicelib.journeys.nodes.acting import Do
from chalicelib.messages.model import message_id

_ACT: Final = "journey-act"


def messages_of(run: Run, chart: Chart | None) -> tuple[str, ...]:
    """The ids of the messages of a run, of a version that may not be known any more."""
    return tuple(one.message for one in (*run.sent, *of_acts(run, chart)))


def of_act(run: str, node: str, visit: int, place: int, to: int = 0) -> str:
    """The id of the message that the act of that place in a `do` node is; `to` is the place of whoever of the staff is told."""
    return message_id(_ACT, run, node, visit, place, to)


def of_acts(run: Run, chart: Chart | None) -> Iterator[Sent]:
    """Webhooks and notices to staff, also those that came to nothing: where an act failed, or nobody knows who was to be told."""
    for number, visit in enumerate(run.visits):
        node = chart.nodes.get(visit.node) if chart is not None else None
        if isinstance(node, Do):
            for place, act in enumerate(node.acts):
                yield from (Sent(visit.node, visit.since, of_act(run.id, visit.node, number, place, to)) for to in range(_told(act)))


def _told(act: Act) -> int:
    """How many are told by an act."""
    return len(act.to) if isinstance(act, NotifyStaff) else int(isinstance(act, CallWebhook))
