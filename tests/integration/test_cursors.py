"""A cursor leads on in the list that gave it, and nowhere else: a list that quietly began elsewhere would seem to be at its end."""

from itertools import permutations

import pytest

from tests.support.aws import Stack, forget_caches
from tests.support.ring import Ring, address, event, make_ring

LISTS = (
    *(address("user_id", "u1") + "/timeline", "/v1/rejections", "/v1/keys", "/v1/sources", "/v1/identity-rules"),
    *("/v1/segments", "/v1/segments/viewers/people"),
)
RULES = {"namespaces": {"user_id": {"priority": 90}}}


@pytest.fixture
def ring(stack: Stack) -> Ring:
    """At least two of everything that can be listed."""
    ring = make_ring(stack)
    for name in ("viewers", "others"):
        ring.publish("segments", name, {"where": {"event": "Viewed"}})
    forget_caches()
    ring.send(event("Viewed", 1, user_id="u2"), event("Viewed", 1, user_id="u3"))
    ring.send(event("Viewed", 1, user_id="u1"), event("Viewed", 2, user_id="u1"), {"name": "nobody"}, {"name": "nobody either"})
    ring.flow()
    for name in ("default", "stricter"):
        assert ring.operator.call("PUT", f"/v1/identity-rules/{name}", RULES).status == 200
    return ring


def test_a_cursor_of_another_list_is_refused(ring: Ring) -> None:
    cursors = {one: ring.operator.get(f"{one}?limit=1").json["next"] for one in LISTS}
    for one, other in permutations(LISTS, 2):
        reply = ring.operator.get(f"{one}?cursor={cursors[other]}")
        assert (reply.status, reply.json["code"]) == (400, "request_invalid"), f"{one} took a cursor of {other}"


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_leads_on_in_its_own_list(ring: Ring, path: str) -> None:
    whole = ring.operator.get(path).json["items"]
    first = ring.operator.get(f"{path}?limit=1").json
    rest = ring.operator.get(f"{path}?cursor={first['next']}").json
    assert first["items"] + rest["items"] == whole
