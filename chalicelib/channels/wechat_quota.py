"""What is left of an account's day for each way to tell somebody something, as the platform counts: sends of other tools are among it.

    for one in quotas_of("wx77aa00bb11cc22dd", AccountType.SERVICE, client, now):
        one.left      # calls; of `mass` each is one for a whole list

The platform counts calls of an interface by day. What a fan may still get in a month it does not tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.messages.templates.model import ChannelName
from chalicelib.wechat import quotas
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.calls import messages, quota
from chalicelib.wechat.calls.quota import Quota
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import Dropped, WechatError

_TEMPLATE: Final = (ChannelName.TEMPLATE, messages.TEMPLATE.path)
_CUSTOM: Final = (ChannelName.CUSTOMER_SERVICE, messages.CUSTOM.path)
_LISTS: Final = (ChannelName.MASS, messages.MASS_SOME.path)
_TAGS: Final = (ChannelName.MASS, messages.MASS_ALL.path)
INTERFACES: Final[Mapping[AccountType, tuple[tuple[ChannelName, str], ...]]] = {
    AccountType.SERVICE: (_TEMPLATE, (ChannelName.SUBSCRIBE, messages.BIZSEND.path), _CUSTOM, _LISTS, _TAGS),
    AccountType.SUBSCRIPTION: (_CUSTOM, _TAGS),
    AccountType.MINI_PROGRAM: ((ChannelName.SUBSCRIBE, messages.SUBSCRIBE.path), _CUSTOM),
}


@dataclass(frozen=True, slots=True)
class ChannelQuota:
    """One interface. `told` is None when the platform did not say, `error` its number then. `closed_until` (ms): refused until then."""

    channel: ChannelName
    interface: str
    told: Quota | None
    error: int | None
    closed_until: int | None


def quotas_of(appid: str, kind: AccountType, client: Client, now: int) -> Iterator[ChannelQuota]:
    """Of every interface that the account sends by. What fails for a reason that they share is not asked again."""
    failed: WechatError | None = None
    for channel, path in INTERFACES[kind]:
        told = None
        error = failed
        if failed is None:
            try:
                told = quota.get(client, path)
            except WechatError as refused:
                error = refused
                failed = None if isinstance(refused, Dropped) else refused
        yield ChannelQuota(channel, path, told, error.number if error else None, quotas.closed_until(appid, path, now))
