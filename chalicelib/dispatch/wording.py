"""A template filled in for the person of a message, in one channel."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from chalicelib.audiences.portrait import portrait_of
from chalicelib.dispatch.model import Order
from chalicelib.messages.templates import published
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.published import Template
from chalicelib.messages.templates.rendering import render
from chalicelib.people.model import Person

_KEPT: Final = 500  # versions of templates
_PERSON: Final = "person"


def worded(order: Order, template: Template, person: Person, channel: ChannelName, now: int) -> Rendered:
    """What the message says in a channel, or why it has nothing to say there. The person is read only where the words ask for them."""
    variables: Mapping[str, Any] = {
        _PERSON: portrait_of(person, now) if channel in _personal(template.name, template.version) else {},
        "event": order.event or {},
        "entry": order.entry or {},
        "data": order.data,
    }
    return render(template.document, variables, (channel,))[channel]


def asks_for_person(document: TemplateDocument) -> frozenset[ChannelName]:
    """The channels whose words show something of the person. Pure."""
    return frozenset(channel for channel, _, asked, _ in document.asked() if asked[0] == _PERSON)


@lru_cache(_KEPT)
def _personal(name: str, version: int) -> frozenset[ChannelName]:
    found = published.of_version(name, version)
    return asks_for_person(found.document) if found else frozenset()
