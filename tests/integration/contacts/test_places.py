"""Places under caps: one for each attempt however often it is asked for, never two of the last one, and kept when persons become one."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from chalicelib.contacts import facts, store, uses
from chalicelib.contacts.records import USES
from chalicelib.identifiers import identifier
from chalicelib.messages.model import message_id
from chalicelib.messages.policy.sends import NOTHING_SENT, Sends, Use
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people import reading
from chalicelib.people.model import person_id
from tests.integration.contacts.world import MARKETING, SERVICE, SMS, Reached
from tests.support.aws import Stack
from tests.support.crashes import killed_at, writes_of
from tests.support.gateway import NOW
from tests.support.ring import event, make_ring

ME, HIM = person_id("user_id#me"), person_id("user_id#him")


def use(message: str, attempt: int = 0, at: int = NOW, channel: ChannelName = ChannelName.SMS) -> Use:
    return Use(at, message_id(message), attempt, MARKETING, channel, "tencent")


def live(sends: Sends) -> set[Use]:
    return {one for one in sends.uses if one not in sends.released}


def test_two_that_were_decided_on_the_same_facts_never_both_get_a_place(stack: Stack) -> None:
    seen = store.uses(ME)
    assert uses.reserve(ME, use("m1"), seen)
    assert not uses.reserve(ME, use("m2"), seen)
    assert uses.reserve(ME, use("m2"), store.uses(ME))
    assert live(store.uses(ME)) == {use("m1"), use("m2")}


def test_a_place_is_taken_once_by_an_attempt_that_is_decided_again(stack: Stack) -> None:
    assert uses.reserve(ME, use("m1"), store.uses(ME))
    assert writes_of(lambda: uses.reserve(ME, use("m1", at=NOW + 5), store.uses(ME))) == 0
    assert not uses.reserve(ME, use("m1", at=NOW + 5), NOTHING_SENT)  # whoever saw nothing has to look again
    assert live(store.uses(ME)) == {use("m1")}


def test_an_attempt_that_is_decided_again_for_another_channel_holds_only_that(stack: Stack) -> None:
    uses.reserve(ME, use("m1"), store.uses(ME))
    uses.reserve(ME, use("m1", at=NOW + 5, channel=ChannelName.PUSH), store.uses(ME))
    assert {one.channel for one in live(store.uses(ME))} == {ChannelName.PUSH}


def test_a_place_is_given_back_once_and_stays_given_back(stack: Stack) -> None:
    uses.reserve(ME, use("m1"), store.uses(ME))
    uses.reserve(ME, use("m1", 1), store.uses(ME))
    uses.release(ME, message_id("m1"), 0)
    uses.release(ME, message_id("m1"), 0)
    assert live(store.uses(ME)) == {use("m1", 1)}


def test_giving_back_what_nobody_took_changes_nothing(stack: Stack) -> None:
    assert writes_of(lambda: uses.release(ME, message_id("m1"), 0)) == 0


def test_what_was_sent_to_two_persons_counts_for_the_one_they_are(stack: Stack) -> None:
    for person, message in ((ME, "m1"), (ME, "m2"), (HIM, "m3")):
        uses.reserve(person, use(message), store.uses(person))
    uses.release(HIM, message_id("m3"), 0)
    uses.joined(ME, [HIM])
    uses.joined(ME, [HIM])
    assert live(store.uses(ME)) == {use("m1"), use("m2")}
    assert store.uses(HIM) == NOTHING_SENT


@pytest.mark.parametrize("after", [False, True])
def test_wherever_the_mover_dies_nothing_is_lost_or_counted_twice(stack: Stack, after: bool) -> None:
    for number in count():
        one, two = (person_id(f"user_id#{name}-{number}") for name in ("one", "two"))
        uses.reserve(one, use("m1"), store.uses(one))
        uses.reserve(two, use("m2"), store.uses(two))
        died = killed_at(number, lambda: uses.joined(one, [two]), after=after)  # noqa: B023 - called at once
        assert live(store.uses(one)) | live(store.uses(two)) == {use("m1"), use("m2")}
        uses.joined(one, [two])
        assert live(store.uses(one)) == {use("m1"), use("m2")}
        if not died:
            return


def test_a_place_that_was_taken_before_a_merge_is_found_after_it(stack: Stack) -> None:
    ring = make_ring(stack)
    ring.send(event("Seen", 1, device_id="d1"), event("Known", 2, user_id="u1"))
    ring.flow()
    was = {name: reading.person_of(identifier(*name)) for name in (("device_id", "d1"), ("user_id", "u1"))}
    for number, person in enumerate(was.values()):
        assert uses.reserve(person.id, use(f"m{number}"), facts.of(person, NOW).sends)
    ring.send(event("LoggedIn", 3, user_id="u1", device_id="d1"))
    ring.pump.calls.clear()
    ring.flow()
    now = reading.person_of(identifier("user_id", "u1"))
    assert live(facts.of(now, NOW).sends) == {use("m0"), use("m1")}
    assert [item["pk"]["S"] for item in stack.items("contacts") if item["sk"]["S"] == USES] == [f"P#{now.id}"]
    for number, person in enumerate(was.values()):
        uses.release(person.id, message_id(f"m{number}"), 0)  # by the id that the message still knows
    assert live(facts.of(now, NOW).sends) == set()


def test_before_anybody_has_moved_them_a_decision_sees_them_all(her: Reached) -> None:
    merged = next(at for at in _parts(her) if at != her.person.id)
    uses.reserve(merged, use("m1"), store.uses(merged))
    assert live(her.facts().sends) == {use("m1")}
    assert uses.reserve(her.person.id, use("m2"), her.facts().sends)
    assert live(her.facts().sends) == {use("m1"), use("m2")}
    uses.release(her.person.id, message_id("m1"), 0)
    assert live(her.facts().sends) == {use("m2")}


def _parts(her: Reached) -> list[str]:
    """Persons that have become part of her."""
    her.ring.send(event("Seen", 50, device_id="d9"))
    her.ring.flow()
    her.ring.send(event("LoggedIn", 51, user_id="u1", device_id="d9"))
    her.ring.flow()
    return list(facts._held(her.person).parts)  # who they are shows nowhere else


def test_services_and_advertising_are_kept_apart(stack: Stack) -> None:
    for number in range(3):
        uses.reserve(ME, Use(NOW + number, f"m{number}", 0, SERVICE if number else MARKETING, ChannelName.SMS), store.uses(ME))
    assert [one.category for one in store.uses(ME).uses] == [SERVICE, SERVICE, MARKETING]


def test_a_decision_reads_each_table_once(her: Reached) -> None:
    person = her.person
    facts.of(person, NOW)  # which accounts are mini programs is remembered from here on
    with watched_reads() as calls:
        facts.of(person, NOW)
    assert [one for one in calls if one != "people/Query"] == ["people/BatchGetItem", "contacts/BatchGetItem", "fans/BatchGetItem"]
    assert calls.count("people/Query") == len(_lists(her))
    with watched_reads() as calls:
        facts.many([person, person], NOW, {})
    assert {one for one in calls if "people" not in one} == {"contacts/BatchGetItem", "fans/BatchGetItem"}


def test_many_are_known_as_each_is(her: Reached) -> None:
    her.ring.send(event("Known", 60, user_id="u2", mobile="13700000001"))
    her.ring.flow()
    both = [her.person, reading.person_of(identifier("user_id", "u2"))]
    assert facts.many(both, NOW) == {one.id: facts.of(one, NOW) for one in both}


def test_of_somebody_with_too_many_identifiers_nothing_is_sure_so_nothing_is_sent(her: Reached, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MAX_IDENTIFIERS", 2)
    assert her.reason(SMS) == "suppressed"


def _lists(her: Reached) -> list[str]:
    """The persons whose identifiers are listed: she, and who has become part of her."""
    return [her.person.id, *facts._held(her.person).parts]


@contextmanager
def watched_reads() -> Iterator[list[str]]:
    """The reads of tables meanwhile: the table's short name and the call."""
    calls: list[str] = []
    real = BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        tables = [arguments["TableName"]] if "TableName" in arguments else list(arguments.get("RequestItems", {}))
        calls.extend(f"{table.rpartition('-')[2]}/{operation}" for table in tables)
        return real(self, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls
