"""A message of a channel's queue is called for once, however often it is delivered and whatever happens in between."""

from collections.abc import Iterator

import pytest

from chalicelib.dispatch import sending, states, store
from chalicelib.dispatch.model import Message, Source, SourceKind, State
from chalicelib.dispatch.sending import PAUSED_MS, SOON_MS, Done, Later, carry_out
from chalicelib.dispatch.settling import WAITS_MS
from chalicelib.dispatch.states import LEASE_MS
from chalicelib.errors import Busy
from chalicelib.messages.policy.model import Tried
from chalicelib.providers.model import Fate, Outcome, Result
from tests.support.ledger import Desk, MemoryLedger
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import KEYED, MINUTE, NOW, SECOND, outcome

S = State
AT = NOW + 2 * SECOND  # when the worker comes


class PowerCut(Exception):
    """The end of a worker."""


def power_cut() -> None:
    raise PowerCut


@pytest.fixture(autouse=True)
def ledger() -> Iterator[MemoryLedger]:
    kept = MemoryLedger()
    with kept.serving():
        yield kept


def keep(message: Message) -> Message:
    assert store.put_new(message)
    return message


def now_is(message: Message) -> Message:
    found = store.find(message.id)
    assert found is not None
    return found


def heard_of(message: Message) -> None:
    store.change(message.id, lambda found: states.received(found, samples.receipt(), AT))


def send(message: Message, desk: Desk, at: int = AT, attempt: int = 0) -> Done | Later:
    return carry_out(message.id, attempt, at, desk)


def test_a_queued_message_is_sent_and_settled() -> None:
    message, desk = keep(samples.queued()), Desk()
    done = send(message, desk)
    assert done == Done(now_is(message))
    assert now_is(message).state is S.SENT
    assert [(one.id, one.address, one.at) for one in desk.sent] == [(message.id, "oFan-1", message.at)]
    assert desk.told == [samples.SENT]


def test_it_takes_two_writes_beside_the_one_that_queued_it(ledger: MemoryLedger) -> None:
    send(keep(samples.queued()), Desk())
    assert len(ledger.changes) == 3


def test_a_message_that_comes_again_is_not_sent_again() -> None:
    message, desk = keep(samples.queued()), Desk()
    for _ in range(3):
        assert isinstance(send(message, desk), Done)
    assert len(desk.sent) == 1


@pytest.mark.parametrize("state", [S.ACCEPTED, S.DEFERRED, S.SENT, S.DELIVERED, S.CLICKED, S.FAILED, S.UNKNOWN, S.REFUSED])
def test_only_what_is_queued_is_sent(state: State) -> None:
    message, desk = keep(samples.EVERY_STATE[state]()), Desk()
    assert send(message, desk, NOW + 60 * MINUTE) == Done(message)
    assert not desk.sent


def test_a_message_of_a_trip_that_is_over_is_let_go() -> None:
    message, desk = keep(samples.fallen_back()), Desk()
    assert isinstance(send(message, desk, attempt=0), Done)
    assert not desk.sent
    send(message, desk, NOW + MINUTE, attempt=1)
    assert desk.sent[0].address == "13800000000"


def test_a_message_that_nobody_knows_is_let_go() -> None:
    assert carry_out("unknown", 0, AT, Desk()) == Done(None)


def test_a_message_that_somebody_else_is_calling_for_waits_until_the_end_of_the_lease() -> None:
    message, desk = keep(samples.claimed()), Desk(keyed=KEYED)
    assert send(message, desk, message.at + 1) == Later(message.at + LEASE_MS)
    assert not desk.sent


def test_two_who_come_at_once_call_once() -> None:
    message, desk = keep(samples.queued()), Desk()
    second: list[Done | Later] = []
    desk.during = lambda: second.append(send(message, desk))
    send(message, desk)
    assert second == [Later(AT + LEASE_MS)]
    assert len(desk.sent) == 1


def test_who_reads_before_another_claims_does_not_call() -> None:
    message, desk, turns = keep(samples.queued()), Desk(), iter([1])

    def somebody_else() -> None:
        for _ in turns:
            send(message, desk)

    desk.at_the_gate = somebody_else
    assert send(message, desk) == Later(AT + SOON_MS)
    assert len(desk.sent) == 1


# ---- Deaths ----


@pytest.mark.parametrize("keyed", [0, KEYED])
def test_a_death_before_the_claim_costs_nothing(keyed: int) -> None:
    message, desk = keep(samples.queued()), Desk(keyed=keyed)
    desk.at_the_gate = power_cut
    with pytest.raises(PowerCut):
        send(message, desk)
    desk.at_the_gate = lambda: None
    assert isinstance(send(message, desk), Done)
    assert len(desk.sent) == 1


