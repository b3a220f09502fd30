"""All messages that a run has asked for by now: its own, and those that acts of its `do` nodes are. Pure."""

from collections.abc import Iterator
from typing import Final

from chalicelib.journeys.engine.acts import Act, CallWebhook, NotifyStaff
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.acting import Do
from chalicelib.messages.model import message_id

_ACT: Final = "journey-act"


def messages_of(run: Run, chart: Chart | None) -> tuple[str, ...]:
    """The ids of the messages of a run, of a version that may not be known any more."""
    return (*(one.message for one in run.sent), *(_of_acts(run, chart) if chart is not None else ()))


def of_act(run: str, node: str, visit: int, place: int, to: int = 0) -> str:
    """The id of the message that the act of that place in a `do` node is; `to` is the place of whoever of the staff is told."""
    return message_id(_ACT, run, node, visit, place, to)


def _of_acts(run: Run, chart: Chart) -> Iterator[str]:
    for number, visit in enumerate(run.visits):
        node = chart.nodes.get(visit.node)
        if isinstance(node, Do):  # also where not all of its acts could be done
            for place, act in enumerate(node.acts):
                yield from (of_act(run.id, visit.node, number, place, to) for to in range(_told(act)))


def _told(act: Act) -> int:
    """How many are told by an act."""
    return len(act.to) if isinstance(act, NotifyStaff) else int(isinstance(act, CallWebhook))
