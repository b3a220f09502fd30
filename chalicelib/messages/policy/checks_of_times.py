"""Checks of the time of day, and of how much the person was told already. Pure."""

from collections.abc import Sequence

from chalicelib.messages.policy.calendars import Calendar
from chalicelib.messages.policy.caps import Cap, frees_at, used
from chalicelib.messages.policy.cases import Case, Option, passes, refuses, stops, waits
from chalicelib.messages.policy.decisions import Found
from chalicelib.messages.policy.hours import Hours
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import PLATFORM_ZONE
from chalicelib.messages.templates.model import Category, ChannelName


def in_sms_hours(case: Case, option: Option) -> Found:
    """For advertising by SMS: it is the time of day for it."""
    if option.channel is not ChannelName.SMS or case.asked.category is not Category.MARKETING:
        return passes()
    return _awake([case.rules.marketing_sms.others], case, Calendar(case.rules.sms_zone, case.rules.pace), drops=False)


def awake(case: Case, option: Option) -> Found:
    """It is not quiet where the person lives."""
    quiet = [one for one in case.rules.quiet_hours if one.holds_for(case.asked.category, option.channel)]
    drops = any(one.drops and case.calendar.covered([one.hours], case.now) for one in quiet)
    return _awake([one.hours for one in quiet], case, case.calendar, drops)


def mass_quota_left(case: Case, option: Option) -> Found:
    """For mass messages: the fan has not had all of this month."""
    if option.channel is not ChannelName.MASS:
        return passes()
    began = Calendar(PLATFORM_ZONE, case.rules.pace).began_at(Period.MONTH, case.now)
    sent = [
        one
        for one in case.facts.sends.uses
        if (one.channel, one.account) == (ChannelName.MASS, option.route.account)
        and one.at >= began
        and one not in case.facts.sends.released
        and one.message != case.asked.message
    ]
    quota, kind = case.rules.mass_quota, case.asked.split
    total = len(sent) + option.to.mass_elsewhere
    alike = sum((one.split if one.split in quota.split else "") == (kind if kind in quota.split else "") for one in sent)
    numbers = {"sent": total, "limit": quota.limit, "of_kind": alike, "limit_of_kind": quota.limit_of(kind)}
    return passes(**numbers) if total < quota.limit and alike < quota.limit_of(kind) else refuses(**numbers)


def under_caps(case: Case, option: Option) -> Found:
    """The person has not been told enough already."""
    mine = [one for one in case.rules.caps if one.counts(case.asked.category, option.channel)]
    taken = {one.name: used(one, case.facts.sends, case.now, case.calendar, case.asked.message) for one in mine}
    numbers = {one.name: {"used": taken[one.name], "limit": one.limit} for one in mine}
    full = [one for one in mine if taken[one.name] >= one.limit]
    if not full:
        return passes(**numbers)
    ends = [_frees_at(case, one) for one in full]
    known = [one for one in ends if one is not None]
    return waits(max(known), **numbers) if len(known) == len(full) else refuses(**numbers)


def _frees_at(case: Case, cap: Cap) -> int | None:
    """None too where the message is not meant to wait."""
    return frees_at(cap, case.facts.sends, case.now, case.calendar, case.asked.message) if cap.waits else None


def _awake(spans: Sequence[Hours], case: Case, calendar: Calendar, drops: bool) -> Found:
    until = calendar.over_at(spans, case.now)
    if until == case.now:
        return passes()
    numbers = {"there": calendar.shows(case.now)}
    return stops(**numbers) if drops or until is None else waits(until, **numbers)
