"""Whether a message may go now, as far as its account is concerned: rate, day's quota, pauses, and whether the provider answers.

    until = admit(ChannelName.SMS, "main", now)      # None: go, and a token is spent; else when to come again
    learned(ChannelName.SMS, "main", outcome, now)   # after every call of the platform

It never waits. What one worker knows of an account (its chunk of tokens, until when there are none) is kept in memory, so that most
answers cost nothing; what all share is one item per account. See `buckets` and `breaker` for what is decided.
"""

from collections.abc import Callable, Iterable
from functools import cache

from chalicelib.channels import breaker, rate_records
from chalicelib.channels.breaker import WELL, Guard
from chalicelib.channels.buckets import Bucket, Rate
from chalicelib.channels.channel import channel_of
from chalicelib.channels.desks import Desk
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome
from chalicelib.telemetry import count_pause, logger


def admit(channel: ChannelName, account: str, now: int) -> int | None:
    """None: the message may go, now. Else epoch ms of when to ask again: likely its turn, or when a pause is over."""
    return _desk(channel, account).admit(_rate(channel, account), now)


def known_shut(channel: ChannelName, account: str, now: int) -> int | None:
    """As `admit`, but only from memory and without taking a token: None where one has to ask. So a message that its account has no token
    for need not even be read. In long pauses it is: it may have expired, or its broadcast been cancelled.
    """
    return _desk(channel, account).known_shut(_rate(channel, account), now)


def learned(channel: ChannelName, account: str, outcome: Outcome, now: int) -> None:
    """Takes notice of what a call came to. Writes only what changes the account's guard: nothing, as long as all is well."""
    found = _desk(channel, account).learned(outcome, now)
    if found is not None:
        _tell(channel, account, *found, now)


def pause(channel: ChannelName, account: str, until: int, reason: str, now: int) -> None:
    """Lets nobody call before `until`; then one call goes first."""
    _change(channel, account, lambda _: breaker.shut(until, reason), now)


def resume(channel: ChannelName, account: str, now: int) -> None:
    """Opens an account again. Other workers notice within seconds; messages that were sent away come back at the time they were told."""
    _change(channel, account, lambda _: WELL, now)


def state_of(channel: ChannelName, account: str) -> Bucket:
    """What all workers share about an account, as it is stored now."""
    return rate_records.read(rate_records.key_of(channel, account)).bucket


def every() -> Iterable[tuple[str, Bucket]]:
    """The same of every account, by `<channel>#<account>`."""
    return rate_records.every()


def forget() -> None:
    """Drops what this worker knows; tokens that it had are lost."""
    _desk.cache_clear()


@cache
def _desk(channel: ChannelName, account: str) -> Desk:
    return Desk(rate_records.key_of(channel, account))


def _rate(channel: ChannelName, account: str) -> Rate:
    known = channel_of(channel)
    return Rate(known.per_minute(account), known.per_day(account))


def _change(channel: ChannelName, account: str, changed: Callable[[Guard], Guard], now: int) -> None:
    _tell(channel, account, *_desk(channel, account).change(changed, now), now)


def _tell(channel: ChannelName, account: str, before: Guard, after: Guard, now: int) -> None:
    """One line and one count for an account that could be called, and is shut."""
    if after.shut_until > now >= before.shut_until:
        count_pause(channel.value, after.reason)
        logger.warning("an account is paused", channel=channel.value, account=account, reason=after.reason, until=after.shut_until)
