"""Messages that say the same by one account go in one call, and each of them once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.dispatch import states, store
from chalicelib.dispatch.grouping import Answers, carry_out_group
from chalicelib.dispatch.model import Message, State, Trip
from chalicelib.dispatch.moves import on_trip
from chalicelib.dispatch.sending import SOON_MS, Done, Later
from chalicelib.dispatch.states import LEASE_MS
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Result
from tests.support.ledger import Desk, MemoryLedger
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import KEYED, MINUTE, NOW, SECOND, outcome

S = State
AT = NOW + 2 * SECOND
WORDS = Trip(ChannelName.MASS, "wx0000000000000001", "", {"msgtype": "text", "text": {"content": "新品上市"}})


class PowerCut(Exception):
    """The end of a worker."""


@pytest.fixture(autouse=True)
def ledger() -> Iterator[MemoryLedger]:
    kept = MemoryLedger()
    with kept.serving():
        yield kept


def keep(number: int, trip: Trip = WORDS) -> str:
    """Stores a queued message and tells its id."""
    order = replace(samples.ORDER, id=f"{number:032x}")
    assert store.put_new(samples.queued(replace(trip, address=f"oFan-{number}"), order))
    return order.id


def now_is(message_id: str) -> Message:
    found = store.find(message_id)
    assert found is not None
    return found


def send(ids: list[str], desk: Desk, at: int = AT) -> Answers:
    return carry_out_group([(one, 0) for one in ids], at, desk)


def all_are(ids: list[str], state: State) -> bool:
    return {now_is(one).state for one in ids} == {state}


def test_those_that_say_the_same_go_in_one_call() -> None:
    ids, desk = [keep(one) for one in range(5)], Desk()
    assert all(isinstance(one, Done) for one in send(ids, desk).values())
    assert desk.groups == [("group-0", tuple(ids))]
    assert all_are(ids, S.SENT)


def test_other_words_and_other_accounts_go_in_calls_of_their_own() -> None:
    one, two = keep(1), keep(2, replace(WORDS, body={"msgtype": "text", "text": {"content": "别的"}}))
    three = keep(3, replace(WORDS, account="wx0000000000000002"))
    desk = Desk()
    send([one, two, three], desk)
    assert [members for _, members in desk.groups] == [(one,), (two,), (three,)]


def test_the_key_of_the_call_stands_in_each_message_before_the_call() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk()
    seen: list[tuple[State, str]] = []
    desk.during = lambda: seen.extend((now_is(one).state, on_trip(now_is(one)).group) for one in ids)
    send(ids, desk)
    assert seen == [(S.CLAIMED, "group-0")] * 3


@pytest.mark.parametrize("dues", [(0, 1), (1, 0)])
def test_what_is_left_of_a_trip_that_is_over_takes_nothing_from_the_one_that_the_message_is_on(dues: tuple[int, int]) -> None:
    trip, desk = replace(WORDS, address="oFan-1"), Desk()
    over = samples.settled(outcome(Result.UNREACHABLE), trip)
    message = states.queued(over, trip, over.at)
    assert store.put_new(message)
    carry_out_group([(message.id, attempt) for attempt in dues], AT + MINUTE, desk)
    assert now_is(message.id).state is S.SENT


def test_a_batch_that_comes_again_calls_nobody_again() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk()
    send(ids, desk)
    assert all(isinstance(one, Done) for one in send([*ids, "unknown"], desk).values())
    assert len(desk.groups) == 1


def test_what_somebody_else_has_claimed_is_not_in_the_call() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk()
    inner: list[Answers] = []
    desk.during = lambda: inner.append(send(ids, desk))
    send(ids, desk)
    assert set(inner[0].values()) == {Later(AT + LEASE_MS)}
    assert len(desk.groups) == 1


def test_a_limit_of_the_account_holds_all_of_them() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk(full=NOW + MINUTE)
    assert set(send(ids, desk).values()) == {Later(NOW + MINUTE)}
    assert all_are(ids, S.QUEUED)


def test_after_a_refusal_that_is_certain_they_may_go_in_another_group() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk([outcome(Result.RETRY), samples.SENT])
    send(ids, desk)
    assert all_are(ids, S.QUEUED)
    send(ids, desk, NOW + 10 * MINUTE)
    assert [group for group, _ in desk.groups] == ["group-0", "group-1"]
    assert all_are(ids, S.SENT)


def test_a_call_that_may_have_gone_out_is_made_again_with_the_same_key() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk([outcome(Result.UNKNOWN), samples.SENT], KEYED, left_behind=True)
    send(ids, desk)
    send(ids, desk, NOW + MINUTE)
    assert desk.groups == [("group-0", tuple(ids))] * 2
    assert all_are(ids, S.SENT)


def test_a_group_that_somebody_left_behind_after_the_call_is_called_for_again() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk([PowerCut(), samples.SENT], KEYED, left_behind=True)
    with pytest.raises(PowerCut):
        send(ids, desk)
    assert set(send(ids, desk).values()) == {Later(AT + LEASE_MS)}
    send(ids[:1], desk, AT + LEASE_MS)
    send(ids[1:], desk, AT + LEASE_MS)
    assert [group for group, _ in desk.groups] == ["group-0"] * 3
    assert all_are(ids, S.SENT)


def test_a_group_that_somebody_left_behind_before_the_call_is_let_go() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk([PowerCut(), samples.SENT], KEYED)
    with pytest.raises(PowerCut):
        send(ids, desk)
    soon = AT + LEASE_MS + SOON_MS
    assert set(send(ids, desk, AT + LEASE_MS).values()) == {Later(soon)}
    assert all_are(ids, S.QUEUED)
    send(ids, desk, soon)
    assert [group for group, _ in desk.groups] == ["group-0", "group-1"]
    assert all_are(ids, S.SENT)


def test_a_group_is_unknown_when_its_key_has_died() -> None:
    ids, desk = [keep(one) for one in range(3)], Desk([PowerCut()], KEYED, left_behind=True)
    with pytest.raises(PowerCut):
        send(ids, desk)
    send(ids, desk, AT + KEYED)
    assert all_are(ids, S.UNKNOWN)
    assert len(desk.groups) == 1


def test_a_death_between_two_claims_loses_nobody(ledger: MemoryLedger) -> None:
    ids, desk, calls = [keep(one) for one in range(3)], Desk(keyed=KEYED), iter(range(1))

    def die_at_the_second_claim() -> None:
        if next(calls, None) is None:
            raise PowerCut

    ledger.after = die_at_the_second_claim
    with pytest.raises(PowerCut):
        send(ids, desk)
    ledger.after = lambda: None
    for minute in range(2, 6):
        send(ids, desk, NOW + minute * MINUTE)
    assert all_are(ids, S.SENT)
    assert sorted(one for _, members in desk.groups for one in members) == ids


def test_of_somebody_who_has_left_the_others_go() -> None:
    ids, desk = [keep(one) for one in range(2)], Desk(gone="not_following", only="oFan-0")
    send(ids, desk)
    assert [now_is(one).state for one in ids] == [S.FAILED, S.SENT]
