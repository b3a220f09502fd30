"""What becomes of a message by what its call came to."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dispatch import states
from chalicelib.dispatch.model import NEVER, Message, State
from chalicelib.dispatch.settling import REPAIR_MS, WAITS_MS
from chalicelib.messages.policy.model import Tried
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.providers.retries import LONGEST_PAUSE_MS, MAX_ATTEMPTS
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import KEYED, MINUTE, NOW, SECOND, SENT, claimed, doubtful, outcome, settled

S, R = State, Result
DAY = 24 * 60 * MINUTE
CERTAIN = [R.REFUSED, R.UNREACHABLE, R.RETRY, R.LIMITED, R.MISCONFIGURED]


@pytest.mark.parametrize(
    ("kind", "keyed", "state"),
    [
        (R.SENT, 0, S.SENT),
        (R.SENT, KEYED, S.SENT),
        (R.REFUSED, 0, S.FAILED),
        (R.UNREACHABLE, KEYED, S.FAILED),
        (R.RETRY, 0, S.QUEUED),
        (R.LIMITED, 0, S.QUEUED),
        (R.MISCONFIGURED, 0, S.QUEUED),
        (R.UNKNOWN, 0, S.UNKNOWN),
        (R.UNKNOWN, KEYED, S.QUEUED),
    ],
)
def test_what_the_first_call_came_to(kind: Result, keyed: int, state: State) -> None:
    message = settled(outcome(kind), keyed=keyed)
    assert (message.state, message.reason) == (state, "" if kind is R.SENT else "why")


def test_what_was_taken_on_keeps_the_number_that_the_platform_gave_it() -> None:
    trip = settled().trip
    assert trip is not None
    assert (trip.reference, trip.number) == ("4411", "template#wx0000000000000001#4411")


def test_a_number_that_no_receipt_will_name_is_kept_for_people_and_in_no_index() -> None:
    trip = settled(Outcome(R.SENT, provider_id="9009^0", by_key=True)).trip
    assert trip is not None
    assert (trip.reference, trip.number) == ("9009^0", "")


@pytest.mark.parametrize("kind", [R.RETRY, R.LIMITED, R.MISCONFIGURED])
def test_what_certainly_did_not_go_out_waits_in_the_queue_and_leaves_no_doubt(kind: Result) -> None:
    message = settled(outcome(kind))
    assert message.until > message.at
    assert not states.in_doubt(message)
    assert not message.tried


def test_a_limit_is_waited_for_until_it_is_over() -> None:
    assert settled(outcome(R.LIMITED, until=NOW + 60 * MINUTE)).until >= NOW + 60 * MINUTE


def test_a_misconfigured_account_is_looked_at_every_few_minutes() -> None:
    assert settled(outcome(R.MISCONFIGURED)).until == NOW + 3 * SECOND + REPAIR_MS


@pytest.mark.parametrize("reason", [Reason.ACCOUNT_UNKNOWN, Reason.ACCOUNT_MISMATCH])
def test_a_template_that_names_the_wrong_account_fails(reason: Reason) -> None:
    assert settled(outcome(R.MISCONFIGURED, reason)).state is S.FAILED


def test_a_platform_that_is_busy_too_often_counts_as_a_failure() -> None:
    message, calls = samples.queued(), 0
    while message.state is S.QUEUED:
        calls += 1
        message = states.settled(states.claimed(message, message.at + 20 * MINUTE), outcome(R.RETRY), 0, message.at + 20 * MINUTE, 0.5)
    assert (calls, message.state, message.tried[-1].result) == (MAX_ATTEMPTS, S.FAILED, Tried.FAILED)


@pytest.mark.parametrize(("kind", "state"), [(R.UNKNOWN, S.UNKNOWN), (R.RETRY, S.FAILED)])
def test_a_receiver_that_knows_ids_for_days_is_called_for_days(kind: Result, state: State) -> None:
    lives, message, calls = 3 * DAY, samples.queued(), 0
    while message.state is S.QUEUED:
        at = max(message.until, message.at)
        calls += 1
        message = states.settled(states.claimed(message, at), outcome(kind), lives, at, 1.0)
    assert message.state is state
    assert calls > 3 * DAY // LONGEST_PAUSE_MS
    assert lives - LONGEST_PAUSE_MS <= message.at - NOW <= lives + MINUTE


@pytest.mark.parametrize("kind", [R.LIMITED, R.MISCONFIGURED])
def test_limits_and_repairs_do_not_use_up_the_calls(kind: Result) -> None:
    message = samples.queued()
    for _ in range(2 * MAX_ATTEMPTS):
        message = states.settled(states.claimed(message, message.at + MINUTE), outcome(kind), 0, message.at + MINUTE, 0.5)
    assert message.state is S.QUEUED
    assert message.trip is not None
    assert message.trip.calls == 0


def test_a_limit_that_outlasts_the_message_lets_it_go_another_way() -> None:
    order = samples.with_order(claimed(), expires=NOW + 30 * MINUTE)
    assert states.settled(order, outcome(R.LIMITED, until=NOW + 60 * MINUTE), 0, NOW + 3 * SECOND, 0.5).state is S.FAILED
    assert states.settled(order, outcome(R.LIMITED, until=NOW + 10 * MINUTE), 0, NOW + 3 * SECOND, 0.5).state is S.QUEUED


def test_nothing_waits_for_longer_than_its_queue_remembers() -> None:
    late = NOW + SECOND + WAITS_MS
    message = states.settled(states.claimed(samples.queued(), late), outcome(R.MISCONFIGURED), 0, late, 0.5)
    assert message.state is S.FAILED


def test_an_unknown_call_is_made_again_within_the_life_of_its_key() -> None:
    message = doubtful()
    assert states.in_doubt(message)
    assert message.trip is not None
    assert message.at < message.until < message.trip.first_at + KEYED


def test_an_unknown_call_is_not_made_again_when_the_key_is_about_to_die() -> None:
    late = NOW + 2 * SECOND + KEYED - SECOND
    assert states.settled(states.claimed(doubtful(), late), outcome(R.UNKNOWN), KEYED, late, 0.5).state is S.UNKNOWN


@pytest.mark.parametrize("kind", [R.REFUSED, R.UNREACHABLE])
def test_a_refusal_of_the_second_call_proves_nothing_of_the_first(kind: Result) -> None:
    again = states.claimed(doubtful(), NOW + MINUTE)
    message = states.settled(again, outcome(kind), KEYED, NOW + MINUTE, 0.5)
    assert (message.state, message.tried) == (S.UNKNOWN, ())


@pytest.mark.parametrize("kind", [R.RETRY, R.LIMITED, R.MISCONFIGURED])
def test_a_busy_second_call_does_not_take_the_doubt_of_the_first_away(kind: Result) -> None:
    again = states.claimed(doubtful(), NOW + MINUTE)
    message = states.settled(again, outcome(kind), KEYED, NOW + MINUTE, 0.5)
    assert message.state is S.QUEUED
    assert message.trip is not None
    assert message.trip.first_at == NOW + 2 * SECOND


def test_who_must_know_by_a_key_does_not_wait_for_longer_than_it_lives() -> None:
    message, now, calls = doubtful(), doubtful().until, 0
    while message.state is S.QUEUED:
        message = states.settled(states.claimed(message, now), outcome(R.LIMITED, until=NOW + 60 * MINUTE), KEYED, now, 0.5)
        now, calls = message.until, calls + 1
    assert message.state is S.UNKNOWN
    assert NOW + 2 * SECOND + KEYED - 10 * SECOND < message.at < NOW + 2 * SECOND + KEYED
    assert calls < 10


def test_the_second_call_may_say_that_all_is_well() -> None:
    assert states.settled(states.claimed(doubtful(), NOW + MINUTE), SENT, KEYED, NOW + MINUTE, 0.5).state is S.SENT


def test_a_key_that_cannot_be_drawn_is_no_call() -> None:
    message = states.settled(samples.queued(), outcome(R.RETRY), KEYED, NOW + MINUTE, 0.5)
    assert message.state is S.QUEUED
    assert message.trip is not None
    assert (message.trip.calls, message.trip.first_at) == (0, NEVER)


# ---- When somebody else wrote meanwhile ----


def late(found: Message, what: Outcome = SENT, mine: Message | None = None) -> Message:
    return states.settled_late(found, mine or claimed(), what, NOW + 3 * MINUTE)


@pytest.mark.parametrize(
    "found",
    [
        lambda: states.lost(claimed(), NOW + 2 * MINUTE, 0, "worker_died"),
        lambda: states.lost(claimed(), NOW + 2 * MINUTE, KEYED, "worker_died"),
        doubtful,
    ],
    ids=["given up as unknown", "claimed anew", "queued again"],
)
def test_who_was_taken_for_dead_can_still_say_that_it_went_out(found: Callable[[], Message]) -> None:
    message = late(found())
    assert message.state is S.SENT
    assert message.trip is not None
    assert message.trip.reference == "4411"


@pytest.mark.parametrize("kind", CERTAIN)
def test_who_was_taken_for_dead_can_still_say_that_it_did_not_go_out(kind: Result) -> None:
    message = late(states.lost(claimed(), NOW + 2 * MINUTE, 0, "worker_died"), outcome(kind))
    assert message.state is S.FAILED
    assert message.tried[-1].result is (Tried.FAILED if kind in (R.REFUSED, R.UNREACHABLE) else Tried.NOT_SENT)


@pytest.mark.parametrize("kind", [*CERTAIN, R.UNKNOWN])
def test_a_late_refusal_changes_nothing_for_whoever_has_it_now(kind: Result) -> None:
    found = states.lost(claimed(), NOW + 2 * MINUTE, KEYED, "worker_died")
    assert late(found, outcome(kind)) is found


@pytest.mark.parametrize("kind", [*CERTAIN, R.UNKNOWN])
def test_a_receipt_that_was_faster_than_our_record_stands(kind: Result) -> None:
    found = states.received(claimed(), samples.receipt(), NOW + 3 * SECOND)
    assert found.state is S.DELIVERED
    assert late(found, outcome(kind)) is found


def test_a_receipt_that_was_faster_than_our_record_still_gets_its_number() -> None:
    found = states.received(claimed(), samples.receipt(), NOW + 3 * SECOND)
    message = late(found)
    assert message.trip is not None
    assert (message.state, message.trip.reference, message.rev) == (S.DELIVERED, "4411", found.rev + 1)
    assert late(message) is message


def test_a_call_of_a_trip_that_is_over_changes_nothing() -> None:
    found = samples.fallen_back()
    assert late(found) is found


def test_a_doubt_of_an_earlier_call_stays_when_a_late_one_says_no() -> None:
    mine = states.claimed(doubtful(), NOW + MINUTE)
    found = states.lost(mine, NOW + 20 * MINUTE, KEYED, "key_expired")
    assert states.settled_late(found, mine, outcome(R.RETRY), NOW + 21 * MINUTE) is found


# ---- Asked afterwards ----


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (R.SENT, S.SENT),
        (R.REFUSED, S.FAILED),
        (R.UNREACHABLE, S.FAILED),
        (R.UNKNOWN, S.UNKNOWN),
        (R.RETRY, S.UNKNOWN),
        (R.LIMITED, S.UNKNOWN),
    ],
)
def test_what_a_platform_says_of_an_unknown_message(kind: Result, state: State) -> None:
    assert states.looked_up(settled(outcome(R.UNKNOWN)), outcome(kind), NOW + MINUTE).state is state


@pytest.mark.parametrize("state", [one for one in State if one is not S.UNKNOWN])
def test_only_unknown_messages_are_settled_by_a_look(state: State) -> None:
    message = samples.EVERY_STATE[state]()
    assert states.looked_up(message, SENT, NOW + MINUTE) is message


@given(st.lists(st.sampled_from(Result), max_size=12), st.sampled_from([0, KEYED]), st.floats(0, 1))
def test_after_an_unknown_call_only_a_yes_of_the_platform_settles_a_message(kinds: list[Result], keyed: int, chance: float) -> None:
    message, doubt, now = samples.queued(), False, NOW + SECOND
    for kind in kinds:
        now = max(now + SECOND, message.until)
        mine = states.claimed(message, now)
        message = states.settled(mine, outcome(kind), keyed, now, chance)
        doubt = doubt or kind is R.UNKNOWN
        if doubt:
            assert message.state in (S.SENT, S.UNKNOWN, S.QUEUED)
            assert message.state is not S.QUEUED or states.in_doubt(message)
        if message.state is not S.QUEUED:
            break
