"""Rules that are published after the fact: what people have done counts, once the pass over everybody has gone by."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from types import ModuleType
from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.audiences import pass_work, planbook
from chalicelib.audiences.passes import START_MS
from chalicelib.entrypoints import merge as merging
from chalicelib.entrypoints import pass_people as passing
from chalicelib.entrypoints import score as scoring
from chalicelib.events.model import Event
from chalicelib.people import rebuild, recount, store
from chalicelib.people.model import Person
from infra.mappings import PASS_PEOPLE, SCORE
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.gateway import NOW, Gateway
from tests.support.pump import Faults
from tests.support.ring import Ring, event, make_ring

BUYERS: dict[str, Any] = {"title": "买家", "where": {"event": "OrderPaid", "count": {"gte": 2}}}
SEEN: dict[str, Any] = {"title": "来过", "where": {"event": "PageViewed"}}


class Shop:
    """A ring with its rules' lambdas, whose time stands still until somebody lets it pass."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch, faults: Faults | None = None) -> None:
        self.clock = Clock(NOW)
        self.clock.install(monkeypatch, merging, scoring, passing)
        self.ring: Ring = make_ring(stack, faults)
        self.ring.pump.clock = self.clock
        self.ring.pump.stream(SCORE, application.score)
        self.ring.pump.queue(PASS_PEOPLE, application.pass_people)
        self.operator = Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)

    def orders(self, person: str, count: int, first: int = 0) -> None:
        """So many orders of a person, a second after each other."""
        self.ring.send(*(event("OrderPaid", 1000 * number, user_id=person) for number in range(first, first + count)))

    def publish(self, kind: str, name: str, document: Any) -> None:
        """Puts a rule in force, as an operator does."""
        assert self.operator.call("PUT", f"/v1/{kind}/{name}", document).status == 200
        answer = self.operator.call("POST", f"/v1/{kind}/{name}/publish")
        assert answer.status == 200, answer.body
        self.ring.flow()

    def settle(self) -> None:
        """Lets the pass go by, and everything that follows from it."""
        self.clock.pass_by(START_MS)
        self.ring.flow()

    def backfill(self, kind: str, name: str) -> dict[str, Any]:
        """How far everybody is."""
        found: dict[str, Any] = self.operator.get(f"/v1/{kind}/{name}/backfill").json
        return found

    def person(self, name: str) -> Person:
        """The person as it is stored."""
        attached = str(store.nodes([f"user_id#{name}"])[f"user_id#{name}"].person)
        return store.roots([attached])[attached]

    def entered(self, person: str) -> list[tuple[str, bool]]:
        """The segments that a person has entered by its timeline, and whether that was the doing of a publication."""
        items = self.ring.ask("user_id", person, "/timeline?order=asc&limit=200").json["items"]
        found = [one["properties"] for one in items if one["name"] == "$segment_entered"]
        return [(one["segment"], one.get("initial", False)) for one in found]


