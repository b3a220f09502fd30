"""The checks before a message goes out, in their order: each a small function with one reason. Pure.

First those of the message, then those of one address by one route. None decides anything but whether one thing stands in the way.
"""

from collections.abc import Callable
from typing import Final

from chalicelib.messages.policy import checks_of_addresses as addresses
from chalicelib.messages.policy import checks_of_channels as channels
from chalicelib.messages.policy import checks_of_messages as messages
from chalicelib.messages.policy import checks_of_times as times
from chalicelib.messages.policy.cases import Case, Option
from chalicelib.messages.policy.decisions import Found, Reason

MESSAGE_CHECKS: Final[tuple[tuple[Reason, Callable[[Case], Found]], ...]] = (
    (Reason.NO_ROUTE, messages.has_route),
    (Reason.OUTCOME_UNKNOWN, messages.outcome_known),
    (Reason.ALREADY_SENT, messages.not_sent_yet),
    (Reason.EXPIRED, messages.still_of_use),
    (Reason.AWAITING_RECEIPT, messages.receipts_over),
    (Reason.FALLBACK_OFF, messages.may_fall_back),
    (Reason.HOLDOUT, messages.not_held_out),
)
# First what will not change by waiting, so that the channel is chosen that can carry the message; then the hours; last what is counted,
# for the count that matters is the one at the time of sending.
OPTION_CHECKS: Final[tuple[tuple[Reason, Callable[[Case, Option], Found]], ...]] = (
    (Reason.NO_ADDRESS, addresses.has_address),
    (Reason.ALREADY_TRIED, addresses.untried),
    (Reason.SUPPRESSED, addresses.unsuppressed),
    (Reason.CONSENT_REFUSED, addresses.unrefused),
    (Reason.NOT_FOLLOWING, addresses.follows),
    (Reason.NO_CONSENT, addresses.consented),
    (Reason.UNREACHABLE, addresses.reachable),
    (Reason.TEMPLATE_BLOCKED, channels.template_carried),
    (Reason.NO_INTERACTION, channels.interacted),
    (Reason.WINDOW_CLOSED, channels.window_open),
    (Reason.WINDOW_USED_UP, channels.window_has_room),
    (Reason.NO_PERMISSION, channels.permitted),
    (Reason.MARKETING_HOURS, times.in_sms_hours),
    (Reason.QUIET_HOURS, times.awake),
    (Reason.MASS_QUOTA_USED, times.mass_quota_left),
    (Reason.CAP_REACHED, times.under_caps),
)
