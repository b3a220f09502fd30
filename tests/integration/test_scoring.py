"""People are judged as things happen and as time goes by, and what follows is told once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final
from unittest.mock import patch

import pytest

from chalicelib.audiences import passes, planbook, scoring
from chalicelib.audiences.scoring import judge_person, teller
from chalicelib.entrypoints import merge, pass_people, recheck, score
from chalicelib.errors import Busy
from chalicelib.identifiers import identifier
from chalicelib.identity.model import Cluster
from chalicelib.people import reading, store
from chalicelib.people.model import Person
from chalicelib.people.standing import Standing
from chalicelib.timers import sending
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.crashes import killed_at, writes_of
from tests.support.gateway import NOW
from tests.support.pump import Faults
from tests.support.ring import Ring, event, make_ring

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

DRESS: Final = {"title": "爱看连衣裙", "where": {"event": "Viewed", "where": {"key": "dress"}, "count": {"gt": 5}, "within": "7d"}}
BUYERS: Final = {"title": "买过", "where": {"event": "Paid"}}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(NOW)
    clock.install(monkeypatch, merge, score, recheck, sending, pass_people)
    return clock


@pytest.fixture
def ring(stack: Stack, clock: Clock) -> Ring:
    return make_ring(stack, clock=clock)


def in_force(ring: Ring, segments: Mapping[str, Any], kind: str = "segments") -> None:
    """Publishes, and lets everybody come to know at once. Passes over people who are there already are the subject of other tests."""
    with patch.object(passes, "ensure_started"):
        for name, document in segments.items():
            ring.publish(kind, name, document)
    planbook.mark_passed(planbook.newest().version)
    planbook.forget()


def happened(ring: Ring, clock: Clock, name: str, times: int = 1, ago: int = 0, *, who: str = "u1", **properties: Any) -> None:
    """The person u1 does something so many times, a second apart, the last time `ago` ms before now."""
    ring.shop.now = ring.operator.now = clock.now
    for number in range(times):
        ring.send(event(name, clock.now - ago - 1000 * number - NOW + HOUR, properties, user_id=who))
    ring.flow()


def told(ring: Ring, who: str = "u1") -> list[tuple[str, Any]]:
    """What rules have told of a person, oldest first."""
    items = ring.ask("user_id", who, "/timeline?order=asc&limit=200").json["items"]
    return [(one["name"], one["properties"]) for one in items if one["name"].startswith("$")]


def standing(who: str = "u1") -> Standing:
    return store.standing(person(who).id)


def person(who: str = "u1") -> Person:
    return reading.person_of(identifier("user_id", who))


def members(stack: Stack, name: str) -> int:
    """How many are counted in a segment; as many are listed."""
    items = [item for item in stack.items("audiences") if item["pk"]["S"].startswith(f"segment#{name}#")]
    count = sum(int(item["members"]["N"]) for item in items if item["sk"]["S"] == "count")
    assert count == sum(item["sk"]["S"].startswith("person#") for item in items)
    return count


def test_the_sixth_look_joins_and_the_fifth_does_not(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"dress": DRESS})
    happened(ring, clock, "Viewed", 5, ago=HOUR, key="dress")
    assert told(ring) == []
    happened(ring, clock, "Viewed", key="coat")
    assert told(ring) == []
    happened(ring, clock, "Viewed", key="dress")
    assert told(ring) == [("$segment_entered", {"segment": "dress"})]
    assert members(stack, "dress") == 1


def test_whoever_stays_away_leaves_by_the_clock_alone(ring: Ring, clock: Clock, stack: Stack) -> None:
    """Far ahead: the timer sleeps in the state machine for a week."""
    in_force(ring, {"dress": DRESS})
    began = clock.now
    happened(ring, clock, "Viewed", 6, key="dress")
    clock.pass_by(7 * DAY - 5 * SECOND - MINUTE)
    ring.flow()
    assert members(stack, "dress") == 1
    for _ in range(8):
        clock.pass_by(10 * SECOND)
        ring.flow()
    assert told(ring) == [("$segment_entered", {"segment": "dress"}), ("$segment_left", {"segment": "dress"})]
    assert members(stack, "dress") == 0
    (left,) = ring.ask("user_id", "u1", "/timeline?limit=1").json["items"]
    assert left["name"] == "$segment_left"
    assert 7 * DAY - 5 * SECOND <= clock.now - began <= 7 * DAY + 30 * SECOND


def test_a_short_window_needs_no_state_machine(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"now": {"title": "刚来", "where": {"event": "Viewed", "within": "10m"}}})
    happened(ring, clock, "Viewed")
    assert members(stack, "now") == 1
    clock.pass_by(10 * MINUTE - 1)
    ring.flow()
    assert members(stack, "now") == 1
    clock.pass_by(SECOND)
    ring.flow()
    assert members(stack, "now") == 0
    assert stack.items("timers") == []


def test_a_window_that_was_renewed_is_left_when_the_last_look_leaves_it(ring: Ring, clock: Clock, stack: Stack) -> None:
    """The timer goes off, finds that more has happened since, and is armed anew."""
    in_force(ring, {"now": {"title": "刚来", "where": {"event": "Viewed", "within": "10m"}}})
    happened(ring, clock, "Viewed")
    clock.pass_by(6 * MINUTE)
    happened(ring, clock, "Viewed")
    clock.pass_by(6 * MINUTE)
    ring.flow()
    assert members(stack, "now") == 1
    clock.pass_by(5 * MINUTE)
    ring.flow()
    assert [name for name, _ in told(ring)] == ["$segment_entered", "$segment_left"]


def test_who_has_been_away_and_comes_back(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"asleep": {"title": "沉睡", "where": {"last_seen": {"before": "30d"}}}})
    happened(ring, clock, "Viewed")
    for _ in range(31):
        clock.pass_by(DAY)
        ring.flow()
    assert members(stack, "asleep") == 1
    happened(ring, clock, "Viewed")
    assert members(stack, "asleep") == 0
    assert [name for name, _ in told(ring)] == ["$segment_entered", "$segment_left"]


def test_an_event_that_no_rule_looks_at_is_not_judged(ring: Ring, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(ring, {"dress": DRESS, "buyers": BUYERS})
    happened(ring, clock, "Viewed", key="coat")
    looks: list[str] = []
    monkeypatch.setattr(score, "judge_person", lambda person_id, *_, **__: looks.append(person_id))
    happened(ring, clock, "Clicked", 3)
    happened(ring, clock, "Viewed", key="coat")
    assert looks == []
    happened(ring, clock, "Paid")
    assert looks == [person().id]


def test_of_many_events_in_one_batch_a_person_is_judged_once(ring: Ring, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(ring, {"dress": DRESS})
    looks = Counter[str]()

    def looking(person_id: str, *arguments: Any, **named: Any) -> bool:
        looks[person_id] += 1
        return judge_person(person_id, *arguments, **named)

    monkeypatch.setattr(score, "judge_person", looking)
    happened(ring, clock, "Viewed", 30, key="dress")
    assert looks.total() <= 2  # once for the events, once for what that derived
    assert told(ring) == [("$segment_entered", {"segment": "dress"})]


def test_two_members_who_become_one_enter_nothing_again(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"buyers": BUYERS})
    ring.send(event("Paid", 0, user_id="u1"), event("Paid", 1, openid__wx1="o1"))
    ring.flow()
    assert members(stack, "buyers") == 2
    ring.send(event("Login", 2, user_id="u1", openid__wx1="o1"))
    ring.flow()
    assert members(stack, "buyers") == 1
    assert [name for name, _ in told(ring)] == ["$segment_entered", "$segment_entered"]  # each its own, from before
    assert standing().segments.keys() == {"buyers"}


def test_who_is_split_off_has_been_through_what_both_have_been_through(ring: Ring, clock: Clock, stack: Stack) -> None:
    """Each part is judged by its own events: the one without a purchase leaves, the other one stays without entering again."""
    in_force(ring, {"buyers": BUYERS})
    ring.send(event("Paid", 0, user_id="u1"), event("Login", 2, user_id="u1", openid__wx1="o1"))
    ring.flow()
    assert members(stack, "buyers") == 1
    ring.unbind("user_id", "u1", ("openid:wx1", "o1"))
    ring.flow()
    assert members(stack, "buyers") == 1
    assert [name for name, _ in told(ring) if name == "$segment_entered"] == ["$segment_entered"]


def test_derived_events_stand_under_the_strongest_identifier(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"buyers": BUYERS})
    ring.send(event("Paid", 0, mobile="13700001111", openid__wx1="o1", device_id="d1"))
    ring.flow()
    (derived,) = [item for item in stack.items("events") if item["k"]["S"] == "derived"]
    assert (derived["pk"]["S"], derived["n"]["S"]) == ("openid:wx1#o1", "$segment_entered")


def test_what_rules_find_is_nothing_that_the_person_did(ring: Ring, clock: Clock) -> None:
    in_force(ring, {"buyers": BUYERS})
    happened(ring, clock, "Paid", ago=HOUR)
    shown = ring.person("user_id", "u1")
    assert shown["last_seen"] == ring.ask("user_id", "u1", "/timeline?order=asc").json["items"][0]["time"]


def test_a_rule_may_look_at_what_another_has_found(ring: Ring, clock: Clock, stack: Stack) -> None:
    again = {"event": "$segment_entered", "where": {"segment": {"eq": "buyers"}}, "count": {"gte": 1}}
    in_force(ring, {"buyers": BUYERS, "bought": {"title": "成为买家", "where": again}})
    happened(ring, clock, "Paid")
    assert {properties["segment"] for _, properties in told(ring)} == {"buyers", "bought"}


def test_bands_tags_and_stages_are_told(ring: Ring, clock: Clock) -> None:
    points = {"title": "活跃度", "rules": [{"event": "Paid", "add": 10}], "bands": [{"name": "low", "upto": 9}, {"name": "high"}]}
    in_force(ring, {"activity": points}, "scores")
    in_force(ring, {"buyer": {"title": "买家", "where": {"event": "Paid"}}}, "tags")
    in_force(ring, {"life": {"title": "生命周期", "stages": [{"name": "customer", "where": {"event": "Paid"}}]}}, "lifecycle")
    happened(ring, clock, "Paid")
    assert sorted(told(ring), key=lambda one: one[0]) == [
        ("$lifecycle_changed", {"from": None, "to": "customer"}),
        ("$score_band_changed", {"score": "activity", "from": "low", "to": "high", "direction": "up"}),
        ("$tag_gained", {"tag": "buyer", "value": "", "by": "rule"}),
    ]


def test_a_tag_given_by_hand_is_told_and_listed(ring: Ring, clock: Clock, stack: Stack) -> None:
    happened(ring, clock, "Viewed")
    assert ring.operator.call("POST", "/v1/people/user_id/u1/tags", {"add": ["friend"]}).status == 202
    ring.flow()
    assert told(ring) == [("$tag_gained", {"tag": "friend", "value": "", "by": "manual"})]
    assert [item["sk"]["S"] for item in stack.items("audiences") if item["pk"]["S"].startswith("tag#friend#")][:1]


@pytest.mark.parametrize("seed", range(3))
def test_deliveries_in_any_order_and_twice_tell_once(stack: Stack, clock: Clock, seed: int) -> None:
    ring = make_ring(stack, Faults(Random(seed), shuffle=True, redeliver=0.4, small=True), clock)
    in_force(ring, {"dress": DRESS, "buyers": BUYERS})
    for number in range(8):
        ring.send({**event("Viewed", number, {"key": "dress"}, user_id="u1"), "id": f"v{number}"})
        if number == 4:
            ring.send(event("Paid", 20, openid__wx1="o1"), event("Login", 30, user_id="u1", openid__wx1="o1"))
        ring.pump.step()
    ring.flow()
    entered = Counter(properties["segment"] for name, properties in told(ring) if name == "$segment_entered")
    assert entered["dress"] == 1
    assert entered["buyers"] == 1
    assert members(stack, "dress") == members(stack, "buyers") == 1


def test_dying_between_any_two_writes_loses_nothing_and_tells_nothing_twice(stack: Stack, clock: Clock) -> None:
    """The worker of the scoring lambda is killed before or after each of its writes; the batch comes again."""
    ring = make_ring(stack, clock=clock)
    in_force(ring, {"now": {"title": "刚买", "where": {"event": "Paid", "within": "1h"}}})
    handler = ring.pump._streams[1]
    real = handler.handler
    for number, after in [(number, after) for number in range(4) for after in (False, True)]:
        who = f"u{number}{int(after)}"
        armed = [True]

        def dying(batch: Any, context: Any, number: int = number, after: bool = after, armed: list[bool] = armed) -> Any:
            if armed and killed_at(number, lambda: real(batch, context), after=after):
                armed.clear()
                raise RuntimeError("killed")
            return real(batch, context)

        handler.handler = dying
        happened(ring, clock, "Paid", who=who)
        assert told(ring, who) == [("$segment_entered", {"segment": "now"})]
    assert members(stack, "now") == 8
    clock.pass_by(HOUR - 2 * MINUTE)
    for _ in range(40):
        clock.pass_by(10 * SECOND)
        ring.flow()
    assert members(stack, "now") == 0


def test_judging_twice_writes_once(ring: Ring, clock: Clock) -> None:
    in_force(ring, {"buyers": BUYERS})
    happened(ring, clock, "Paid")
    version = standing().version
    assert not judge_person(person().id, clock.now)
    assert writes_of(lambda: judge_person(person().id, clock.now)) == 0
    assert standing().version == version


def test_an_image_older_than_the_person_takes_nothing_back(ring: Ring, clock: Clock) -> None:
    in_force(ring, {"buyers": BUYERS})
    happened(ring, clock, "Viewed")
    before = person()
    happened(ring, clock, "Paid")
    assert standing().segments.keys() == {"buyers"}
    assert not judge_person(before.id, clock.now, image=before)
    assert standing().segments.keys() == {"buyers"}


def test_somebody_who_was_merged_away_is_judged_as_who_they_are_now(ring: Ring, clock: Clock) -> None:
    ring.send(event("Paid", 0, user_id="u1"), event("Paid", 1, openid__wx1="o1"))
    ring.flow()
    ids = {item.id for item in store.persons(two_ids()).values()}
    ring.send(event("Login", 2, user_id="u1", openid__wx1="o1"))
    ring.flow()
    in_force(ring, {"known": {"title": "登录过", "where": {"identifier": "user_id", "exists": True}}})
    (away,) = ids - {person().id}
    judge_person(away, clock.now)
    assert store.standing(away).version == 0
    assert standing().segments.keys() == {"known"}


def two_ids() -> list[str]:
    nodes = store.nodes(["user_id#u1", "openid:wx1#o1"])
    return [str(node.person) for node in nodes.values()]


def test_nobody_and_somebody_who_is_being_settled_are_not_judged(ring: Ring, clock: Clock) -> None:
    in_force(ring, {"buyers": BUYERS})
    assert not judge_person("p_nobody", NOW)
    happened(ring, clock, "Viewed")
    store.save_person(replace(person(), dirty=True))
    assert not judge_person(person().id, NOW)


def test_a_person_that_is_written_all_the_time_is_left_for_later(ring: Ring, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(ring, {"buyers": BUYERS})
    happened(ring, clock, "Paid")

    def losing(*_: Any) -> None:
        raise store.Stale

    monkeypatch.setattr(scoring, "_judge", losing)
    with pytest.raises(Busy):
        judge_person(person().id, clock.now)


def test_whoever_is_made_by_old_rules_after_everybody_was_brought_up_is_brought_up_alone(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"buyers": BUYERS})
    store.save_person(Person(id="p_late", cluster=Cluster(1, {"user_id": 1}), plan=0))
    ring.flow()
    queue = {"QueueUrl": stack.queue_url("passes"), "AttributeNames": ["ApproximateNumberOfMessagesDelayed"]}
    assert stack.client("sqs").get_queue_attributes(**queue)["Attributes"] == {"ApproximateNumberOfMessagesDelayed": "1"}


def test_a_person_who_is_busy_comes_again_and_the_others_are_done(ring: Ring, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(ring, {"buyers": BUYERS})
    busy = ["u1", "u1"]

    def judging(person_id: str, *arguments: Any, **named: Any) -> bool:
        if busy and person_id == person("u1").id:
            busy.pop()
            raise Busy("many write to it")
        return judge_person(person_id, *arguments, **named)

    monkeypatch.setattr(score, "judge_person", judging)
    ring.send(event("Paid", 0, user_id="u1"), event("Paid", 1, user_id="u2"))
    ring.flow()
    assert [name for who in ("u1", "u2") for name, _ in told(ring, who)] == ["$segment_entered"] * 2
    assert busy == []


def test_what_nobody_can_read_goes_to_the_dead_letters_and_the_rest_goes_on(ring: Ring, clock: Clock, stack: Stack) -> None:
    in_force(ring, {"buyers": BUYERS})
    table = stack.table("people")
    for kind in ("person", "standing"):
        item = {"pk": {"S": "P#p_broken"}, "sk": {"S": kind}, "ver": {"N": "1"}, "d": {"S": "no JSON"}, "v": {"N": "1"}}
        stack.client("dynamodb").put_item(TableName=table, Item=item)
    happened(ring, clock, "Paid")
    assert [name for name, _ in told(ring)] == ["$segment_entered"]
    letters = stack.messages("dead-letters")
    assert len(letters) == 2
    assert all('"function": "score"' in letter for letter in letters)


def test_a_message_that_nobody_understands_goes_to_the_dead_letters(ring: Ring, stack: Stack) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("rechecks"), MessageBody="hello")
    ring.flow()
    assert '"function": "recheck"' in stack.messages("dead-letters")[0]


def test_the_strongest_identifier_tells() -> None:
    keys = ["device_id#d", "mobile#13700001111", "openid:wx2#b", "openid:wx1#c"]
    assert teller(keys) == teller(reversed(keys)) == "openid:wx1#c"
