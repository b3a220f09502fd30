"""A rejected record is kept by a replay as if it had been accepted when it came, once however often it is replayed."""

from collections.abc import Iterable
from typing import Any

import pytest

from chalicelib.errors import NotFound
from chalicelib.events import native, receipts, rejections, segment
from chalicelib.events.keep import keep
from chalicelib.events.model import Event, Record, Source
from chalicelib.events.rejection_records import MAX_BODY_BYTES, State, WireFormat
from chalicelib.events.rejections import Wanted
from chalicelib.events.replay import NotReplayable, Reader, replay
from chalicelib.events.store import from_image
from chalicelib.identity.rules import DEFAULT_RULES, IdentityRules, NamespaceRule
from tests.support.aws import Stack
from tests.support.crashes import killed_at
from tests.support.records import DAY, HOUR, MINUTE, NOW, PARTNER, SHOP

READERS: dict[WireFormat, Reader] = {WireFormat.NATIVE: native.read_events, WireFormat.SEGMENT: segment.read_messages}
MENDED = IdentityRules(
    namespaces={**DEFAULT_RULES.namespaces, "crm_id": NamespaceRule(priority=60)}, blocked_values=DEFAULT_RULES.blocked_values
)
ORDER: dict[str, Any] = {
    "id": "e-1",
    "name": "OrderSubmitted",
    "time": NOW - HOUR,
    "identifiers": {"crm_id": "c1"},
    "properties": {"amount": 99},
}


def reject(*raws: dict[str, Any], source: Source = SHOP, protocol: WireFormat = WireFormat.NATIVE) -> list[str]:
    """Sends records that today's rules refuse; the ids of the rejections, in the order of the records."""
    outcome = keep(READERS[protocol](enumerate(raws)), source, DEFAULT_RULES, NOW, protocol=protocol)
    assert outcome.accepted == 0
    found = rejections.listed(Wanted(NOW - 1, NOW + 1), 200, None).rows
    return [one.id for one in sorted(found, key=lambda one: one.index)]


def events(stack: Stack) -> list[Event]:
    return [from_image(one) for one in stack.items("events")]


def run(rejection_id: str, policy: IdentityRules = MENDED, source: Source | None = None) -> tuple[State, int, list[str]]:
    state, outcome = replay(rejection_id, READERS, policy, NOW + DAY, source)
    return state, outcome.accepted, [one.code for one in outcome.refusals]


def test_a_mended_rule_lets_the_record_in(stack: Stack) -> None:
    (rejected,) = reject(ORDER)
    assert run(rejected) == (State.REPLAYED, 1, [])
    (event,) = events(stack)
    assert (event.primary.key, event.time, event.source, event.properties) == ("crm_id#c1", NOW - HOUR, "shop", {"amount": 99})
    assert rejections.get(rejected).replayed_at == NOW + DAY


def test_while_nothing_is_mended_the_rejection_stays_open(stack: Stack) -> None:
    (rejected,) = reject(ORDER)
    assert run(rejected, DEFAULT_RULES) == (State.OPEN, 0, ["namespace_unknown"])
    assert rejections.get(rejected).state is State.OPEN
    assert len(stack.items("rejections")) == 1


def test_a_second_replay_changes_nothing(stack: Stack) -> None:
    (rejected,) = reject(ORDER)
    run(rejected)
    assert run(rejected) == (State.REPLAYED, 0, [])
    assert len(events(stack)) == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("record", [ORDER, {**ORDER, "time": None}, {**ORDER, "time": NOW + DAY}, {**ORDER, "id": None, "time": None}])
def test_a_crash_in_a_replay_is_healed_by_the_next(stack: Stack, record: dict[str, Any], after: bool) -> None:
    (rejected,) = reject(record)
    place = 0
    while killed_at(place, lambda: run(rejected), after=after):
        receipts.forget()
        place += 1
    assert len(events(stack)) == 1
    assert rejections.get(rejected).state is State.REPLAYED


def test_the_time_of_a_replayed_record_is_bounded_by_when_it_came(stack: Stack) -> None:
    (rejected,) = reject({**ORDER, "time": NOW + 2 * HOUR})
    run(rejected)
    assert [event.time for event in events(stack)] == [NOW]


def test_the_skew_of_the_clock_is_that_of_the_first_sending(stack: Stack) -> None:
    message = {
        "type": "track",
        "event": "A",
        "messageId": "m-1",
        "userId": "null",
        "timestamp": "2020-01-01T00:00:00Z",
        "sentAt": "2020-01-01T00:01:00Z",
    }
    (rejected,) = reject(message, protocol=WireFormat.SEGMENT)
    run(rejected, IdentityRules(namespaces=DEFAULT_RULES.namespaces))
    assert [event.time for event in events(stack)] == [NOW - MINUTE]


def test_equal_records_of_one_request_that_are_always_new_stay_two(stack: Stack) -> None:
    nameless = {**ORDER, "id": None, "time": None}
    for rejected in reject(nameless, {**nameless, "properties": {"amount": 98}}):
        run(rejected)
    assert len(events(stack)) == 2


def test_a_record_can_be_credited_to_another_source(stack: Stack) -> None:
    (rejected,) = reject(ORDER, source=Source("-", third_party=True))
    run(rejected, source=PARTNER)
    assert [event.source for event in events(stack)] == ["partner"]


def test_what_is_not_complete_cannot_be_replayed(stack: Stack) -> None:
    (rejected,) = reject({**ORDER, "properties": {"text": "x" * MAX_BODY_BYTES}})
    with pytest.raises(NotReplayable):
        run(rejected)


def test_a_format_that_nothing_reads_cannot_be_replayed(stack: Stack) -> None:
    (rejected,) = reject(ORDER)
    with pytest.raises(NotReplayable):
        replay(rejected, {}, MENDED, NOW)


def test_unknown_rejections_cannot_be_replayed(stack: Stack) -> None:
    with pytest.raises(NotFound):
        run("0" * 32)


def test_a_record_that_means_several_things_is_replayed_whole(stack: Stack) -> None:
    def twice(raws: Iterable[tuple[int, Any]]) -> list[Record]:
        listed = list(raws)
        return native.read_events([*listed, *((index, {**raw, "id": "e-2"}) for index, raw in listed)])

    (rejected,) = reject(ORDER)
    state, outcome = replay(rejected, {WireFormat.NATIVE: twice}, MENDED, NOW + DAY)
    assert (state, outcome.accepted, len(events(stack))) == (State.REPLAYED, 2, 2)
