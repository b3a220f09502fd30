"""An account's way to the platform, by the project's own client."""

from dataclasses import dataclass

from chalicelib.events.model import Json
from chalicelib.wechat.calls import messages
from chalicelib.wechat.client import Client


@dataclass(frozen=True, slots=True)
class AccountOutlet:
    """Sends by the platform's API. Usage: `outlet_of("wx77aa00bb11cc22dd").custom({"touser": ..., ...})`."""

    client: Client

    def custom(self, payload: Json) -> None:
        """Sends a customer service message. Raises what `wechat.errors` lists."""
        messages.send_custom(self.client, payload)

    def template(self, payload: Json) -> None:
        """Sends a template message. Raises what `wechat.errors` lists."""
        messages.send_template(self.client, payload)


def outlet_of(appid: str) -> AccountOutlet:
    """The outlet of an account."""
    return AccountOutlet(Client(appid))