def test_a_death_during_a_call_is_followed_by_the_same_call_where_the_platform_honours_keys() -> None:
    message, desk = keep(samples.queued()), Desk([PowerCut(), samples.SENT], KEYED)
    with pytest.raises(PowerCut):
        send(message, desk)
    assert send(message, desk, AT + SECOND) == Later(AT + LEASE_MS)
    assert isinstance(send(message, desk, AT + LEASE_MS), Done)
    assert now_is(message).state is S.SENT
    assert [one.id for one in desk.sent] == [message.id, message.id]


def test_a_death_during_a_call_leaves_the_message_unknown_where_it_does_not() -> None:
    message, desk = keep(samples.queued()), Desk([PowerCut()])
    with pytest.raises(PowerCut):
        send(message, desk)
    assert isinstance(send(message, desk, AT + LEASE_MS), Done)
    assert (now_is(message).state, now_is(message).reason) == (S.UNKNOWN, "worker_died")
    assert len(desk.sent) == 1


def test_a_death_found_after_the_key_has_died_leaves_the_message_unknown() -> None:
    message, desk = keep(samples.queued()), Desk([PowerCut()], KEYED)
    with pytest.raises(PowerCut):
        send(message, desk)
    send(message, desk, AT + KEYED)
    assert now_is(message).state is S.UNKNOWN
    assert len(desk.sent) == 1


def test_an_unknown_call_is_not_made_again_when_the_queue_was_too_slow_for_its_key() -> None:
    message, desk = keep(samples.doubtful()), Desk(keyed=KEYED)
    send(message, desk, NOW + 20 * MINUTE)
    assert (now_is(message).state, now_is(message).reason) == (S.UNKNOWN, "key_expired")
    assert not desk.sent


def test_a_fault_of_our_own_stores_before_the_call_is_tried_again() -> None:
    message, desk = keep(samples.queued()), Desk([Busy("the window is being written")])
    later = send(message, desk)
    assert now_is(message).state is S.QUEUED
    assert later == Later(now_is(message).until)
    assert not states.in_doubt(now_is(message))


def test_a_receipt_that_comes_during_the_call_stands() -> None:
    message, desk = keep(samples.queued()), Desk()
    desk.during = lambda: heard_of(message)
    done = send(message, desk)
    assert now_is(message).state is S.DELIVERED
    assert done == Done(now_is(message))
    trip = now_is(message).trip
    assert trip is not None
    assert trip.reference == "4411"


def receipt_of_the_first_way(fate: Fate) -> None:
    store.change(samples.ORDER.id, lambda found: states.received(found, samples.receipt(fate), NOW + MINUTE))


@pytest.mark.parametrize(
    ("fate", "said", "state"),
    [
        (Fate.FAILED, outcome(Result.RETRY), S.QUEUED),
        (Fate.FAILED, outcome(Result.REFUSED), S.FAILED),
        (Fate.FAILED, outcome(Result.UNKNOWN), S.UNKNOWN),
        (Fate.FAILED, samples.SENT, S.SENT),
        (Fate.DELIVERED, outcome(Result.RETRY), S.DELIVERED),
        (Fate.DELIVERED, outcome(Result.REFUSED), S.DELIVERED),
    ],
)
def test_a_receipt_of_an_earlier_way_that_comes_during_the_call_takes_nothing_from_its_outcome(fate: Fate, said: Outcome, state: S) -> None:
    overdue = keep(samples.fallen_back(samples.settled()))
    desk = Desk([said])
    desk.during = lambda: receipt_of_the_first_way(fate)
    send(overdue, desk, NOW + MINUTE, attempt=1)
    assert now_is(overdue).state is state
    assert now_is(overdue).tried[0].result is (Tried.DELIVERED if fate is Fate.DELIVERED else Tried.FAILED)


# ---- What speaks against it by now ----


def test_a_message_that_is_not_due_yet_waits() -> None:
    message, desk = keep(samples.settled(outcome(Result.LIMITED, until=NOW + 60 * MINUTE))), Desk()
    assert send(message, desk, NOW + MINUTE) == Later(message.until)
    assert isinstance(send(message, desk, message.until), Done)


def test_a_message_of_a_busy_account_waits_unclaimed() -> None:
    message, desk = keep(samples.queued()), Desk(full=NOW + MINUTE)
    assert send(message, desk) == Later(NOW + MINUTE)
    assert now_is(message) == message


def test_a_message_to_somebody_who_has_left_fails_before_it_is_sent() -> None:
    message, desk = keep(samples.queued()), Desk(gone="not_following")
    send(message, desk)
    assert (now_is(message).state, now_is(message).reason) == (S.FAILED, "not_following")
    assert now_is(message).tried[0].result is Tried.FAILED
    assert not desk.sent


