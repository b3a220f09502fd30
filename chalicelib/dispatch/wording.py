"""A template filled in for the person of a message, in one channel."""

from functools import lru_cache
from typing import Final

from chalicelib.audiences.portrait import portrait_of
from chalicelib.dispatch.model import Order
from chalicelib.dispatch.saying import asks_for_person, filled
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.published import Template
from chalicelib.people.model import Person

_KEPT: Final = 500  # versions of templates


def worded(order: Order, template: Template, person: Person, channel: ChannelName, now: int) -> Rendered:
    """What the message says in a channel, or why it has nothing to say there. The person is read only where the words ask for them."""
    personal = channel in _personal(template.name, template.version)
    return filled(order, template.document, lambda: portrait_of(person, now), channel, personal)


@lru_cache(_KEPT)
def _personal(name: str, version: int) -> frozenset[ChannelName]:
    found = published.of_version(name, version)
    return asks_for_person(found.document) if found else frozenset()
