"""Journeys over HTTP, for who runs them: what is answered, what is refused with which code, and letting somebody in."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.definitions import store as definitions
from chalicelib.journeys import operating
from chalicelib.journeys.definition.documents import KIND
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import store
from chalicelib.journeys.walks import walk_store, walking
from chalicelib.journeys.walks.walks import What
from tests.integration.journeys.world import NOW, Town
from tests.support.aws import forget_caches, memory_stack
from tests.support.crashes import killed_at
from tests.support.gateway import Gateway
from tests.support.journey_documents import DONE, Json, journey
from tests.support.rules import put_in_force

HOLD: Final[Json] = {"hold": {"wait": "2h", "next": "done"}, "done": DONE}
OPEN: Final = journey(HOLD, entry={"api": True})
MING: Final = {"person": {"user_id": "ming"}}
LARGE: Final = {"data": {"text": "x" * 16_000}}


@pytest.fixture
def operator() -> Iterator[Gateway]:
    """Somebody with a key, and Ming, whom an event has shown."""
    with memory_stack(only=["definitions", "keys", "people", "events", "runs", "timers", "tallies"]) as stack:
        for queue in ("passes", "journey-work", "journey-dues"):
            stack.client("sqs").create_queue(QueueName=stack.table(queue))
        town = Town()
        town.linked(town.event("SignedUp", 0, None, user_id="ming"))
        put_in_force(KIND, "gift", OPEN)
        forget_caches()
        yield Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)


def ask(operator: Gateway, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = operator.call(method, f"/v1/journeys/{path}", body)
    assert answer.status == status, answer.json
    return answer.json


def enters(operator: Gateway, body: Any, status: int = 202, name: str = "gift") -> Any:
    return ask(operator, "POST", f"{name}/entries", body, status)


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in answer["errors"]]


def runs() -> tuple[Run, ...]:
    (person,) = store.everybody("gift")
    found = store.find(person, "gift")
    return found.runs if found else ()


def test_the_status_tells_who_changed_it_when(operator: Gateway) -> None:
    before = ask(operator, "GET", "gift/status")
    assert (before["state"], before["version"], before["versions"], before["walks"]) == ("running", 1, [1], [])
    assert before["changed_by"] == "test", "who published it"
    after = ask(operator, "POST", "gift/pause")
    assert (after["state"], bool(after["changed_by"])) == ("paused", True)
    assert after["changed_at"] == "2026-11-21T22:26:40.000Z"
    assert ask(operator, "POST", "gift/pause") == after  # twice is once


def test_going_on_has_everybody_looked_at(operator: Gateway) -> None:
    ask(operator, "POST", "gift/pause")
    (walk,) = ask(operator, "POST", "gift/resume")["walks"]
    assert (walk["what"], walk["at"], walk["share"], walk["finished_at"]) == ("wake", "2026-11-21T22:26:40.000Z", 0.0, None)


def test_going_on_without_entries_is_draining(operator: Gateway) -> None:
    ask(operator, "POST", "gift/pause")
    assert ask(operator, "POST", "gift/resume", {"entries": False})["state"] == "draining"
    assert enters(operator, MING)["reason"] == "not_running"


@pytest.mark.usefixtures("operator")
def test_whoever_dies_while_it_goes_on_everybody_is_looked_at() -> None:
    deaths = 0
    for number in range(6):
        now = NOW + 1_000 * number
        book.put_state("gift", JourneyState.PAUSED, now, "test")
        deaths += killed_at(number, lambda now=now: operating.resume("gift", JourneyState.RUNNING, "key", now), after=True)  # type: ignore[misc]
        if book.newest().pages["gift"].state is JourneyState.RUNNING:
            walking.revive("gift", now)
            newest = walk_store.newest("gift", 1)[0]
            assert (newest.what, newest.at, bool(newest.sent_at)) == (What.WAKE, now, True)
    assert deaths == 3  # behind the walk, the state, and that the walk was sent


def test_a_stopped_journey_cannot_be_paused(operator: Gateway) -> None:
    assert ask(operator, "POST", "gift/stop", {"inside": "exit"})["walks"][0]["what"] == "end"
    assert ask(operator, "POST", "gift/pause", status=409)["code"] == "journey_stopped"


def test_stopping_says_what_becomes_of_those_inside(operator: Gateway) -> None:
    assert ask(operator, "POST", "gift/stop", {"inside": "somehow"}, status=422)["code"] == "document_invalid"


def test_an_archived_journey_cannot_be_resumed(operator: Gateway) -> None:
    definitions.archive(KIND, "gift", by="tidier", at=NOW)
    status = ask(operator, "GET", "gift/status")
    assert (status["version"], status["changed_by"], status["reason"]) == (None, "tidier", "archived")
    ask(operator, "POST", "gift/resume", status=409)
    assert What.WAKE not in [walk.what for walk in walk_store.newest("gift", 9)]
    assert ask(operator, "POST", "gift/move", {"from": 1}, status=409)["code"] == "journey_stopped"


def test_no_step_of_a_paused_journey_is_tried_again(operator: Gateway) -> None:
    ask(operator, "POST", "gift/pause")
    assert ask(operator, "POST", "gift/retry", status=409)["code"] == "journey_held"


@pytest.mark.parametrize(("held", "body"), [("pause", None), ("stop", {"inside": "exit"})])
def test_nobody_of_a_journey_that_is_held_is_moved(operator: Gateway, held: str, body: Any) -> None:
    put_in_force(KIND, "gift", OPEN | {"title": "2"})
    ask(operator, "POST", f"gift/{held}", body)
    assert ask(operator, "POST", "gift/move", {"from": 1}, status=409)["code"] == "journey_held"


def test_no_step_is_tried_again_at_a_node_that_there_is_not(operator: Gateway) -> None:
    assert faults(ask(operator, "POST", "gift/retry", {"node": "nowhere"}, status=422)) == [("node", "node_unknown")]


def test_two_wishes_of_one_moment_are_two_walks(operator: Gateway) -> None:
    ask(operator, "POST", "gift/retry", {"node": "hold"})
    found = ask(operator, "POST", "gift/retry", {"node": "done"})
    assert {walk["arguments"]["node"] for walk in found["walks"]} == {"hold", "done"}


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"from": 9}, "from", "version_unknown"),
        ({"from": 2}, "from", "version_unknown"),
        ({"from": 1, "nodes": {"nowhere": "hold"}}, "nodes/nowhere", "node_unknown"),
        ({"from": 1, "nodes": {"hold": "nowhere"}}, "nodes/hold", "node_unknown"),
    ],
)
def test_nobody_is_moved_to_what_there_is_not(operator: Gateway, body: Any, place: str, code: str) -> None:
    put_in_force(KIND, "gift", OPEN | {"title": "2"})
    assert faults(ask(operator, "POST", "gift/move", body, status=422)) == [(place, code)]


def test_nobody_is_moved_to_where_something_is_asked_that_they_did_not_bring_along(operator: Gateway) -> None:
    put_in_force(KIND, "gift", OPEN | {"exit": [{"event": "Paid", "match": {"id": "entry.properties.order_id"}}]})
    answer = ask(operator, "POST", "gift/move", {"from": 1}, status=422)
    assert faults(answer) == [("from", "entry_not_kept")]
    assert answer["errors"][0]["detail"].endswith("order_id")


def test_nothing_is_told_of_a_journey_that_there_is_not(operator: Gateway) -> None:
    for method, path, body in (
        ("GET", "status", None),
        ("POST", "pause", None),
        ("POST", "resume", None),
        ("POST", "retry", None),
        ("POST", "stop", {"inside": "exit"}),
        ("POST", "move", {"from": 1}),
        ("POST", "entries", MING),
    ):
        assert ask(operator, method, f"nothing/{path}", body, status=404)["code"] == "not_found"


def test_somebody_is_let_in_with_what_the_caller_tells(operator: Gateway) -> None:
    cancelled = {"event": "CourseCancelled", "match": {"course": "entry.properties.course"}}
    put_in_force(KIND, "gift", OPEN | {"exit": [cancelled]})
    made = enters(operator, MING | {"data": {"course": "88", "note": "nothing asks for it"}})
    (run,) = runs()
    assert (made["entered"], made["reason"], made["run"]) == (True, None, run.id)
    assert run.entry == {"name": "api", "time": "2026-11-21T22:26:40.000Z", "properties": {"course": "88"}}
    assert (run.by, run.node) == ("user_id#ming", "hold")


def test_the_same_idempotency_key_is_the_same_entry(operator: Gateway) -> None:
    body = MING | {"idempotency_key": "k1"}
    assert enters(operator, body) == enters(operator, body)
    assert len(runs()) == 1


@pytest.mark.parametrize("other", [{"key": "j"}, {"data": {"course": "89"}}, {"key": "j", "data": {}}])
def test_the_same_idempotency_key_for_something_else_is_refused(operator: Gateway, other: Json) -> None:
    put_in_force(KIND, "gift", OPEN | {"entry": {"api": True, "key": "key"}})
    body = MING | {"key": "i", "data": {"course": "88", "city": "北京"}, "idempotency_key": "k1"}
    made = enters(operator, body)
    assert enters(operator, body | {"data": {"city": "北京", "course": "88"}}) == made, "the order of names means nothing"
    assert enters(operator, body | other, 409)["code"] == "idempotency_conflict"
    assert len(runs()) == 1


def test_what_all_runs_of_somebody_know_together_has_an_end(operator: Gateway) -> None:
    told = {"event": "Told", "match": {"text": "entry.properties.text"}}
    put_in_force(KIND, "gift", journey(HOLD, entry={"api": True, "key": "key"}, exit=[told]))
    answers = [enters(operator, MING | LARGE | {"key": str(number), "idempotency_key": str(number)}) for number in range(14)]
    assert [one["reason"] for one in answers] == [None] * 12 + ["too_large"] * 2


def test_what_nothing_in_the_journey_asks_for_takes_no_room(operator: Gateway) -> None:
    put_in_force(KIND, "gift", journey(HOLD, entry={"api": True, "key": "key"}))
    answers = [enters(operator, MING | LARGE | {"key": str(number), "idempotency_key": str(number)}) for number in range(14)]
    assert {one["reason"] for one in answers} == {None}


def test_who_is_inside_is_not_let_in_again(operator: Gateway) -> None:
    enters(operator, MING | {"idempotency_key": "k1"})
    again = enters(operator, MING | {"idempotency_key": "k2"})
    assert (again["entered"], again["reason"]) == (False, "inside")


def test_runs_with_keys_of_their_own_go_side_by_side(operator: Gateway) -> None:
    put_in_force(KIND, "gift", journey(HOLD, entry={"api": True, "key": "key"}))
    assert enters(operator, MING)["reason"] == "key_missing"
    for key in ("a", "b"):
        assert enters(operator, MING | {"key": key, "idempotency_key": key})["entered"]
    assert {run.key for run in runs()} == {"a", "b"}


def test_a_journey_that_is_full_lets_nobody_in(operator: Gateway) -> None:
    put_in_force(KIND, "gift", journey(HOLD, entry={"api": True, "cap": {"entries": 1}, "re_entry": {"policy": "always"}}))
    assert enters(operator, MING | {"idempotency_key": "k1"})["entered"]
    assert enters(operator, MING | {"idempotency_key": "k2"})["reason"] == "cap_reached"
    assert enters(operator, MING | {"idempotency_key": "k1"})["entered"]  # asked again, it has its place


def test_a_paused_journey_lets_nobody_in(operator: Gateway) -> None:
    ask(operator, "POST", "gift/pause")
    assert (enters(operator, MING)["entered"], enters(operator, MING)["reason"]) == (False, "not_running")


def test_nobody_is_let_in_where_something_else_opens_the_door(operator: Gateway) -> None:
    put_in_force(KIND, "gift", journey(HOLD))
    assert enters(operator, MING, 409)["code"] == "journey_closed"


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"person": {"user_id": "nobody"}}, "person", "person_unknown"),
        (MING | {"key": "a"}, "key", "key_unexpected"),
        (MING | {"data": {"text": "x" * 17_000}}, "data", "data_too_large"),
        (MING | {"more": 1}, "more", "extra_forbidden"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_place(operator: Gateway, body: Any, place: str, code: str) -> None:
    assert faults(enters(operator, body, 422)) == [(place, code)]
