"""Checks that one channel of WeChat has and others have not. Pure."""

from typing import Final

from chalicelib.events.clock import rfc3339
from chalicelib.fans.contacts import WindowReason
from chalicelib.messages.policy.cases import Case, Option, passes, refuses
from chalicelib.messages.policy.decisions import Found
from chalicelib.messages.policy.model import Permission
from chalicelib.messages.templates.model import ChannelName

_NOTHING: Final = Permission()


def template_carried(_: Case, option: Option) -> Found:
    """The platform carries the template to this fan."""
    blocked = bool(option.route.template) and option.route.template in option.to.blocked
    return refuses(template=option.route.template) if blocked else passes()


def interacted(case: Case, option: Option) -> Found:
    """For template messages, where the policy wants it: the fan did something lately."""
    rule = case.rules.template_interaction
    if rule is None or option.channel is not ChannelName.TEMPLATE or case.asked.category not in rule.categories:
        return passes()
    last = option.to.active_at
    numbers = {"last": rfc3339(last) if last else None}
    return passes(**numbers) if last > case.now - rule.within_ms else refuses(**numbers)


def window_open(case: Case, option: Option) -> Found:
    """For customer service: the fan was in contact in time."""
    return _window(case, option, WindowReason.CLOSED)


def window_has_room(case: Case, option: Option) -> Found:
    """For customer service: not all messages are used that the contact allowed."""
    return _window(case, option, WindowReason.USED_UP)


def permitted(_: Case, option: Option) -> Found:
    """For subscription messages: the fan allowed one more."""
    if option.channel is not ChannelName.SUBSCRIBE:
        return passes()
    permission = option.to.permissions.get(option.route.template, _NOTHING)
    numbers = {"left": permission.left, "lasting": permission.lasting}
    return passes(**numbers) if permission.allows else refuses(**numbers)


def _window(case: Case, option: Option, reason: WindowReason) -> Found:
    if option.channel is not ChannelName.CUSTOMER_SERVICE:
        return passes()
    window = option.to.window
    numbers = {"left": window.left, "until": rfc3339(window.until) if window.until else None}
    return refuses(**numbers) if window.refusal(case.now) is reason else passes(**numbers)
