"""An account that cannot be used is left alone for a while, and one call goes first when that is over."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import breaker
from chalicelib.channels.breaker import HANGING, HANGING_MS, MISCONFIGURED_MS, PROBE_MS, SILENT_MS, UNTOLD_LIMIT_MS, WELL, Gate, Guard
from chalicelib.providers.model import Outcome, Reason, Result

NOW: Final = 1_795_300_000_000
SILENT: Final = Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)
AWAY: Final = Outcome(Result.RETRY, Reason.PROVIDER_AWAY)
SENT: Final = Outcome(Result.SENT)
NOT_CALLED: Final = Outcome(Result.UNREACHABLE, "no_permission", called=False)


def _after(*steps: tuple[Outcome, int]) -> Guard:
    guard = WELL
    for outcome, at in steps:
        guard = breaker.learned(guard, outcome, at)
    return guard


def test_three_silent_calls_within_a_minute_shut_an_account_for_half_a_minute() -> None:
    guard = _after((SILENT, NOW), (AWAY, NOW + 1), (SILENT, NOW + 2))
    assert (guard.gate(NOW + 2), guard.reason, guard.shut_until) == (Gate.SHUT, HANGING, NOW + 2 + HANGING_MS)


def test_two_silent_calls_shut_nothing() -> None:
    assert _after((SILENT, NOW), (SILENT, NOW + 1)).gate(NOW + 2) is Gate.OPEN


def test_silent_calls_that_lie_more_than_a_minute_apart_shut_nothing() -> None:
    assert _after((SILENT, NOW), (SILENT, NOW + 1), (SILENT, NOW + SILENT_MS)).gate(NOW + SILENT_MS) is Gate.OPEN


def test_an_answer_between_silent_calls_shows_that_the_provider_lives() -> None:
    assert _after((SILENT, NOW), (SILENT, NOW + 1), (SENT, NOW + 2), (SILENT, NOW + 3)).gate(NOW + 4) is Gate.OPEN


def test_one_call_goes_first_when_the_time_is_over_and_all_others_wait_for_it() -> None:
    shut = breaker.shut(NOW, HANGING)
    assert shut.gate(NOW) is Gate.PROBE
    probed = breaker.probing(shut, NOW)
    assert probed.gate(NOW + 1) is Gate.SHUT
    assert probed.again_at(NOW + 1) == NOW + PROBE_MS
    assert [probed.probed(NOW + at) for at in (0, PROBE_MS)] == [True, False]
    assert not shut.probed(NOW)


def test_a_probe_that_is_answered_opens_the_account() -> None:
    assert breaker.learned(breaker.probing(breaker.shut(NOW, HANGING), NOW), SENT, NOW + 300) == WELL


def test_a_probe_that_called_nobody_leaves_the_probing_to_the_next() -> None:
    shut = breaker.shut(NOW, HANGING)
    after = breaker.learned(breaker.probing(shut, NOW), NOT_CALLED, NOW + 5)
    assert after == shut
    assert after.gate(NOW + 5) is Gate.PROBE


def test_what_called_nobody_says_nothing_of_the_account() -> None:
    assert _after((SILENT, NOW), (SILENT, NOW + 1), (NOT_CALLED, NOW + 2), (SILENT, NOW + 3)).gate(NOW + 4) is Gate.SHUT
    assert breaker.learned(WELL, NOT_CALLED, NOW) is WELL


def test_a_probe_that_hangs_shuts_the_account_again() -> None:
    after = breaker.learned(breaker.probing(breaker.shut(NOW, HANGING), NOW), SILENT, NOW + 10_000)
    assert (after.gate(NOW + 10_000), after.shut_until) == (Gate.SHUT, NOW + 10_000 + HANGING_MS)


def test_a_probe_whose_worker_died_is_given_up_and_another_goes() -> None:
    assert breaker.probing(breaker.shut(NOW, HANGING), NOW).gate(NOW + PROBE_MS) is Gate.PROBE


def test_calls_that_were_under_way_neither_open_nor_prolong() -> None:
    shut = breaker.shut(NOW + 1000, HANGING)
    assert breaker.learned(shut, SENT, NOW) == breaker.learned(shut, SILENT, NOW) == shut


def test_wrong_credentials_pause_the_account_and_keep_its_messages() -> None:
    guard = _after((Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED), NOW))
    assert (guard.shut_until, guard.reason) == (NOW + MISCONFIGURED_MS, "credentials_refused")


@pytest.mark.parametrize(("told", "until"), [(NOW + 90_000, NOW + 90_000), (None, NOW + UNTOLD_LIMIT_MS), (NOW - 5, NOW)])
def test_a_limit_of_the_account_is_waited_for(told: int | None, until: int) -> None:
    assert _after((Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=told), NOW)).shut_until == until


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Result.LIMITED, Reason.ADDRESS_LIMIT),
        Outcome(Result.REFUSED, Reason.CONTENT_REFUSED),
        Outcome(Result.UNREACHABLE, Reason.ADDRESS_INVALID),
        Outcome(Result.RETRY, Reason.PROVIDER_FAULT),
        SENT,
    ],
    ids=lambda one: str(one.reason) or "sent",
)
def test_what_is_about_one_message_or_one_address_stops_nobody_else(outcome: Outcome) -> None:
    assert _after(*((outcome, NOW + at) for at in range(5))) == WELL


OUTCOMES: Final = st.sampled_from([SILENT, AWAY, SENT, Outcome(Result.MISCONFIGURED), Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT)])


@given(st.lists(st.tuples(OUTCOMES, st.integers(1, 40_000)), max_size=20))
def test_whatever_happens_an_account_is_called_again_some_time(steps: list[tuple[Outcome, int]]) -> None:
    now, guard = NOW, WELL
    for outcome, pause in steps:
        now += pause
        guard = breaker.learned(guard, outcome, now)
        assert guard.gate(now + MISCONFIGURED_MS) in (Gate.OPEN, Gate.PROBE)
        assert replace(guard, probe_until=0).again_at(now) <= now + MISCONFIGURED_MS
