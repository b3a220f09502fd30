"""A template filled in: for each channel what goes out, or why nothing does. Pure.

render(document, {"person": {...}, "event": {...}, "entry": {...}, "data": {...}})[ChannelName.SMS].body
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from chalicelib.messages.templates.chats import render_customer_service, render_mass
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.filling import Filling
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.notices import render_subscribe, render_template
from chalicelib.messages.templates.own import render_popup, render_webhook
from chalicelib.messages.templates.push import render_push
from chalicelib.messages.templates.sms import render_sms

_RENDER: Final[Mapping[ChannelName, Callable[[Any, Filling], Rendered]]] = {
    ChannelName.TEMPLATE: render_template,
    ChannelName.SUBSCRIBE: render_subscribe,
    ChannelName.CUSTOMER_SERVICE: render_customer_service,
    ChannelName.MASS: render_mass,
    ChannelName.SMS: render_sms,
    ChannelName.PUSH: render_push,
    ChannelName.WEBHOOK: render_webhook,
    ChannelName.POPUP: render_popup,
}


def render(
    document: TemplateDocument, variables: Mapping[str, Any], channels: Collection[ChannelName] | None = None
) -> dict[ChannelName, Rendered]:
    """The message in every channel that the template has words for, or in those of `channels` that it has."""
    wanted = {name: body for name, body in document.bodies().items() if channels is None or name in channels}
    return {name: _RENDER[name](body, Filling.of(name, variables)) for name, body in wanted.items()}
