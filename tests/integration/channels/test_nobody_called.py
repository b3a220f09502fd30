"""An outcome for which nobody called the platform says so: else it would open an account that has just been shut."""

import pytest

from chalicelib.channels import breaker
from chalicelib.channels.breaker import HANGING, Gate
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result
from tests.support.senders import Town
from tests.unit.local_wechat.calling import SERVICE, SUBSCRIPTION

SHUT = breaker.shut(1_000, HANGING)
TEMPLATE_SEND = "message/template/send"


def opens(outcome: Outcome) -> bool:
    """Whether an account that is being probed is open after this."""
    return breaker.learned(breaker.probing(SHUT, 1_000), outcome, 1_005).gate(1_005) is Gate.OPEN


def test_a_window_that_is_shut(town: Town) -> None:
    outcome = town.service.send(town.parcel(town.fan("mulan"), ChannelName.CUSTOMER_SERVICE), town.now)
    assert (outcome.kind, outcome.called) == (Result.UNREACHABLE, False)
    assert not opens(outcome)


def test_a_permission_that_nobody_gave(town: Town) -> None:
    outcome = town.notices.send(town.parcel(town.fan("mulan"), ChannelName.SUBSCRIBE), town.now)
    assert (outcome.reason, outcome.called) == ("no_permission", False)
    assert not opens(outcome)


def test_a_template_that_was_refused_a_moment_ago(town: Town) -> None:
    fan = town.fan("mulan")
    town.refuses(TEMPLATE_SEND, 43116)
    found = [town.template.send(town.parcel(fan), town.now) for _ in range(2)]
    assert [one.reason for one in found] == ["template_blocked"] * 2
    assert [opens(one) for one in found] == [True, False]


@pytest.mark.parametrize("appid", [SUBSCRIPTION, "wxnone"])
def test_an_account_that_has_no_such_channel(town: Town, appid: str) -> None:
    assert not opens(town.template.send(town.parcel("oFan", appid=appid), town.now))


def test_who_answers_opens_it(town: Town) -> None:
    assert opens(town.template.send(town.parcel(town.fan("mulan"), appid=SERVICE), town.now))
