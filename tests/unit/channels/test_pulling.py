"""Receipts of providers that call nobody back: who is asked, about what, when and how often, and what is never lost on the way."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.channels import pull_records, pulling
from chalicelib.channels.channel import channel_of
from chalicelib.outgoing.wire import Answer, NoAnswer, Request
from chalicelib.providers import connected
from chalicelib.providers.model import Receipt
from infra.local_providers.state import Nature
from tests.support.aws import Stack, memory_stack
from tests.support.providers import ALIYUN_SMS, PUSH, TENCENT_SMS, connect, in_force
from tests.unit.local_providers.bridge import NOW, TENCENT, Fronts

MINUTE, HOUR = 60_000, 3_600_000


@pytest.fixture
def stack() -> Iterator[Stack]:
    with memory_stack(only=("definitions", "rates")) as made:
        yield made


@pytest.fixture
def fronts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Fronts:
    return connect(monkeypatch)


def pushed(fronts: Fronts, key: str = "m-1") -> str:
    """The provider's number of a push that was sent."""
    return channel_of(PUSH.channel).send(replace(PUSH, id=key), fronts.now).provider_id


def taken(name: str, now: int) -> list[Receipt]:
    return [one for receipts in pulling.pulled(name, now) for one in receipts]


def left(stack: Stack) -> int:
    return len(stack.items("rates"))


# ---- who tells of the messages that one names ----


def test_a_push_is_asked_about_when_it_has_had_time_to_arrive(fronts: Fronts, stack: Stack) -> None:
    number = pushed(fronts)
    pulling.note([("jp", number)], NOW)
    assert taken("jp", NOW + 9 * MINUTE) == []
    assert [one.provider_id for one in taken("jp", NOW + 10 * MINUTE)] == [number]
    assert left(stack) == 0
    assert taken("jp", NOW + 20 * MINUTE) == []


def test_a_phone_that_is_off_is_asked_about_three_times_in_all(fronts: Fronts, stack: Stack) -> None:
    number = pushed(fronts)
    fronts.driver.device("device-1", gone=True)
    pulling.note([("jp", number)], NOW)
    at = [NOW + 10 * MINUTE, NOW + 10 * MINUTE + 6 * HOUR, NOW + 10 * MINUTE + 30 * HOUR]
    for moment in at:
        assert taken("jp", moment - 1) == []
        assert left(stack) == 1
        assert taken("jp", moment) == []
    assert left(stack) == 0


def test_what_arrives_later_is_told_later(fronts: Fronts, stack: Stack) -> None:
    numbers = [pushed(fronts, "m-1"), pushed(fronts, "m-2")]
    fronts.driver.device("device-1", gone=True)
    pulling.note([("jp", one) for one in numbers], NOW)
    assert taken("jp", NOW + HOUR) == []
    fronts.driver.device("device-1")
    assert sorted(one.provider_id for one in taken("jp", NOW + 8 * HOUR)) == sorted(numbers)
    assert left(stack) == 0


def test_noting_the_same_twice_keeps_it_once(fronts: Fronts, stack: Stack) -> None:
    pulling.note([("jp", "2"), ("jp", "1")], NOW)
    pulling.note([("jp", "1"), ("jp", "2"), ("jp", "1")], NOW)
    assert left(stack) == 1


def test_a_hundred_go_in_one_question(fronts: Fronts, stack: Stack) -> None:
    pulling.note([("jp", str(number)) for number in range(250)], NOW)
    assert left(stack) == 3
    taken("jp", NOW + HOUR)
    assert len(fronts.driver.log()) == 3


def test_only_who_has_to_be_asked_is_noted(fronts: Fronts, stack: Stack) -> None:
    pulling.note([("ali", "1"), ("tc", "2"), ("crm", "3"), ("nobody", "4"), ("jp", "")], NOW)
    assert left(stack) == 0


