"""One access token for all workers: kept, shared, made anew once when it is refused, and never readable by others."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib.wechat import sharing, tickets, token_records, tokens
from chalicelib.wechat.apis import Json
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import LimitReached, Misconfigured, TokenRefused, TryAgain, WechatError
from chalicelib.wechat.quotas import DAILY, FORCED_TOKEN
from chalicelib.wechat.sharing import AGAIN_MS, LEASE_MS, MARGIN_MS
from chalicelib.wechat.token_records import Shared
from chalicelib.wechat.wire import Answer, NoAnswer, Request
from tests.simulation.quick_dynamo import QuickDynamo
from tests.unit.wechat.platform import APP_SECRET, APPID, NOW, Given, Platform, answer, refusal, stored

TOKEN = "/cgi-bin/stable_token"
TICKET = "/cgi-bin/ticket/getticket"
HOURS_2_MS = 7_200_000


@pytest.fixture
def tables() -> Iterator[QuickDynamo]:
    with stored() as made:
        yield made


def given(number: int, seconds: int = 7_200) -> Json:
    return {"access_token": f"TOKEN-{number}", "expires_in": seconds}


def platform(*answers: Given) -> Platform:
    return Platform({TOKEN: list(answers)})


def another_worker() -> None:
    """What is in memory is another's."""
    sharing.forget()


def test_a_token_is_asked_for_once_and_used_by_all(tables: QuickDynamo) -> None:
    there = platform(given(1))
    for _ in range(3):
        assert tokens.token(APPID, there.means()) == "TOKEN-1"
        another_worker()
    [asked] = there.requests
    assert f'{{"appid":"{APPID}","secret":"{APP_SECRET}","grant_type":"client_credential"}}' == (asked.body or b"").decode()
    assert not asked.query


def test_a_worker_remembers_the_token_and_does_not_even_read(tables: QuickDynamo) -> None:
    there = platform(given(1))
    tokens.token(APPID, there.means())
    tables.tables.clear()
    assert tokens.token(APPID, there.means()) == "TOKEN-1"


@pytest.mark.parametrize(
    ("seconds", "used"),
    [(7_200, HOURS_2_MS - MARGIN_MS), (601, 301_000), (400, 200_000), (300, 150_000)],
)
def test_a_token_is_not_used_in_its_last_minutes(tables: QuickDynamo, seconds: int, used: int) -> None:
    there = platform(given(1, seconds), given(2))
    tokens.token(APPID, there.means())
    there.now = NOW + used - 1
    assert tokens.token(APPID, there.means()) == "TOKEN-1"
    there.now += 1
    assert tokens.token(APPID, there.means()) == "TOKEN-2"


def test_the_token_cannot_be_read_in_the_table(tables: QuickDynamo) -> None:
    tokens.token(APPID, platform(given(1)).means())
    stored_items = str(tables.tables)
    assert "huiliu-test-wechat" in stored_items
    assert "TOKEN-1" not in stored_items
    assert APP_SECRET not in stored_items
    assert "TOKEN-1" not in repr(token_records.read(APPID, "token", (APP_SECRET,)))


def test_the_same_token_looks_different_each_time_it_is_kept(tables: QuickDynamo) -> None:
    seen = set()
    for place in range(3):
        token_records.write(f"{APPID}{place}", "token", (APP_SECRET,), Shared(1, "TOKEN-1", NOW), NOW)
        token_records.write(APPID, "token", (APP_SECRET,), Shared(place + 1, "TOKEN-1", NOW), NOW)
        seen.add(str(tables.tables["huiliu-test-wechat"][APPID, "token"]["sealed"]))
    assert len(seen) == 3


def test_while_an_app_secret_is_replaced_the_kept_token_stays_in_use() -> None:
    there = platform(given(1))
    with stored("older"):
        tokens.token(APPID, there.means())
        kept = token_records.TokenRecord.get(APPID, "token").sealed
        assert token_records._opened(kept, APPID, ("newer", "older")) == "TOKEN-1"
        assert token_records._opened(kept, APPID, ("newer",)) == ""
        assert token_records._opened(kept, "wx-another", ("older",)) == ""


