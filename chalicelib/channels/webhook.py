"""Signed calls of a server of one's own. The body is what `messages.templates.own` renders.

    {"id": "6f1c...", "type": "lead", "time": "2026-11-22T02:00:00.000Z", "data": {...}}

Every attempt sends the same bytes: whoever receives them twice sees it by the id, and can compare.
"""

import json
from typing import Final

from chalicelib.channels.carried import Carried
from chalicelib.channels.channel import Parcel
from chalicelib.events.clock import rfc3339
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Account, WebhookMessage

ADAPTER: Final = "webhook"


class Webhook(Carried[WebhookMessage]):
    """A call of the account's address; the person is where the template's `data` puts them."""

    name = ChannelName.WEBHOOK

    def adapter_name(self, parcel: Parcel) -> str:  # noqa: ARG002 - other channels have several
        """There is only one way to call a server."""
        return ADAPTER

    def message(self, parcel: Parcel, account: Account) -> WebhookMessage:
        """The call. Its time is when the message was decided, the same however often it is tried."""
        body = parcel.body
        told = {"id": parcel.id, "type": body.get("type", "message"), "time": rfc3339(parcel.at), "data": body.get("data") or {}}
        content = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return WebhookMessage(key=parcel.id, to=account.setting("address"), body=content, provider_key=parcel.provider_key)


CHANNEL: Final = Webhook()
