"""WeChat's codes as `making` needs them, with its refusals as answers for whoever asked."""

from chalicelib.campaigns.making import Ticket
from chalicelib.campaigns.refusals import WechatBusy, WechatLimited, WechatRefused
from chalicelib.errors import HuiliuError
from chalicelib.events.clock import rfc3339
from chalicelib.wechat.errors import LimitReached, TryAgain, WechatError


class Wechat:
    """The platform itself. Its client is imported at the first call: arriving events do not need it."""

    def create(self, account: str, scene: str, expire_seconds: int | None) -> Ticket:
        """See `making.Platform`."""
        from chalicelib.wechat.calls import codes
        from chalicelib.wechat.client import Client

        try:
            made = codes.create(Client(account), scene, expire_seconds)
        except WechatError as error:
            raise told(error) from error
        return Ticket(made.ticket, made.url, made.expires_seconds)


def told(error: WechatError) -> HuiliuError:
    """The answer for a refusal of the platform: whether to ask again, when, or what to mend."""
    if isinstance(error, TryAgain):
        return WechatBusy(f"WeChat does not answer now, ask again: {error}")
    if isinstance(error, LimitReached):
        until = f" until {rfc3339(error.until)}" if error.until is not None else ""
        return WechatLimited(f"WeChat makes no more codes{until}: {error}")
    return WechatRefused(f"WeChat does not make the code: {error}")


def image_url(ticket: str) -> str:
    """Where the picture of a code is; anybody may read it."""
    from chalicelib.wechat.calls import codes

    return codes.image_url(ticket)
