"""Messages that journeys ask for: decided and put down at once, or put down as refused where the run has ended meanwhile."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from chalicelib.dispatch import deciding, places, states, store
from chalicelib.dispatch.model import Order
from chalicelib.journeys.steps.failing import StepFailed
from chalicelib.messages.templates import published
from chalicelib.messages.templates.published import Template

WORKERS: Final = 8  # that decide side by side: a decision is several calls of DynamoDB, and hardly any work of its own
ALONE: Final = 2 * WORKERS  # fewer orders than that are not worth it
EXITED: Final = "journey_exited"  # why a message is refused that was asked for by a run that is over


def put(orders: Sequence[Order], unwanted: Collection[str], now: int) -> None:
    """Puts down what becomes of orders at `now` (ms); those whose ids are `unwanted` are refused. May be done twice. Raises Busy."""
    for one in orders:
        if one.id in unwanted:
            store.put_new(states.refused(states.accepted(one, now), EXITED, None, now))
    wanted = [one for one in orders if one.id not in unwanted]
    groups = [wanted[start::WORKERS] for start in range(WORKERS)] if len(wanted) > ALONE else [wanted] if wanted else []
    if len(groups) == 1:
        _begin(groups[0], now)
    elif groups:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda group: _begin(group, now), groups))  # so that what is raised is raised here


def _begin(orders: Sequence[Order], now: int) -> None:
    for message in deciding.begun_many(orders, now):
        places.settled(message, store.put_new(message))


def template_of(name: str) -> Template:
    """The template as it is in force. Raises StepFailed."""
    found = published.in_force(name)
    if found is None:
        raise StepFailed("template_unknown", f"no template {name} is in force")
    return found
