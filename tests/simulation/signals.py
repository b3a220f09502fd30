"""Signals for simulated people, in two plans: the second brings in some that people have to be brought up to."""

from typing import Final

from chalicelib.events.model import Event, Kind
from chalicelib.signals.filters import filter_of
from chalicelib.signals.model import ANY_EVENT, Demand, Signal, State
from chalicelib.signals.plan import SignalPlan

_DRESS: Final = filter_of({"key": {"eq": "dress"}})
_SHANGHAI: Final = "Asia/Shanghai"

_FIRST: Final = (
    Signal(1, 1, Demand(ANY_EVENT, keep=16, value="context.channel")),
    Signal(2, 1, Demand("Clicked", _DRESS, keep=4)),
    Signal(3, 1, Demand("Scanned", value="amount")),
)
_SECOND: Final = (
    Signal(4, 2, Demand("Clicked", keep=48, value="properties.key")),
    Signal(5, 2, Demand("Scanned", per_day=3, zone=_SHANGHAI)),
    Signal(6, 2, Demand("Paid", keep=4)),
)
PLANS: Final = (SignalPlan(0), SignalPlan(1, _FIRST), SignalPlan(2, (*_FIRST, *_SECOND)))


def counted(events: list[Event], plan: SignalPlan) -> dict[int, State]:
    """What should be kept of a person's events, counted one signal at a time in the plainest way."""
    found = {signal.number: _counted(events, signal.demand) for signal in plan.signals}
    return {number: state for number, state in found.items() if state.total}


def _counted(events: list[Event], demand: Demand) -> State:
    acts = [event for event in events if event.kind is not Kind.PROFILE and demand.event in {ANY_EVENT, event.name}]
    hits = [event for event in acts if _meant(event, demand)]
    times = sorted((event.time for event in hits), reverse=True)
    days = [(time + 8 * 3_600_000) // 86_400_000 for time in times]
    return State(
        total=len(times),
        first=min(times, default=0),
        last=max(times, default=0),
        sum=sum(event.properties["amount"] for event in hits) * 1_000_000 if demand.value == "amount" else 0,
        hits=tuple((event.time, _value(event, demand)) for event in sorted(hits, key=lambda one: -one.time))[: demand.keep],
        days=tuple((day, min(days.count(day), demand.per_day)) for day in sorted(set(days), reverse=True)) if demand.per_day else (),
    )


def _meant(event: Event, demand: Demand) -> bool:
    return demand.where != _DRESS or event.properties["key"] == "dress"


def _value(event: Event, demand: Demand) -> str | None:
    return {"context.channel": event.context["channel"], "properties.key": event.properties["key"]}.get(demand.value)
