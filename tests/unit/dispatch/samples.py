"""Messages at every place of their way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from chalicelib.dispatch import states
from chalicelib.dispatch.model import Message, Order, Source, SourceKind, State, Trip
from chalicelib.dispatch.news import Receipt
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Fate, Outcome, Result

NOW: Final = 1_781_000_000_000
SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
KEYED: Final = 9 * MINUTE
SENT: Final = Outcome(Result.SENT, provider_id="4411")
ORDER: Final = Order(
    id="7f3a0000000000000000000000000001",
    person="01JC8K4M3V9T",
    template="points-changed",
    version=3,
    category=Category.SERVICE,
    source=Source(SourceKind.API, "key-1"),
    asked_at=NOW,
    data={"points": 120, "shop": "静安店"},
)
WECHAT: Final = Trip(
    ChannelName.TEMPLATE,
    "wx0000000000000001",
    "oFan-1",
    {"template_id": "TM-1", "data": {"thing1": {"value": "积分变动"}, "amount2": {"value": "120"}}},
    template="TM-1",
)
SMS: Final = Trip(ChannelName.SMS, "aliyun-main", "13800000000", {"provider": "aliyun", "template": "SMS_1", "variables": {"n": "120"}})


def accepted(order: Order = ORDER) -> Message:
    """Asked for."""
    return states.accepted(order, NOW)


def queued(trip: Trip = WECHAT, order: Order = ORDER) -> Message:
    """Decided."""
    return states.queued(accepted(order), trip, NOW + SECOND)


def claimed(trip: Trip = WECHAT, order: Order = ORDER) -> Message:
    """Somebody is calling."""
    return states.claimed(queued(trip, order), NOW + 2 * SECOND)


def outcome(kind: Result, reason: str = "why", **more: int) -> Outcome:
    """What a call came to."""
    return Outcome(kind, reason, **more)  # type: ignore[arg-type]  # only `until` is a number


def settled(what: Outcome = SENT, trip: Trip = WECHAT, keyed: int = 0) -> Message:
    """The call is over."""
    return states.settled(claimed(trip), what, keyed, NOW + 3 * SECOND, 0.5)


def doubtful() -> Message:
    """Queued again after a call of which nobody knows whether it went out; the platform honours keys."""
    return settled(outcome(Result.UNKNOWN), keyed=KEYED)


def fallen_back(first: Message | None = None) -> Message:
    """Queued for an SMS, after another way has failed."""
    return states.queued(first or settled(outcome(Result.UNREACHABLE)), SMS, NOW + 5 * SECOND)


def receipt(fate: Fate = Fate.DELIVERED, trip: Trip = WECHAT, at: int = NOW + 10 * SECOND, **more: str) -> Receipt:
    """What the platform tells later."""
    return Receipt(trip.channel, trip.account, fate, at, **more)


EVERY_STATE: Final[dict[State, Callable[[], Message]]] = {
    State.ACCEPTED: accepted,
    State.DEFERRED: lambda: states.deferred(accepted(), NOW + MINUTE, "quiet_hours", {"checks": []}, NOW),
    State.QUEUED: queued,
    State.CLAIMED: claimed,
    State.SENT: settled,
    State.DELIVERED: lambda: states.received(settled(), receipt(), NOW + 10 * SECOND),
    State.CLICKED: lambda: states.clicked(settled(), NOW + 20 * SECOND),
    State.FAILED: lambda: settled(outcome(Result.REFUSED)),
    State.UNKNOWN: lambda: settled(outcome(Result.UNKNOWN)),
    State.REFUSED: lambda: states.refused(accepted(), "no_consent", {"checks": []}, NOW),
}


def with_order(message: Message, **changes: object) -> Message:
    """The same message, asked for otherwise."""
    return replace(message, order=replace(message.order, **changes))  # type: ignore[arg-type]
