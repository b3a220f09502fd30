"""An operator sees which accounts are paused and why, and opens or pauses them."""

from typing import Final

import pytest

from chalicelib.channels import rates
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Reason, Result
from infra.pauses import main
from tests.support.aws import Stack

NOW: Final = 1_795_300_000_000
Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _broken(stack: Stack) -> None:
    rates.learned(ChannelName.SMS, "main", Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED), NOW)


def _said(out: Out, *arguments: str, now: int = NOW) -> str:
    out.readouterr()
    assert main(arguments, now) == 0
    return out.readouterr().out.strip()


def test_a_paused_account_is_shown_with_its_reason_and_how_long(capsys: Out) -> None:
    assert _said(capsys, "show") == "sms main: paused until 2026-11-21T22:31:40+00:00: credentials_refused; 0 calls today"


def test_an_account_whose_pause_is_over_is_shown_as_waiting_for_one_call(capsys: Out) -> None:
    assert _said(capsys, "show", now=NOW + 600_000) == "sms main: to be tried by one call: credentials_refused; 0 calls today"


def test_an_account_is_opened_by_hand(capsys: Out) -> None:
    assert _said(capsys, "resume", "sms", "main") == "sms main: open; 0 calls today"


def test_an_account_is_paused_by_hand(capsys: Out) -> None:
    assert "push app: paused until 2026-11-21T22:36:40+00:00: by_hand" in _said(capsys, "pause", "push", "app", "--minutes", "10")
