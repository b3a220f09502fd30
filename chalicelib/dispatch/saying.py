"""What a message says, and by which channel: the policy is asked until the way that it names has words for this person. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.dispatch.model import Order
from chalicelib.events.model import Json
from chalicelib.messages.policy.decisions import Decision, Reason, Refuse, Send
from chalicelib.messages.policy.model import Route
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.rendering import render

_PERSON: Final = "person"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the policy says, with the words where it says that the message goes; `closed` are the routes that have none."""

    decision: Decision
    words: Rendered | None
    closed: dict[Route, str]

    def reason(self, refuse: Refuse) -> str:
        """Why not, in one word: where all routes have nothing to say, what the last of them lacks."""
        return list(self.closed.values())[-1] if self.closed and refuse.reason is Reason.NO_ROUTE else refuse.reason.value


def weighed(ask: Callable[[Collection[Route]], Decision], words: Callable[[ChannelName], Rendered]) -> Weighed:
    """The policy's answer among the channels that have something to say. `ask` leaves out the routes that it is given."""
    closed: dict[Route, str] = {}
    while True:
        decision = ask(closed)
        if not isinstance(decision, Send):
            return Weighed(decision, None, closed)
        found = words(decision.route.channel)
        if found.body is not None:
            return Weighed(decision, found, closed)
        closed[decision.route] = found.reason


def filled(order: Order, document: TemplateDocument, portrait: Callable[[], Json], channel: ChannelName, personal: bool) -> Rendered:
    """The template filled in for a channel; the `portrait` of the person is made only where the words show something of it."""
    variables: Mapping[str, Any] = {
        _PERSON: portrait() if personal else {},
        "event": order.event or {},
        "entry": order.entry or {},
        "data": order.data,
    }
    return render(document, variables, (channel,))[channel]


def asks_for_person(document: TemplateDocument) -> frozenset[ChannelName]:
    """The channels whose words show something of the person."""
    return frozenset(channel for channel, _, asked, _ in document.asked() if asked[0] == _PERSON)
