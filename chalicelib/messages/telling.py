"""What became of a message, as an event on the person's timeline: one for each message, however often it is told."""

from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.events.model import Event, Json, Kind
from chalicelib.events.reserved import Told
from chalicelib.events.store import put_own
from chalicelib.identifiers import Identifier, identifier
from chalicelib.messages.model import Channel, Message, State
from chalicelib.telemetry import count_refusals, metrics
from chalicelib.wechat.drafts import CHANNEL

SENT_METRIC: Final = "RepliesSent"
SOURCE: Final = "huiliu"  # of events that no client sent
_NAMES: Final = {State.SENT: Told.REPLY_SENT, State.REFUSED: Told.REPLY_REFUSED, State.UNKNOWN: Told.REPLY_UNKNOWN}


def tell(message: Message, state: State, reason: str = "", channel: Channel | None = None) -> None:
    """Writes the event and counts the reason. Telling again what was told before changes nothing."""
    put_own([event_of(message, state, reason, channel)])
    if reason:
        count_refusals([reason])
    if state is State.SENT:
        metrics.add_metric(SENT_METRIC, MetricUnit.Count, 1)


def event_of(message: Message, state: State, reason: str = "", channel: Channel | None = None) -> Event:
    """The event of a message that is settled. Its time is when the message was decided, so that it is always the same event. Pure."""
    told: Json = {"message": message.id, "kind": message.content.kind.value, "by": (channel or message.channel).value, **message.about}
    return fan_event(
        message.id, _NAMES[state].value, message.appid, message.openid, message.at, told | ({"reason": reason} if reason else {})
    )


def fan_event(event_id: str, name: str, appid: str, openid: str, at: int, properties: Json) -> Event:
    """An event about a fan of an account that nobody but Huiliu can write. Pure."""
    fan: Identifier = identifier(f"openid:{appid}", openid)
    return Event(
        id=event_id,
        kind=Kind.DERIVED,
        name=name,
        time=at,
        identifiers=(fan,),
        source=SOURCE,
        properties=properties,
        context={"channel": CHANNEL, "app": {"id": appid}},
        verified=frozenset({fan.key}),
    )