def test_a_token_that_no_app_secret_opens_is_made_anew() -> None:
    there = platform(given(1), given(2))
    with stored("older") as tables:
        tokens.token(APPID, there.means())
        kept = dict(tables.tables)
    with stored("newest") as tables:
        tables.tables.update(kept)
        assert tokens.token(APPID, there.means()) == "TOKEN-2"


def test_a_refused_token_is_replaced_once_however_many_had_it(tables: QuickDynamo) -> None:
    there = platform(given(1), given(2))
    tokens.token(APPID, there.means())
    for _ in range(5):
        assert tokens.refused(APPID, "TOKEN-1", there.means()) == "TOKEN-2"
        another_worker()
    assert len(there.requests) == 2


@pytest.mark.parametrize(("age", "forced"), [(AGAIN_MS, [False, False, True]), (AGAIN_MS - 1, [False, True])])
def test_only_for_a_token_that_the_platform_would_give_again_is_it_forced(tables: QuickDynamo, age: int, forced: list[bool]) -> None:
    there = platform(*[given(1)] * (len(forced) - 1), given(2))
    tokens.token(APPID, there.means())
    there.now += age
    assert tokens.refused(APPID, "TOKEN-1", there.means()) == "TOKEN-2"
    assert [b'"force_refresh":true' in (request.body or b"") for request in there.requests] == forced


def test_a_token_that_is_refused_at_once_again_is_not_replaced_again_and_again(tables: QuickDynamo) -> None:
    there = platform(*(given(number) for number in range(1, 9)))
    tokens.token(APPID, there.means())
    assert tokens.refused(APPID, "TOKEN-1", there.means()) == "TOKEN-2"
    for _ in range(100):
        with pytest.raises(TokenRefused):
            tokens.refused(APPID, "TOKEN-2", there.means())
        another_worker()
    assert len(there.requests) == 2
    there.now += AGAIN_MS
    assert tokens.refused(APPID, "TOKEN-2", there.means()) == "TOKEN-3"


def test_forcing_ends_at_the_platforms_number_of_times_a_day(tables: QuickDynamo) -> None:
    there = platform(given(1))
    tokens.token(APPID, there.means())
    for _ in range(DAILY[FORCED_TOKEN]):
        there.now += AGAIN_MS
        with pytest.raises(TokenRefused):  # forced in vain
            tokens.refused(APPID, "TOKEN-1", there.means())
    for _ in range(5):
        there.now += AGAIN_MS
        with pytest.raises(LimitReached):
            tokens.refused(APPID, "TOKEN-1", there.means())
    assert sum(b"force_refresh" in (request.body or b"") for request in there.requests) == DAILY[FORCED_TOKEN]


@pytest.mark.parametrize("number", [40001, 40125, 40013, 40164, 40243, 89503])
def test_what_only_a_person_can_mend_is_asked_once_a_minute_by_all_workers_together(tables: QuickDynamo, number: int) -> None:
    there = platform(refusal(number))
    for _ in range(50):
        with pytest.raises(Misconfigured) as failed:
            tokens.token(APPID, there.means())
        assert failed.value.number == number
        another_worker()
    assert len(there.requests) == 1
    there.now += 60_000
    there.answers[TOKEN] = [given(1)]
    assert tokens.token(APPID, there.means()) == "TOKEN-1"


@pytest.mark.parametrize("fault", [refusal(-1), NoAnswer(sent_maybe=True), NoAnswer(sent_maybe=False), Answer(502, b"")])
def test_a_fault_of_the_moment_is_waited_out(tables: QuickDynamo, fault: Given) -> None:
    there = platform(fault, fault, given(1))
    assert tokens.token(APPID, there.means()) == "TOKEN-1"
    assert sum(there.pauses) >= 1


def test_a_platform_that_is_down_is_not_asked_for_ever(tables: QuickDynamo) -> None:
    there = platform(refusal(-1))
    with pytest.raises(TryAgain) as failed:
        tokens.token(APPID, there.means())
    assert not failed.value.sent_maybe  # the call itself was not made
    assert len(there.requests) == 3
    assert there.now < NOW + 5_000  # and nobody waits for what will not come


def test_a_worker_that_died_while_it_made_a_token_holds_the_others_up_for_a_lease_only(tables: QuickDynamo) -> None:
    token_records.write(APPID, "token", (APP_SECRET,), Shared(1, held_until=NOW + LEASE_MS), NOW)
    there = platform(given(1))
    assert tokens.token(APPID, there.means(chance=0.0)) == "TOKEN-1"
    assert NOW + LEASE_MS <= there.now <= NOW + LEASE_MS + 1_000


