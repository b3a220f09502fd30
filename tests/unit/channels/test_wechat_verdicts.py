"""What WeChat's error numbers mean for a message."""

import pytest

from chalicelib.channels.wechat_verdicts import mass_fate, outcome_of
from chalicelib.providers.model import Outcome, Result
from chalicelib.wechat import apis
from chalicelib.wechat.apis import Api
from chalicelib.wechat.error_numbers import VERDICTS, Remedy
from chalicelib.wechat.errors import WechatError, error_of
from tests.unit.wechat.platform import CHINA_MIDNIGHT, NOW

SEND = Api("/cgi-bin/message/custom/send", repeatable=False)
MINUTE = 60_000
HOUR = 60 * MINUTE

MEANINGS: dict[int, tuple[Result, str]] = {
    # The person.
    40003: (Result.UNREACHABLE, "address_invalid"),
    43004: (Result.UNREACHABLE, "not_following"),
    43005: (Result.UNREACHABLE, "not_following"),
    43019: (Result.UNREACHABLE, "address_blocked"),
    43101: (Result.UNREACHABLE, "no_permission"),
    45015: (Result.UNREACHABLE, "window_closed"),
    45047: (Result.UNREACHABLE, "window_used_up"),
    46004: (Result.UNREACHABLE, "address_invalid"),
    48002: (Result.UNREACHABLE, "address_blocked"),
    50002: (Result.UNREACHABLE, "address_gone"),
    50005: (Result.UNREACHABLE, "not_following"),
    62751: (Result.UNREACHABLE, "address_blocked"),
    # What is over by itself.
    43108: (Result.LIMITED, "address_limit"),
    43117: (Result.LIMITED, "address_limit"),
    45009: (Result.LIMITED, "account_limit"),
    45011: (Result.LIMITED, "account_limit"),
    45028: (Result.LIMITED, "account_limit"),
    # The message, or its template.
    40007: (Result.REFUSED, "content_refused"),
    40008: (Result.REFUSED, "content_refused"),
    40036: (Result.REFUSED, "template_unapproved"),
    40037: (Result.REFUSED, "template_unapproved"),
    40039: (Result.REFUSED, "content_too_large"),
    40246: (Result.REFUSED, "content_mismatch"),
    41030: (Result.REFUSED, "content_refused"),
    43116: (Result.REFUSED, "template_blocked"),
    44003: (Result.REFUSED, "content_refused"),
    44004: (Result.REFUSED, "content_refused"),
    45002: (Result.REFUSED, "content_too_large"),
    45008: (Result.REFUSED, "content_too_large"),
    45067: (Result.REFUSED, "request_invalid"),
    45159: (Result.REFUSED, "request_invalid"),
    47001: (Result.REFUSED, "request_invalid"),
    47003: (Result.REFUSED, "content_mismatch"),
    48008: (Result.REFUSED, "permission_missing"),
    87014: (Result.REFUSED, "content_refused"),
    # The account.
    40001: (Result.MISCONFIGURED, "credentials_refused"),
    40013: (Result.MISCONFIGURED, "credentials_refused"),
    40125: (Result.MISCONFIGURED, "credentials_refused"),
    40164: (Result.MISCONFIGURED, "caller_forbidden"),
    40243: (Result.MISCONFIGURED, "credentials_refused"),
    43104: (Result.MISCONFIGURED, "permission_missing"),
    43107: (Result.MISCONFIGURED, "permission_missing"),
    45087: (Result.MISCONFIGURED, "permission_missing"),
    48001: (Result.MISCONFIGURED, "permission_missing"),
    48003: (Result.MISCONFIGURED, "permission_missing"),
    48004: (Result.MISCONFIGURED, "permission_missing"),
    89503: (Result.MISCONFIGURED, "caller_forbidden"),
    # Nobody knows.
    -1: (Result.UNKNOWN, "provider_silent"),
    45066: (Result.UNKNOWN, "provider_silent"),
    61450: (Result.UNKNOWN, "provider_silent"),
}


def outcome(number: int) -> Outcome:
    error = error_of(number, "no", SEND.path, NOW)
    assert error is not None
    return outcome_of(error)


@pytest.mark.parametrize(("number", "meaning"), MEANINGS.items())
def test_a_number_says_what_becomes_of_the_message(number: int, meaning: tuple[Result, str]) -> None:
    found = outcome(number)
    assert (found.kind, found.reason, found.raw_code) == (*meaning, str(number))


@pytest.mark.parametrize(
    ("number", "until"),
    [(45011, NOW + MINUTE), (45009, CHINA_MIDNIGHT), (45028, CHINA_MIDNIGHT), (43117, NOW + 3 * HOUR), (45047, None), (43101, None)],
)
def test_a_limit_says_when_it_is_over_if_time_ends_it(number: int, until: int | None) -> None:
    assert outcome(number).until == until


def test_every_number_that_is_known_has_a_meaning_that_fits_its_remedy() -> None:
    allowed = {
        Remedy.RETRY: {Result.UNKNOWN},
        Remedy.REFRESH_TOKEN: {Result.MISCONFIGURED},
        Remedy.BACK_OFF: {Result.LIMITED, Result.UNREACHABLE, Result.UNKNOWN},
        Remedy.DROP: {Result.REFUSED},
        Remedy.UNREACHABLE: {Result.UNREACHABLE},
        Remedy.FIX_CONFIGURATION: {Result.MISCONFIGURED, Result.REFUSED},
    }
    raised = {number: verdict for number, verdict in VERDICTS.items() if verdict.remedy in allowed}
    assert {number for number, verdict in raised.items() if outcome(number).kind not in allowed[verdict.remedy]} == set()


@pytest.mark.parametrize(("number", "result"), [(-7, Result.UNKNOWN), (48999, Result.MISCONFIGURED), (424242, Result.REFUSED)])
def test_a_number_that_nobody_has_met_never_makes_anything_go_out_twice(number: int, result: Result) -> None:
    assert outcome(number).kind is result


@pytest.mark.parametrize(("sent_maybe", "result"), [(True, Result.UNKNOWN), (False, Result.RETRY)])
def test_a_lost_answer_leaves_the_outcome_open_and_a_lost_connection_does_not(sent_maybe: bool, result: Result) -> None:
    error: WechatError = apis.lost(SEND, sent_maybe)
    assert outcome_of(error).kind is result


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("send success", None),
        ("sendsuccess", None),
        ("Send Success", None),
        ("send fail", "provider_fault"),
        ("err(10001)", "content_refused"),
        ("err(20013)", "content_refused"),
        ("err(30003)", "content_refused"),
        ("err(40001)", "permission_missing"),
        ("err(40002)", "permission_missing"),
        ("err(７)", "provider_fault"),
        ("", "provider_fault"),
    ],
)
def test_the_status_of_a_job_says_why_a_mass_message_failed(status: str, reason: str | None) -> None:
    found = mass_fate(status)
    assert (found and found[1]) == reason