@pytest.fixture
def shop(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Shop:
    planbook.forget()
    return Shop(stack, monkeypatch)


def test_what_people_did_before_a_segment_was_published_counts(shop: Shop) -> None:
    for person, count in (("u1", 1), ("u2", 2), ("u3", 3)):
        shop.orders(person, count)
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    assert shop.backfill("segments", "buyers")["state"] == "waiting"
    assert shop.entered("u2") == []
    shop.settle()
    done = shop.backfill("segments", "buyers")
    assert (done["state"], done["share"], done["people_seen"], done["people_recounted"]) == ("done", 1.0, 3, 3)
    assert [shop.entered(person) for person in ("u1", "u2", "u3")] == [[], [("buyers", True)], [("buyers", True)]]


def test_what_people_do_after_the_backfill_is_no_longer_called_initial(shop: Shop) -> None:
    shop.orders("u1", 1)
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.settle()
    shop.orders("u1", 1, first=1)
    shop.ring.flow()
    assert shop.entered("u1") == [("buyers", False)]


def test_who_has_done_nothing_that_a_new_rule_looks_at_is_not_counted_anew(shop: Shop) -> None:
    shop.orders("u1", 3)
    shop.ring.send(event("PageViewed", 0, user_id="u2"))
    shop.ring.flow()
    shop.publish("segments", "seen", SEEN)
    shop.settle()
    done = shop.backfill("segments", "seen")
    assert (done["people_seen"], done["people_recounted"]) == (2, 1)
    assert (shop.entered("u1"), shop.entered("u2")) == ([], [("seen", True)])


def test_a_second_rule_on_the_same_events_counts_nobody_anew_and_is_judged_all_the_same(shop: Shop) -> None:
    shop.orders("u1", 3)
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.settle()
    shop.publish("segments", "regulars", {**BUYERS, "where": {"event": "OrderPaid", "count": {"gte": 3}}})
    shop.settle()
    done = shop.backfill("segments", "regulars")
    assert (done["plan"], done["state"], done["people_recounted"]) == (2, "done", 0)
    assert shop.entered("u1") == [("buyers", True), ("regulars", True)]


def test_two_publications_one_after_the_other_need_one_pass(shop: Shop) -> None:
    shop.orders("u1", 3)
    shop.ring.send(event("PageViewed", 0, user_id="u1"))
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.publish("segments", "seen", SEEN)
    shop.settle()
    assert sorted(shop.entered("u1")) == [("buyers", True), ("seen", True)]
    assert shop.backfill("segments", "buyers")["state"] == "done"


def test_somebody_new_while_the_pass_waits_is_found_though_the_lambda_held_the_older_plan(shop: Shop) -> None:
    older = planbook.current_plan()
    shop.publish("segments", "buyers", BUYERS)
    planbook._plans[:] = [planbook._Kept(older, float("inf"))]
    shop.orders("u1", 2)
    shop.ring.flow()
    planbook.forget()
    shop.settle()
    assert shop.entered("u1") == [("buyers", True)]


def test_two_people_who_become_one_on_both_sides_of_the_pass_are_brought_up_together(shop: Shop) -> None:
    shop.orders("u1", 1)
    shop.ring.send(event("OrderPaid", 5000, mobile="13900010001"))
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.clock.pass_by(START_MS)
    pass_work.treated(shop.person("u1").id, planbook.current_plan(), shop.clock.now)  # one of the two, and then they log in
    shop.ring.send(event("Login", 9000, user_id="u1", mobile="13900010001"))
    shop.ring.flow()
    shop.settle()
    assert shop.entered("u1") == [("buyers", True)]


THREE: dict[str, Any] = {"where": {"event": "OrderPaid", "count": {"eq": 3}}}


@pytest.mark.parametrize(("module", "merged"), [(recount, False), (recount, True), (rebuild, False)])
def test_an_order_that_comes_in_while_a_history_is_read_counts_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, module: ModuleType, merged: bool
) -> None:
    shop.orders("u1", 2)
    shop.ring.flow()
    shop.publish("segments", "three", THREE)
    read, came = module.all_events, list[bool]()

    def interrupted(key: str) -> Iterator[list[Event]]:
        pages = list(read(key))
        if not came:
            came.append(True)
            shop.orders("u1", 1, first=2)
            if merged:
                shop.ring.pump.step()  # its stream record is delivered in the middle, too
        return iter(pages)

    monkeypatch.setattr(module, "all_events", interrupted)
    shop.settle()
    assert came
    assert [name for name, _ in shop.entered("u1")] == ["three"]


def test_what_rules_derived_before_somebody_asked_for_it_counts(shop: Shop) -> None:
    shop.orders("u1", 2)
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.settle()
    shop.publish("segments", "greeted", {"where": {"event": "$segment_entered", "where": {"segment": "buyers"}}})
    shop.settle()
    assert shop.entered("u1") == [("buyers", True), ("greeted", True)]


def test_what_a_worker_with_the_older_rules_left_behind_the_pass_is_caught_up(shop: Shop) -> None:
    shop.orders("u1", 2)
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.settle()
    shop.publish("segments", "regulars", BUYERS)
    shop.settle()
    person = shop.person("u1")
    store.save_person(replace(person, plan=1))  # as a settle does that began before the publication
    shop.ring.flow()
    assert shop.person("u1").plan == 2


def test_a_rule_that_is_archived_lets_everybody_go(shop: Shop) -> None:
    shop.orders("u1", 2)
    shop.ring.flow()
    shop.publish("segments", "buyers", BUYERS)
    shop.settle()
    assert set(store.standing(shop.person("u1").id).segments) == {"buyers"}
    assert shop.operator.call("POST", "/v1/segments/buyers/archive").status == 200
    shop.ring.flow()
    shop.settle()
    assert shop.backfill("segments", "buyers")["state"] == "done"
    assert not store.standing(shop.person("u1").id).segments


def test_the_backfill_of_a_draft_is_not_found(shop: Shop) -> None:
    shop.operator.call("PUT", "/v1/segments/buyers", BUYERS)
    assert shop.operator.get("/v1/segments/buyers/backfill").status == 404
    assert shop.operator.get("/v1/segments/unknown/backfill").status == 404


@pytest.mark.parametrize("seed", range(3))
def test_on_bad_days_everybody_is_brought_up_all_the_same(stack: Stack, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    planbook.forget()
    shop = Shop(stack, monkeypatch, Faults(Random(seed), shuffle=True, redeliver=0.3, small=True))
    for number in range(6):
        shop.orders(f"u{number}", number)
    shop.publish("segments", "buyers", BUYERS)
    for number in range(6):
        shop.orders(f"u{number}", 1, first=number)
    shop.settle()
    shop.settle()
    assert {number for number in range(6) if shop.entered(f"u{number}")} == {1, 2, 3, 4, 5}
    assert all(len(shop.entered(f"u{number}")) <= 1 for number in range(6))
