"""What people keep, what has to be counted for a preview, and what other rules find: a preview is exact with all of them."""

import pytest
from pydantic import TypeAdapter

from chalicelib.audiences import planbook, preview
from chalicelib.audiences.conditions import Condition
from chalicelib.audiences.preview import Progress
from tests.support.aws import Stack, forget_caches
from tests.support.gateway import NOW
from tests.support.population import expected, populate, previewed
from tests.support.ring import MINUTE, event, make_ring


@pytest.mark.parametrize("seed", range(2))
def test_signals_that_people_keep_and_those_counted_from_events_give_the_same(stack: Stack, seed: int) -> None:
    """Half of the population comes before the segment is published, and is not brought up to it."""
    ring = make_ring(stack)
    populate(ring, seed)
    before = {document["event"]: expected(document) for document in ({"event": "MenuClicked"}, {"event": "OrderPaid"})}
    assert ring.operator.call("PUT", "/v1/segments/buyers", {"where": {"event": "OrderPaid"}}).status == 200
    assert ring.operator.call("POST", "/v1/segments/buyers/publish").status == 200
    ring.send(*(event("OrderPaid", MINUTE, user_id=f"new{place}") for place in range(5)))
    ring.flow()
    assert previewed({"event": "MenuClicked"})[0] == before["MenuClicked"]
    found, _, _ = previewed({"event": "OrderPaid"})
    assert found == expected({"event": "OrderPaid"})
    assert len(found) == len(before["OrderPaid"]) + 5


def test_a_preview_reads_no_events_of_people_who_keep_the_signals(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = make_ring(stack)
    ring.operator.call("PUT", "/v1/segments/buyers", {"where": {"event": "OrderPaid"}})
    ring.operator.call("POST", "/v1/segments/buyers/publish")
    ring.send(event("OrderPaid", MINUTE, user_id="u1"), event("Opened", MINUTE, user_id="u2"))
    ring.flow()
    monkeypatch.setattr(preview, "all_events", lambda _: pytest.fail("no event has to be read"))
    assert previewed({"event": "OrderPaid"})[1].count == 1


def test_a_condition_may_refer_to_what_is_published(stack: Stack) -> None:
    ring = make_ring(stack)
    score: dict[str, object] = {"rules": [{"event": "OrderPaid", "add": 10}], "bands": [{"name": "low", "upto": 10}, {"name": "high"}]}
    for path, rule in (("scores/worth", score), ("segments/buyers", {"where": {"event": "OrderPaid"}})):
        assert ring.operator.call("PUT", f"/v1/{path}", rule).status == 200
        assert ring.operator.call("POST", f"/v1/{path}/publish").status == 200
    for person, orders in (("u1", 2), ("u2", 1), ("u3", 0)):
        paid = (event("OrderPaid", MINUTE + place, user_id=person) for place in range(orders))
        ring.send(event("Opened", MINUTE, user_id=person), *paid)
    ring.flow()
    for document, whom in (
        ({"segment": "buyers"}, ["u1", "u2"]),
        ({"score": "worth", "gt": 10}, ["u1"]),
        ({"score": "worth", "band": "low"}, ["u2", "u3"]),
        ({"all": [{"segment": "buyers"}, {"not": {"score": "worth", "band": "high"}}]}, ["u2"]),
    ):
        assert previewed(document)[0] == {ring.person("user_id", one)["person_id"] for one in whom}


def test_somebody_who_keeps_the_signals_of_a_newer_plan_is_counted_from_events(stack: Stack) -> None:
    """The rules at hand may be twenty seconds old: what they kept may have been dropped by then."""
    ring = make_ring(stack)
    ring.publish("segments", "buyers", {"where": {"event": "OrderPaid"}})
    old = planbook.current_rules(planbook.newest().version)
    ring.send(event("OrderPaid", MINUTE, user_id="u1"))
    ring.flow()
    assert ring.operator.call("POST", "/v1/segments/buyers/archive").status == 200
    forget_caches()
    ring.send(event("OrderPaid", 2 * MINUTE, user_id="u2"))
    ring.flow()
    asked = preview.question(TypeAdapter(Condition).validate_python({"event": "OrderPaid"}), old, 1)
    assert preview.ask(asked, Progress(), 10, NOW, lambda: 0).progress.count == 2
