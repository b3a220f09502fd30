"""What is counted of messages: the states that they come to, and how long they waited for their turn."""

from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.moves import queued_at
from chalicelib.telemetry import count_message, note_lag


def metered(message: Message) -> None:
    """Counts a message in the state that it has just come to. To be called once for each change; a redelivered one counts again."""
    channel = message.trip.channel.value if message.trip else ""
    count_message(channel, message.state.value, message.reason)
    if message.state is State.SENT and message.trail[-2:-1] and message.trail[-2].state is State.CLAIMED:
        note_lag(channel, max(0, message.at - queued_at(message)))
