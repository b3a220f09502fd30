"""The ticket that signs the account's web pages (JS-SDK), shared like the access token: the platform gives few of them."""

from typing import Final

from chalicelib.wechat.calling import Means
from chalicelib.wechat.calls import fields
from chalicelib.wechat.calls.oauth import TICKET
from chalicelib.wechat.client import Client
from chalicelib.wechat.sharing import Kind, Made, Refusal, current


def ticket(client: Client) -> str:
    """The ticket for `oauth.page_signature`. Raises as any call."""
    return current(_TICKET, client.appid, client.means)


def _make(appid: str, _refusal: Refusal, means: Means) -> Made:
    found = Client(appid, means).call(TICKET, query={"type": "jsapi"})
    return Made(fields.text(found, "ticket", TICKET), fields.number(found, "expires_in") * 1000)


_TICKET: Final = Kind("ticket", TICKET, _make)
