"""Accounts' rates, quotas and pauses, as all workers share them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from chalicelib.channels import rates, sms
from chalicelib.channels.breaker import BEHIND_PROBE_MS, PROBE_MS, WELL
from chalicelib.channels.channel import channel_of
from chalicelib.channels.desks import TRUSTED_MS, Desk
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from tests.support.aws import Stack, forget_caches

NOW: Final = 1_795_300_000_000
SMS: Final = ChannelName.SMS
SILENT: Final = Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)


@dataclass
class Limited:
    """A channel that is asked for its limits only."""

    minute: int | None = None
    day: int | None = None

    def per_minute(self, account: str) -> int | None:
        return self.minute

    def per_day(self, account: str) -> int | None:
        return self.day


@pytest.fixture
def channel(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Limited]:
    limited = Limited()
    monkeypatch.setattr(sms, "CHANNEL", limited)
    forget_caches()
    yield limited
    channel_of.cache_clear()


def _asked(times: int, now: int = NOW, account: str = "main") -> int:
    return sum(rates.admit(SMS, account, now) is None for _ in range(times))


def test_an_account_without_limits_is_never_written(stack: Stack, channel: Limited) -> None:
    assert _asked(500) == 500
    rates.learned(SMS, "main", Outcome(Result.SENT), NOW)
    assert stack.items("rates") == []


def test_another_worker_finds_what_was_taken(channel: Limited) -> None:
    channel.minute = 120
    assert _asked(5) == 2
    rates.forget()
    assert _asked(5) == 0
    assert _asked(5, NOW + 500) == 1


def test_accounts_do_not_share(channel: Limited) -> None:
    channel.minute = 60
    assert (_asked(3, account="a"), _asked(3, account="b")) == (1, 1)


def test_the_days_quota_ends_at_midnight_in_china(channel: Limited) -> None:
    channel.day = 3
    assert _asked(5) == 3
    until = rates.admit(SMS, "main", NOW)
    assert until is not None
    assert (until + 8 * 3_600_000) % 86_400_000 == 0
    assert _asked(5, until) == 3


def test_a_message_that_will_be_sent_away_is_known_without_asking(stack: Stack, channel: Limited) -> None:
    channel.minute = 60
    assert rates.known_shut(SMS, "main", NOW) is None
    _asked(2)
    assert rates.known_shut(SMS, "main", NOW) is not None
    assert rates.known_shut(SMS, "main", NOW + 1000) is None


def test_in_a_pause_messages_are_looked_at_for_they_may_have_expired(channel: Limited) -> None:
    rates.pause(SMS, "main", NOW + 60_000, "by_hand", NOW)
    assert rates.admit(SMS, "main", NOW) is not None
    assert rates.known_shut(SMS, "main", NOW) is None


def test_a_pause_holds_for_all_workers_and_one_call_goes_first_when_it_is_over(channel: Limited) -> None:
    rates.pause(SMS, "main", NOW + 9_000, "by_hand", NOW)
    rates.forget()
    assert rates.admit(SMS, "main", NOW) == NOW + 9_000
    assert _asked(5, NOW + 9_000) == 1
    rates.learned(SMS, "main", Outcome(Result.SENT), NOW + 9_100)
    assert _asked(5, NOW + 9_200) == 5


def test_a_probe_that_called_nobody_is_given_back_at_once(channel: Limited) -> None:
    rates.pause(SMS, "main", NOW, "by_hand", NOW)
    assert _asked(5, NOW) == 1
    rates.learned(SMS, "main", Outcome(Result.RETRY, "busy", called=False), NOW + 10)
    assert _asked(5, NOW + 10) == 1
    assert rates.state_of(SMS, "main").guard.reason == "by_hand"


def test_who_comes_behind_a_probe_looks_once_when_it_is_over_and_not_all_at_once(channel: Limited) -> None:
    rates.pause(SMS, "main", NOW, "by_hand", NOW)
    assert rates.admit(SMS, "main", NOW) is None
    told = [rates.admit(SMS, "main", NOW + 1) or 0 for _ in range(20)]
    assert NOW + PROBE_MS <= min(told) <= max(told) <= NOW + PROBE_MS + BEHIND_PROBE_MS
    assert len(set(told)) > 1


def test_a_paused_account_can_be_opened_by_hand(channel: Limited) -> None:
    rates.learned(SMS, "main", Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED), NOW)
    assert rates.admit(SMS, "main", NOW + 1) is not None
    rates.resume(SMS, "main", NOW + 2)
    assert rates.admit(SMS, "main", NOW + 2) is None


def test_a_worker_that_was_told_of_a_pause_looks_again_within_seconds(channel: Limited) -> None:
    rates.pause(SMS, "main", NOW + 3_600_000, "by_hand", NOW)
    assert rates.admit(SMS, "main", NOW) is not None
    Desk("sms#main").change(lambda _: WELL, NOW)
    assert rates.admit(SMS, "main", NOW + 1) is not None
    assert rates.admit(SMS, "main", NOW + TRUSTED_MS) is None


def test_three_silent_calls_of_different_workers_shut_the_account_for_all(channel: Limited) -> None:
    for at in range(3):
        rates.forget()
        assert rates.admit(SMS, "main", NOW + at) is None
        rates.learned(SMS, "main", SILENT, NOW + at)
    rates.forget()
    assert rates.admit(SMS, "main", NOW + 3) is not None
    assert rates.state_of(SMS, "main").guard.reason == "hanging"
    assert [key for key, _ in rates.every()] == ["sms#main"]


def test_what_is_about_one_message_costs_no_write(stack: Stack, channel: Limited) -> None:
    for kind, reason in ((Result.REFUSED, Reason.CONTENT_REFUSED), (Result.LIMITED, Reason.ADDRESS_LIMIT), (Result.SENT, Reason.NONE)):
        rates.learned(SMS, "main", Outcome(kind, reason), NOW)
    assert stack.items("rates") == []
