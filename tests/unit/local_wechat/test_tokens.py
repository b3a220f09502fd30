"""Access tokens: classic ones put each other out of force, stable ones are shared."""

import pytest

from infra.local_wechat.clock import MINUTE_MS, SECOND_MS
from tests.unit.local_wechat.calling import SERVICE, Platform, code

GRACE_MS = 5 * MINUTE_MS


def works(platform: Platform, token: str) -> int:
    return code(platform.said("GET", "/cgi-bin/user/info", access_token=token, openid=platform.mulan.openid))


def test_each_classic_token_puts_the_one_before_out_of_force_after_five_minutes(platform: Platform) -> None:
    first, second = platform.classic()["access_token"], platform.classic()["access_token"]
    assert first != second
    assert [works(platform, first), works(platform, second)] == [0, 0]
    platform.clock.advance(GRACE_MS)
    assert [works(platform, first), works(platform, second)] == [40001, 0]


def test_callers_of_the_stable_token_agree(platform: Platform) -> None:
    first = platform.stable()
    platform.clock.advance(10 * MINUTE_MS)
    assert first == {"access_token": first["access_token"], "expires_in": 7200}
    assert platform.stable() == {"access_token": first["access_token"], "expires_in": 6600}


def test_a_stable_token_is_renewed_in_its_last_five_minutes_and_the_old_one_works_on(platform: Platform) -> None:
    first = platform.token()
    platform.clock.advance(7200 * SECOND_MS - GRACE_MS)
    second = platform.token()
    assert second != first
    assert [works(platform, first), works(platform, second)] == [0, 0]
    platform.clock.advance(GRACE_MS)
    assert [works(platform, first) in {40001, 42001}, works(platform, second)] == [True, 0]


def test_a_forced_refresh_ends_the_leaked_token_at_once_but_not_twice_in_half_a_minute(platform: Platform) -> None:
    leaked = platform.token()
    fresh = platform.stable(force_refresh=True)["access_token"]
    assert [works(platform, leaked), works(platform, fresh)] == [40001, 0]
    assert platform.stable(force_refresh=True)["access_token"] == fresh
    platform.clock.advance(30 * SECOND_MS)
    assert platform.stable(force_refresh=True)["access_token"] != fresh


def test_a_refresh_may_be_forced_twenty_times_a_day(platform: Platform) -> None:
    platform.token()
    for _ in range(20):
        assert code(platform.stable(force_refresh=True)) == 0
        platform.clock.advance(31 * SECOND_MS)
    assert code(platform.stable(force_refresh=True)) == 45009


def test_the_two_kinds_do_not_disturb_each_other(platform: Platform) -> None:
    stable, classic = platform.token(), platform.classic()["access_token"]
    platform.classic()
    platform.clock.advance(GRACE_MS)
    assert [works(platform, stable), works(platform, classic)] == [0, 40001]


def test_another_system_that_asks_for_classic_tokens_leaves_the_stable_one_alone(platform: Platform) -> None:
    platform.admin("presets/token_fight")
    stable, classic = platform.token(), platform.classic()["access_token"]
    for _ in range(7):
        platform.clock.advance(MINUTE_MS)
        works(platform, stable)
    assert [works(platform, stable), works(platform, classic)] == [0, 40001]


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wx0"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_a_token_is_given_to_whoever_knows_the_secret_only(platform: Platform, changed: dict[str, str], number: int) -> None:
    body = {"grant_type": "client_credential", "appid": SERVICE, "secret": platform.account.secret, **changed}
    assert code(platform.said("POST", "/cgi-bin/stable_token", body)) == number
    assert code(platform.said("GET", "/cgi-bin/token", **body)) == number


def test_a_frozen_secret_gives_no_token(platform: Platform) -> None:
    platform.account.secret_frozen = True
    assert code(platform.stable()) == 40243


def test_classic_tokens_are_given_two_thousand_times_a_day(platform: Platform) -> None:
    platform.account.quotas["/cgi-bin/token"] = 1
    assert [code(platform.classic()), code(platform.classic())] == [0, 45009]


def test_the_ticket_of_pages_is_the_same_until_it_ends(platform: Platform) -> None:
    first = platform.get("/cgi-bin/ticket/getticket", type="jsapi")
    assert first["errcode"] == 0
    assert platform.get("/cgi-bin/ticket/getticket", type="jsapi")["ticket"] == first["ticket"]
    assert code(platform.get("/cgi-bin/ticket/getticket", type="nothing")) == 40035
