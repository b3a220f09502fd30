"""The `contact-policies` document: when, how often and with whose consent people are told things. Pure."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, StrictBool, StrictStr, model_validator

from chalicelib.audiences.operands import Clause, Optional, refuse, with_example
from chalicelib.definitions.kinds import register
from chalicelib.messages.policy import hours
from chalicelib.messages.policy.parts import (
    CapClause,
    HoldoutClause,
    InteractionClause,
    MassQuotaClause,
    QuietHoursClause,
    SmsHoursClause,
    Zone,
)
from chalicelib.messages.policy.rules import MARKETING_SMS, PLATFORM_ZONE, Basis, ContactRules, MassQuota
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.pace import STEADY, Pace
from chalicelib.zones import DEFAULT_TIMEZONE, zone

KIND: Final = "contact-policies"
MAX_QUIET_HOURS: Final = 14  # two for each day of the week
MAX_CAPS: Final = 20

_EXAMPLE: Final = {
    "title": "品牌触达规则",
    "timezone": "Asia/Shanghai",
    "quiet_hours": [{"from": "22:00", "to": "08:00", "action": "wait"}],
    "caps": [{"category": "marketing", "limit": 3, "within": "7d"}, {"channel": "sms", "limit": 4, "within": "month"}],
    "holdout": {"share": 0.05, "salt": "2026"},
    "template_interaction": {"within": "30d"},
    "mass_quota": {"split": {"content": 2, "activity": 2}},
}


class ContactPolicyDocument(Clause):
    """Who may be told what, when and how often. One policy is in force at a time; its name is free."""

    model_config = ConfigDict(json_schema_extra=with_example(_EXAMPLE))

    title: Annotated[StrictStr, Field(max_length=200)] = ""
    timezone: Zone = DEFAULT_TIMEZONE
    own_timezones: StrictBool = Field(default=True, description="Whether people live by their own time zones, where those are known.")
    quiet_hours: Annotated[tuple[QuietHoursClause, ...], Field(max_length=MAX_QUIET_HOURS)] = ()
    marketing_sms_hours: Optional[SmsHoursClause] = Field(
        default=None, description="09:00 to 20:00 Asia/Shanghai where it is left out; 00:00 to 24:00 for none."
    )
    caps: Annotated[tuple[CapClause, ...], Field(max_length=MAX_CAPS)] = ()
    holdout: Optional[HoldoutClause] = None
    template_interaction: Optional[InteractionClause] = None
    mass_quota: Optional[MassQuotaClause] = None
    consent: dict[Category, dict[ChannelName, Basis]] = Field(
        default={}, description="What is needed to tell people something who never said no, where it differs from the defaults."
    )

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        quiet = [one.quiet() for one in self.quiet_hours]
        if hours.always([one.hours for one in quiet]):
            refuse(("quiet_hours",), "hours_never_open", "these leave no minute of the week")
        if self.marketing_sms_hours and self.marketing_sms_hours.timezone == self.timezone:
            mute = [one.hours for one in quiet if one.holds_for(Category.MARKETING, ChannelName.SMS)]
            if hours.always([*mute, self.marketing_sms_hours.span().others]):
                refuse(("marketing_sms_hours",), "hours_never_open", "all of them are quiet hours")
        return self


def rules_of(document: Any, pace: Pace = STEADY) -> ContactRules:
    """The policy of a published document, for a stage of that pace."""
    told = ContactPolicyDocument.model_validate(document)
    sms = told.marketing_sms_hours
    return ContactRules(
        zone=zone(told.timezone),
        own_zones=told.own_timezones,
        quiet_hours=tuple(one.quiet() for one in told.quiet_hours),
        marketing_sms=sms.span() if sms else MARKETING_SMS,
        sms_zone=zone(sms.timezone) if sms else PLATFORM_ZONE,
        caps=tuple(one.cap(f"caps/{place}", pace) for place, one in enumerate(told.caps)),
        holdout=told.holdout.holdout() if told.holdout else None,
        template_interaction=told.template_interaction.interaction(pace) if told.template_interaction else None,
        mass_quota=told.mass_quota.quota() if told.mass_quota else MassQuota(),
        bases=told.consent,
        pace=pace,
    )


def _only_one(_: Any) -> Iterable[str]:
    return (KIND,)


register(KIND, ContactPolicyDocument, _only_one)
