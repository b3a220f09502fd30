"""Tags by hand beside tags by rule, and the names that nobody but Huiliu may use."""

from typing import Any

import pytest

from chalicelib.events.reserved import Derived
from tests.support import sdk_wire
from tests.support.aws import Stack
from tests.support.gateway import Reply
from tests.support.ring import Ring, address, event, make_ring

TAGS = address("user_id", "u1") + "/tags"


@pytest.fixture
def ring(stack: Stack) -> Ring:
    """One person, u1, who has opened something."""
    ring = make_ring(stack)
    ring.send(event("Opened", 1, user_id="u1", device_id="d1"))
    ring.flow()
    return ring


def tag(ring: Ring, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Reply:
    reply = ring.operator.call("POST", TAGS, {"add": list(add), "remove": list(remove)})
    ring.operator.now += 1_000
    return reply


def refusals(ring: Ring) -> list[str]:
    return [one["code"] for one in ring.operator.get("/v1/rejections").json["items"]]


def test_a_tag_is_an_event_of_its_own_and_answered_before_it_takes_effect(ring: Ring) -> None:
    reply = tag(ring, add=("大客户",))
    assert (reply.status, reply.json["add"], reply.json["remove"]) == (202, ["大客户"], [])
    assert reply.json["person_id"] == ring.person("user_id", "u1")["person_id"]


def test_tagging_is_no_activity_and_shows_as_what_follows_from_it(ring: Ring) -> None:
    before = ring.person("user_id", "u1")
    tag(ring, add=("vip",))
    ring.flow()
    after = ring.person("user_id", "u1")
    assert (after["events"], after["last_seen"]) == (before["events"], before["last_seen"])
    assert ring.names("user_id", "u1") == ["Opened", "$tag_gained"]
    assert ring.names("user_id", "u1", "&profile=true") == ["Opened", "$tags_set", "$tag_gained"]


def test_a_tag_shows_among_the_tags_and_never_among_the_attributes(ring: Ring) -> None:
    tag(ring, add=("vip",))
    ring.flow()
    person = ring.person("device_id", "d1")
    assert person["attributes"] == {}
    assert [(one["name"], one["by"]) for one in person["tags"]] == [("vip", "manual")]


def test_a_tag_that_was_taken_away_is_gone(ring: Ring) -> None:
    tag(ring, add=("vip", "大客户"))
    tag(ring, remove=("vip",))
    ring.flow()
    assert [one["name"] for one in ring.person("user_id", "u1")["tags"]] == ["大客户"]


def test_space_around_a_tag_is_not_part_of_it(ring: Ring) -> None:
    assert tag(ring, add=("  vip ",)).json["add"] == ["vip"]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ({"add": ["长" * 64]}, True),
        ({"add": ["长" * 65]}, False),
        ({"add": [""]}, False),
        ({"add": ["  "]}, False),
        ({"add": ["a\tb"]}, False),
        ({"add": [f"t{place}" for place in range(25)], "remove": [f"r{place}" for place in range(25)]}, True),
        ({"add": [f"t{place}" for place in range(26)], "remove": [f"r{place}" for place in range(25)]}, False),
        ({}, False),
        ({"add": ["vip"], "remove": [" vip"]}, False),
        ({"add": ["vip"], "take": []}, False),
        ({"add": "vip"}, False),
    ],
)
def test_a_call_names_one_to_fifty_tags_of_one_to_sixty_four_characters(ring: Ring, body: dict[str, Any], accepted: bool) -> None:
    reply = ring.operator.call("POST", TAGS, body)
    assert (reply.status, accepted) in [(202, True), (422, False)]


def test_nobody_is_tagged_by_an_identifier_that_nobody_has(ring: Ring) -> None:
    assert ring.operator.call("POST", address("user_id", "u2") + "/tags", {"add": ["vip"]}).status == 404


def test_a_write_key_cannot_tag(ring: Ring) -> None:
    assert ring.shop.call("POST", TAGS, {"add": ["vip"]}).status == 403


@pytest.mark.parametrize("name", [*Derived])
def test_a_client_cannot_say_what_only_rules_find_out(ring: Ring, name: str) -> None:
    (refused,) = ring.send(event(name, 2, user_id="u1")).json["rejected"]
    assert refused["code"] == "name_reserved"


@pytest.mark.parametrize("operation", [{"set": {"$tag:vip": True}}, {"set_once": {"$tag:": 1}}, {"unset": ["$tag:vip"]}])
def test_a_client_cannot_tag_through_attributes(ring: Ring, operation: dict[str, Any]) -> None:
    reply = ring.send(event("Opened", 2, user_id="u1") | {"attributes": operation})
    assert [one["code"] for one in reply.json["rejected"]] == ["name_reserved"]


def test_the_names_are_kept_from_the_clients_of_other_wire_formats_too(ring: Ring) -> None:
    traits = {"type": "identify", "userId": "u1", "traits": {"$tag:vip": True}}
    track = {"type": "track", "userId": "u1", "event": Derived.SEGMENT_ENTERED, "properties": {"segment": "vip"}}
    assert ring.shop.call("POST", "/v1/batch", {"batch": [traits, track]}).status == 200
    token = {"authorization": ""}
    for record in (
        sdk_wire.python_record(event=Derived.TAG_GAINED.value),
        sdk_wire.python_record(type="profile_set", event=None, properties={"$tag:vip": True}),
    ):
        wire = sdk_wire.python_default(record, f"/sa?token={ring.shop.key}")
        assert ring.shop.call(wire.method, wire.path, wire.body, {**wire.headers, **token}).status == 200
    assert refusals(ring) == ["name_reserved"] * 4


def test_a_name_that_only_begins_like_a_reserved_one_is_free(ring: Ring) -> None:
    attributes = {"set": {"$tags": "a", "tag:vip": "b"}}
    assert ring.send(event("$segment_entered_again", 2, user_id="u1") | {"attributes": attributes}).json["rejected"] == []
