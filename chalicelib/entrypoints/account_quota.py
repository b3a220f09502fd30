"""`GET /v1/accounts/{name}/quota`: how much an account may still send today, before anything is sent."""

from typing import Final

from pydantic import BaseModel, Field

from chalicelib.channels import wechat_quota
from chalicelib.channels.wechat_quota import ChannelQuota
from chalicelib.errors import NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.fans import connected
from chalicelib.http import Answer, Request
from chalicelib.messages.contact_policy import current_rules
from chalicelib.messages.templates.model import ChannelName
from chalicelib.wechat.accounts import AccountType
from chalicelib.wechat.client import Client

_MINUTE_SECONDS: Final = 60


class ChannelQuotaShown(BaseModel):
    """The day (China's) of one interface. Numbers are calls; of `mass` each is one for a whole list."""

    channel: ChannelName
    interface: str
    daily_limit: int | None = Field(description="Null, as `used` and `left`, when the platform did not say; `error` is its number then.")
    used: int | None = Field(description="By everything that calls for the account, other tools too.")
    left: int | None
    per_minute: int | None = Field(description="How often it may be called in a minute, where the platform limits that.")
    closed_until: str | None = Field(description="The platform refuses more until then.")
    error: int | None


class MassQuotaShown(BaseModel):
    """Mass messages to one fan in a calendar month: how many the contact policy allows, and how many of these are kept for which kind."""

    a_month: int
    split: dict[str, int]


class QuotaShown(BaseModel):
    """What an account may send. What one fan may still get is shown with their contact."""

    account: str
    asked_at: str
    channels: list[ChannelQuotaShown]
    mass_of_a_fan: MassQuotaShown | None = Field(description="Of service accounts; null for others.")


def get_quota(request: Request) -> Answer:
    """`GET`: asks the platform."""
    appid, now = request.params["name"], request.received_at
    kind = connected.type_of(appid)
    if kind is None:
        raise NotFound("no account with this appid is in force")
    found = [_shown(one) for one in wechat_quota.quotas_of(appid, kind, Client(appid), now)]
    mass = _mass() if kind is AccountType.SERVICE else None
    return Answer(body=QuotaShown(account=appid, asked_at=rfc3339(now), channels=found, mass_of_a_fan=mass))


def _shown(one: ChannelQuota) -> ChannelQuotaShown:
    told = one.told
    return ChannelQuotaShown(
        channel=one.channel,
        interface=one.interface,
        daily_limit=told.daily_limit if told else None,
        used=told.used if told else None,
        left=told.remain if told else None,
        per_minute=told.burst * _MINUTE_SECONDS // told.refresh_seconds if told and told.refresh_seconds else None,
        closed_until=None if one.closed_until is None else rfc3339(one.closed_until),
        error=one.error,
    )


def _mass() -> MassQuotaShown:
    rule = current_rules().mass_quota
    return MassQuotaShown(a_month=rule.limit, split=dict(rule.split))
