"""The `notices` document: which events of a person are told to them, by which template. Pydantic: a wrong one is refused with the places.

{"event": "OrderPaid", "where": {"points": {"gt": 0}}, "template": "points", "within": "1d"}
"""

from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, StrictBool, StrictStr, model_validator

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.matchers import Matcher
from chalicelib.audiences.operands import Optional, refuse, with_example
from chalicelib.audiences.parts import FILLED
from chalicelib.durations import Duration
from chalicelib.events.reserved import Derived, is_reserved_event
from chalicelib.messages.templates.model import ChannelName
from chalicelib.signals.model import ANY_EVENT

KIND: Final = "notices"
DEFAULT_WITHIN: Final = "1d"

Channels = Annotated[tuple[ChannelName, ...], Field(max_length=len(ChannelName)), FILLED]


class NoticeDocument(Matcher):
    """Whoever such an event happens to is told once for each event, however often it comes in and whoever dies on the way."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "积分变动",
                "event": "OrderPaid",
                "where": {"points": {"gt": 0}, "context.channel": {"in": ["pos", "h5"]}},
                "template": "points",
                "channels": ["template", "sms", "push"],
                "within": "1d",
            }
        )
    )

    title: Annotated[StrictStr, Field(max_length=200)] = ""
    template: Name = Field(description="A template that is in force. Its texts see the event as `event.`.")
    channels: Optional[Channels] = Field(default=None, description="Those that it may go by, best first; else all but mass.")
    strict: StrictBool = Field(default=False, description="Keep to the order of `channels` even if the person likes another one better.")
    within: Duration = Field(
        default=DEFAULT_WITHIN,
        description="How long after the event it is worth telling. An older one, of a file of last year, is not told.",
    )

    @model_validator(mode="after")
    def _tells_of_people(self) -> Self:
        if self.event == ANY_EVENT:
            refuse(("event",), "event_forbidden", "name the event: nobody wants to be told of everything")
        if is_reserved_event(self.event) and self.event not in frozenset(Derived):
            refuse(("event",), "event_forbidden", "a message about what became of a message would have no end")
        if self.channels and ChannelName.MASS in self.channels:
            refuse(("channels",), "channel_forbidden", "a mass message is the same for many, and an event is of one person")
        return self
