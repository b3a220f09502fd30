"""Checks of one address by one route: what the person said, and what is known of the address. Pure."""

from typing import Final

from chalicelib.events.clock import rfc3339
from chalicelib.messages.policy import consents
from chalicelib.messages.policy.cases import Case, Option, passes, refuses
from chalicelib.messages.policy.decisions import Found
from chalicelib.messages.policy.model import Attempt, Permission, Tried
from chalicelib.messages.policy.rules import Basis
from chalicelib.messages.templates.model import ChannelName

FAN_CHANNELS: Final = frozenset({ChannelName.TEMPLATE, ChannelName.CUSTOMER_SERVICE, ChannelName.MASS, ChannelName.SUBSCRIBE})
_NOTHING: Final = Permission()


def has_address(_: Case, option: Option) -> Found:
    """There is somewhere to send it."""
    return passes() if option.to.value else refuses()


def untried(case: Case, option: Option) -> Found:
    """It has not failed this way, nor been taken on and lost."""
    over = next((one for one in case.asked.tried if _went(one, option)), None)
    return passes() if over is None else refuses(result=over.result.value, at=rfc3339(over.at))


def unsuppressed(case: Case, option: Option) -> Found:
    """The suppression list says nothing of it."""
    entry = consents.suppressing(case.facts.suppressions, option.to, case.now)
    return passes() if entry is None else refuses(reason=entry.reason, since=rfc3339(entry.since))


def unrefused(case: Case, option: Option) -> Found:
    """The person's newest word is not no."""
    word = consents.said(case.facts.consents, case.asked.category, option.channel, option.route.account)
    if word is None:
        return passes(said=None)
    numbers = {"said": word.granted, "at": rfc3339(word.at), "source": word.source}
    return passes(**numbers) if word.granted else refuses(**numbers)


def consented(case: Case, option: Option) -> Found:
    """The person said yes, or need not be asked for this."""
    basis = case.rules.basis(case.asked.category, option.channel)
    if consents.said(case.facts.consents, case.asked.category, option.channel, option.route.account):
        return passes(basis=basis.value, said=True)
    lacking = basis is Basis.ASKED or (basis is Basis.FOLLOWING and option.to.following is False)
    return refuses(basis=basis.value) if lacking else passes(basis=basis.value)


def reachable(case: Case, option: Option) -> Found:
    """The address takes messages, or showed life since it did not."""
    dead = option.to.unreachable
    if dead is None or dead.since < option.to.active_at or (dead.until is not None and case.now >= dead.until):
        return passes()
    return refuses(reason=dead.reason, since=rfc3339(dead.since))


def follows(_: Case, option: Option) -> Found:
    """The fan has not left the account. Who leaves takes back what they had allowed; a permission given afterwards stands."""
    if option.channel not in FAN_CHANNELS or option.to.following is not False:
        return passes()
    allowed = option.to.permissions.get(option.route.template, _NOTHING)
    if option.channel is ChannelName.SUBSCRIBE and allowed.allows and allowed.at > option.to.changed_at:
        return passes(allowed_at=rfc3339(allowed.at))
    return refuses(**({"since": rfc3339(option.to.changed_at)} if option.to.changed_at else {}))


def _went(attempt: Attempt, option: Option) -> bool:
    """Whether the attempt closes this way. One that was taken on is lost by now, or nothing would be asked of addresses."""
    same = (attempt.channel, attempt.account) == (option.channel, option.route.account) and attempt.address in ("", option.to.value)
    return same and attempt.result in (Tried.FAILED, Tried.SENT)