def test_noting_needs_no_secrets(fronts: Fronts, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connected, "account_of", lambda _: pytest.fail("secrets were read"))
    pulling.note([("jp", "1")], NOW)
    assert left(stack) == 1


def test_receipts_that_were_not_kept_are_asked_for_again(fronts: Fronts, stack: Stack) -> None:
    number = pushed(fronts)
    pulling.note([("jp", number)], NOW)
    next(iter(pulling.pulled("jp", NOW + HOUR)))  # whoever took them died before asking on
    assert [one.provider_id for one in taken("jp", NOW + HOUR)] == [number]


def test_a_silent_provider_is_not_asked_on_and_nothing_is_forgotten(fronts: Fronts, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    pulling.note([("jp", str(number)) for number in range(250)], NOW)
    asked: list[Request] = []

    def silent(request: Request) -> Answer:
        asked.append(request)
        raise NoAnswer(sent_maybe=True)

    monkeypatch.setattr(pulling, "means", lambda: replace(fronts.means, send=silent))
    assert taken("jp", NOW + HOUR) == []
    assert (len(asked), left(stack)) == (1, 3)


def test_a_provider_that_puts_us_off_has_not_been_asked(fronts: Fronts, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    number = pushed(fronts)
    pulling.note([("jp", number)], NOW)
    for hour in range(1, 4):
        with monkeypatch.context() as crowded:
            crowded.setattr(pulling, "means", lambda: replace(fronts.means, send=lambda _: Answer(429, b"")))
            assert taken("jp", NOW + hour * HOUR) == []
    assert [one.provider_id for one in taken("jp", NOW + 4 * HOUR)] == [number]


def test_one_account_is_asked_so_often_and_no_more_in_an_hour(fronts: Fronts, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "MOST_QUESTIONS", 2)
    monkeypatch.setattr(pull_records, "MOST", 1)
    pulling.note([("jp", str(number)) for number in range(5)], NOW)
    for asked in (2, 4, 5):
        taken("jp", NOW + 10 * MINUTE)
        assert len(fronts.driver.log()) == asked


# ---- who gives whatever it has ----


def sms(fronts: Fronts, count: int) -> None:
    for number in range(count):
        found = channel_of(TENCENT_SMS.channel).send(replace(TENCENT_SMS, id=f"m-{number}", address=f"139{number:08d}"), fronts.now)
        assert found.provider_id
    fronts.driver.advance(60)


def test_tencents_receipts_are_fetched_until_there_are_none(fronts: Fronts) -> None:
    sms(fronts, 120)
    found = taken("tc", fronts.now)
    assert sorted(one.key for one in found) == sorted(f"m-{number}" for number in range(120))
    assert taken("tc", fronts.now) == []


def test_who_calls_us_is_not_asked(fronts: Fronts) -> None:
    in_force(TENCENT, callback="s3cret-part-of-an-address")
    sms(fronts, 1)
    before = len(fronts.driver.log())
    assert taken("tc", fronts.now) == []
    assert len(fronts.driver.log()) == before


def test_who_only_calls_is_never_asked(fronts: Fronts) -> None:
    channel_of(ALIYUN_SMS.channel).send(ALIYUN_SMS, fronts.now)
    before = len(fronts.driver.log())
    assert [taken(name, fronts.now) for name in ("ali", "crm", "nobody")] == [[], [], []]
    assert len(fronts.driver.log()) == before


def test_an_account_without_secrets_asks_nobody(fronts: Fronts) -> None:
    in_force(replace(TENCENT, name="bare", secrets={}))
    assert taken("bare", fronts.now) == []
    assert fronts.driver.log() == []


def test_a_number_that_failed_is_told_too(fronts: Fronts) -> None:
    fronts.driver.number("+8613900000000", Nature.ABSENT)
    sms(fronts, 1)
    [receipt] = taken("tc", fronts.now)
    assert receipt.fate.value == "failed"
