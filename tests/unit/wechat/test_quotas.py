"""The platform's daily quotas: few calls are counted for all workers together, and nobody calls in vain when there are none left."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import errors, quotas
from chalicelib.wechat.calls import quota, users
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import DAY_MS, LimitReached
from chalicelib.wechat.quotas import DAILY, clear, forget, note, spend
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import memory_stack
from tests.unit.wechat.platform import APPID, CHINA_MIDNIGHT, NOW, Platform, refusal, stored

LIST = "/cgi-bin/user/get"
PROFILE = "/cgi-bin/user/info"
TABLE = "huiliu-test-wechat"


@pytest.fixture
def tables() -> Iterator[QuickDynamo]:
    with stored() as made:
        yield made


def reached(number: int = 45009, api: str = PROFILE, until: int | None = CHINA_MIDNIGHT) -> LimitReached:
    return LimitReached(errors.verdict_of(number), api, until=until)


def is_open(api: str, now: int = NOW, appid: str = APPID) -> bool:
    """Whether a worker that remembers nothing may call."""
    forget()
    try:
        spend(appid, api, now)
    except LimitReached:
        return False
    return True


def test_the_last_call_of_a_day_is_followed_by_a_limit_until_midnight_in_china(tables: QuickDynamo) -> None:
    spend(APPID, LIST, NOW, DAILY[LIST])
    with pytest.raises(LimitReached) as over:
        spend(APPID, LIST, NOW)
    assert (over.value.number, over.value.api, over.value.until) == (45009, LIST, CHINA_MIDNIGHT)
    assert not is_open(LIST, CHINA_MIDNIGHT - 1)
    assert is_open(LIST, CHINA_MIDNIGHT)


def test_more_than_is_left_is_not_taken_at_all(tables: QuickDynamo) -> None:
    spend(APPID, LIST, NOW, DAILY[LIST] - 3)
    with pytest.raises(LimitReached):
        spend(APPID, LIST, NOW, 4)
    spend(APPID, LIST, NOW, 3)


def test_accounts_and_interfaces_have_quotas_of_their_own(tables: QuickDynamo) -> None:
    spend(APPID, LIST, NOW, DAILY[LIST])
    assert is_open(LIST, appid="wx-another")
    assert is_open("/cgi-bin/menu/create")


def test_plentiful_calls_are_not_counted_and_cost_no_write(tables: QuickDynamo) -> None:
    for _ in range(100):
        spend(APPID, PROFILE, NOW)
    assert tables.changes == []


def test_a_limit_that_the_platform_told_one_worker_of_holds_for_all(tables: QuickDynamo) -> None:
    note(APPID, reached(), NOW)
    assert not is_open(PROFILE)
    assert is_open(PROFILE, appid="wx-another")
    assert is_open("/cgi-bin/tags/get")
    assert is_open(PROFILE, CHINA_MIDNIGHT)


def test_what_the_platform_says_counts_more_than_our_own_count(tables: QuickDynamo) -> None:
    """A test account may make 100 of these calls a day, and not 500."""
    spend(APPID, LIST, NOW, 99)
    note(APPID, reached(api=LIST, until=NOW + 60_000), NOW)
    with pytest.raises(LimitReached) as over:
        spend(APPID, LIST, NOW)
    assert over.value.until == NOW + 60_000
    assert is_open(LIST, NOW + 60_000)


@pytest.mark.parametrize("number", [43108, 43117, 45011, 45047, 45066, 48006, 89501])
def test_limits_of_a_person_or_a_minute_close_nothing(tables: QuickDynamo, number: int) -> None:
    note(APPID, reached(number), NOW)
    assert is_open(PROFILE)


def test_a_limit_without_an_end_closes_nothing(tables: QuickDynamo) -> None:
    note(APPID, reached(until=None), NOW)
    assert is_open(PROFILE)


def test_a_quota_that_was_cleared_can_be_used_again(tables: QuickDynamo) -> None:
    for api in (LIST, "/cgi-bin/menu/create"):
        spend(APPID, api, NOW, DAILY[api])
    note(APPID, reached(), NOW)
    clear(APPID, LIST, NOW)
    assert [is_open(api) for api in (LIST, "/cgi-bin/menu/create", PROFILE)] == [True, False, False]
    clear(APPID, "", NOW)
    assert [is_open(api) for api in ("/cgi-bin/menu/create", PROFILE)] == [True, True]


def test_clearing_one_interface_leaves_those_whose_paths_begin_alike(tables: QuickDynamo) -> None:
    for api in (PROFILE, PROFILE + "/updateremark"):
        note(APPID, reached(api=api), NOW)
    clear(APPID, PROFILE, NOW)
    assert [is_open(PROFILE), is_open(PROFILE + "/updateremark")] == [True, False]


def test_counts_of_days_gone_by_expire(tables: QuickDynamo) -> None:
    spend(APPID, LIST, NOW)
    note(APPID, reached(), NOW)
    for item in tables.tables[TABLE].values():
        assert NOW < int(item["expires"]["N"]) * 1000 <= NOW + 4 * DAY_MS


@given(st.integers(min_value=NOW, max_value=NOW + 40 * DAY_MS))
def test_a_quota_always_ends_with_the_day_that_it_was_counted_for(now: int) -> None:
    with stored():
        spend(APPID, LIST, now, DAILY[LIST])
        with pytest.raises(LimitReached) as over:
            spend(APPID, LIST, now)
        until = over.value.until
        assert until is not None
        assert now < until <= now + DAY_MS
        assert not is_open(LIST, until - 1)
        assert is_open(LIST, until)


def test_a_client_stops_before_the_platform_does() -> None:
    with stored():
        there = Platform({"/cgi-bin/stable_token": [{"access_token": "T", "expires_in": 7200}], LIST: [{"total": 0, "count": 0}]})
        client = Client(APPID, there.means())
        spend(APPID, LIST, NOW, DAILY[LIST] - 2)
        for _ in range(2):
            users.page(client)
        with pytest.raises(LimitReached):
            users.page(client)
        assert len(there.asked(LIST)) == 2


def test_a_clear_by_the_platform_is_followed_here() -> None:
    with stored():
        there = Platform(
            {
                "/cgi-bin/stable_token": [{"access_token": "T", "expires_in": 7200}],
                PROFILE: [refusal(45009), {"openid": "oFan1", "subscribe": 1}],
                quota.CLEAR_ALL.path: [{"errcode": 0}],
            }
        )
        client = Client(APPID, there.means())
        with pytest.raises(LimitReached):
            users.info(client, "oFan1")
        quota.clear(client)
        assert users.info(client, "oFan1").following


def test_dynamodb_counts_as_these_tests_do() -> None:
    """The same on moto, where the condition of the count is DynamoDB's own."""
    with memory_stack(only={"wechat"}):
        spend(APPID, LIST, NOW, DAILY[LIST] - 1)
        spend(APPID, LIST, NOW)
        assert not is_open(LIST)
        note(APPID, reached(), NOW)
        assert not is_open(PROFILE)
        clear(APPID, "", NOW)
        assert [is_open(LIST), is_open(PROFILE)] == [True, True]


def test_every_counted_interface_is_named_as_it_is_called() -> None:
    assert all(path.startswith(("/cgi-bin/", "/wxa/")) and limit > 0 for path, limit in DAILY.items())
    assert quotas.FORCED_TOKEN in DAILY