def test_who_waits_for_a_token_takes_the_one_that_was_made(tables: QuickDynamo) -> None:
    there = platform(given(9))
    token_records.write(APPID, "token", (APP_SECRET,), Shared(1, held_until=NOW + LEASE_MS), NOW)

    def waiting(_seconds: float) -> None:
        token_records.write(APPID, "token", (APP_SECRET,), Shared(2, "TOKEN-1", NOW + HOURS_2_MS), NOW)

    means = there.means()
    object.__setattr__(means, "sleep", waiting)
    assert tokens.token(APPID, means) == "TOKEN-1"
    assert there.requests == []


def test_nobody_waits_for_ever_for_tokens_that_others_never_finish(tables: QuickDynamo) -> None:
    there, turns = platform(given(9)), iter(range(1, 1_000))

    def another_takes_over(_seconds: float = 0.0) -> None:
        token_records.write(APPID, "token", (APP_SECRET,), Shared(next(turns), held_until=NOW + LEASE_MS), NOW)

    another_takes_over()
    means = there.means()
    object.__setattr__(means, "sleep", another_takes_over)
    with pytest.raises(TryAgain) as failed:
        tokens.token(APPID, means)
    assert not failed.value.sent_maybe
    assert there.requests == []


def test_a_worker_that_was_overtaken_uses_what_the_other_made(tables: QuickDynamo) -> None:
    there = platform(given(1))

    def slow(request: Request) -> Answer:
        token_records.write(APPID, "token", (APP_SECRET,), Shared(2, "TOKEN-2", NOW + HOURS_2_MS), NOW)
        return answer(given(1))

    means = there.means()
    object.__setattr__(means, "send", slow)
    assert tokens.token(APPID, means) == "TOKEN-2"


@pytest.mark.parametrize(
    "change",
    [lambda shared: Shared(shared.turn, "TOKEN-X"), lambda shared: Shared(shared.turn + 2, "TOKEN-X"), lambda _: Shared(1, "TOKEN-X")],
)
def test_a_state_of_another_turn_is_not_written_over(tables: QuickDynamo, change: Callable[[Shared], Shared]) -> None:
    for turn in (1, 2, 3):
        assert token_records.write(APPID, "token", (APP_SECRET,), Shared(turn, "TOKEN-1"), NOW)
    shared = token_records.read(APPID, "token", (APP_SECRET,))
    assert not token_records.write(APPID, "token", (APP_SECRET,), change(shared), NOW)
    assert token_records.read(APPID, "token", (APP_SECRET,)) == shared


def test_accounts_have_tokens_of_their_own(tables: QuickDynamo) -> None:
    there = platform(given(1), given(2))
    assert tokens.token(APPID, there.means()) == "TOKEN-1"
    assert tokens.token("wx-mini", there.means()) == "TOKEN-2"
    assert tokens.token(APPID, there.means()) == "TOKEN-1"


def test_a_token_that_does_not_say_how_long_it_lives_is_used_once(tables: QuickDynamo) -> None:
    there = platform({"access_token": "TOKEN-1"}, given(2))
    assert tokens.token(APPID, there.means()) == "TOKEN-1"
    assert tokens.token(APPID, there.means()) == "TOKEN-2"
    assert len(there.requests) == 2


def test_an_answer_without_a_token_is_a_fault(tables: QuickDynamo) -> None:
    with pytest.raises(WechatError):
        tokens.token(APPID, platform({"expires_in": 7_200}).means())


def test_the_ticket_of_pages_is_shared_in_the_same_way(tables: QuickDynamo) -> None:
    there = platform(given(1))
    there.answers[TICKET] = [{"errcode": 0, "errmsg": "ok", "ticket": "TICKET-1", "expires_in": 7_200}]
    client = Client(APPID, there.means())
    for _ in range(3):
        assert tickets.ticket(client) == "TICKET-1"
        another_worker()
    [asked] = there.asked(TICKET)
    assert asked.query == {"access_token": "TOKEN-1", "type": "jsapi"}
    assert "TICKET-1" not in str(tables.tables)