def test_a_message_that_is_worth_nothing_any_more_is_not_sent() -> None:
    message, desk = keep(samples.with_order(samples.queued(), expires=AT)), Desk()
    send(message, desk)
    assert (now_is(message).state, now_is(message).reason) == (S.FAILED, "expired")


def test_a_message_that_waited_too_long_is_not_sent() -> None:
    message, desk = keep(samples.queued()), Desk()
    send(message, desk, message.at + WAITS_MS)
    assert (now_is(message).state, now_is(message).reason) == (S.FAILED, "waited_too_long")


def broadcast() -> Message:
    return keep(samples.with_order(samples.queued(), source=Source(SourceKind.BROADCAST, "b-1")))


def test_a_message_of_a_paused_broadcast_waits() -> None:
    message, desk = broadcast(), Desk(hold="paused")
    assert send(message, desk) == Later(AT + PAUSED_MS)
    assert now_is(message) == message
    assert PAUSED_MS == 5 * MINUTE  # each look is one more delivery of a queue that counts them


def test_who_is_too_late_for_a_message_lets_another_probe_the_account() -> None:
    message, desk = keep(samples.queued()), Desk()
    desk.at_the_gate = lambda: heard_of(message)
    assert send(message, desk) == Later(AT + SOON_MS)
    assert [one.called for one in desk.told] == [False]


def test_what_our_own_stores_keep_back_says_that_nobody_was_called() -> None:
    desk = Desk(answers=[Busy("the window")])
    send(keep(samples.queued()), desk)
    assert [one.called for one in desk.told] == [False]


def test_a_message_that_everybody_stumbles_over_fails_so_that_another_way_may_be_tried() -> None:
    message = keep(samples.queued())
    sending.give_up(message.id, 0, AT)
    assert (now_is(message).state, now_is(message).reason, now_is(message).tried[-1].result) == (S.FAILED, "spoilt", Tried.FAILED)


def test_a_message_that_somebody_stumbled_over_in_the_call_may_have_gone_out() -> None:
    message = keep(samples.claimed())
    sending.give_up(message.id, 0, AT)
    assert (now_is(message).state, now_is(message).reason) == (S.UNKNOWN, "spoilt")


@pytest.mark.parametrize(("at", "attempt"), [(S.SENT, 0), (S.FAILED, 0), (S.DEFERRED, 0), (S.QUEUED, 1)])
def test_a_message_that_is_elsewhere_by_now_is_not_given_up(at: State, attempt: int) -> None:
    message = keep(samples.EVERY_STATE[at]())
    sending.give_up(message.id, attempt, AT)
    assert now_is(message) == message


def test_nobody_gives_up_a_message_that_nobody_knows() -> None:
    assert sending.give_up("gone", 0, AT) is None


def test_a_message_of_a_cancelled_broadcast_is_refused() -> None:
    message, desk = broadcast(), Desk(hold="cancelled")
    send(message, desk)
    assert (now_is(message).state, now_is(message).reason) == (S.REFUSED, "cancelled")


def test_a_message_of_a_paused_journey_waits() -> None:
    message, desk = keep(samples.with_order(samples.queued(), source=Source(SourceKind.JOURNEY, "coupon"))), Desk(hold="paused")
    assert isinstance(send(message, desk), Later)
    assert (now_is(message), desk.sent) == (message, [])


def test_a_message_that_no_broadcast_or_journey_asked_for_is_not_held() -> None:
    message = keep(samples.queued())
    send(message, Desk(hold="paused"))
    assert now_is(message).state is S.SENT


def test_who_wants_nothing_any_more_is_not_told_again_even_if_nobody_knows_whether_they_were() -> None:
    message, desk = keep(samples.doubtful()), Desk(gone="suppressed", keyed=KEYED)
    send(message, desk, message.until)
    assert (now_is(message).state, now_is(message).reason) == (S.UNKNOWN, "suppressed")
    assert not desk.sent


# ---- Keys that are drawn ----


def test_a_drawn_key_is_in_the_ledger_before_the_call_and_stays_the_same() -> None:
    message, desk = keep(samples.queued()), Desk([PowerCut(), samples.SENT], KEYED, drawn="cid-1")
    with pytest.raises(PowerCut):
        send(message, desk)
    desk.drawn = "cid-2"
    send(message, desk, AT + LEASE_MS)
    assert [one.provider_key for one in desk.sent] == ["cid-1", "cid-1"]


def test_without_its_key_a_message_waits() -> None:
    message, desk = keep(samples.queued()), Desk(drawn=Outcome(Result.RETRY, "provider_away"))
    assert isinstance(send(message, desk), Later)
    assert (now_is(message).state, now_is(message).reason) == (S.QUEUED, "provider_away")
    assert not desk.sent
    assert len(desk.told) == 1
