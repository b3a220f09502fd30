"""Two people turn out to be one while a step of theirs is on its way: what of it may still go."""

from collections.abc import Iterator
from typing import Any, Final
from unittest.mock import patch

import pytest

from chalicelib.journeys.engine.asked import messages_of
from chalicelib.journeys.engine.model import Enrolment, Run, Send, Why, Withdraw, message_of
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import latest, looking_back, parts
from chalicelib.journeys.runs.records import EnrolmentRecord
from chalicelib.journeys.runs.store import of_image
from chalicelib.journeys.steps import moving_on
from chalicelib.people import store as people
from chalicelib.people.records import MemberRecord
from tests.integration.journeys.world import HOUR, NOW, SECOND, WELCOME, Town

PHONE, MING = "anonymous_id#phone", "user_id#ming"
LATER: Final[dict[str, Any]] = {
    "entry": {"event": "SignedUp"},
    "exit": [{"event": "Bought"}],
    "start": "pick",
    "nodes": {
        "pick": {"wait": "1h", "next": "hello"},
        "hello": {"send": {"template": "hello"}, "next": "hold"},
        "hold": {"wait": "1d", "next": "done"},
        "done": {"exit": "told"},
    },
}
STAFF: Final[dict[str, Any]] = LATER | {
    "start": "tell",
    "nodes": LATER["nodes"] | {"tell": {"do": [{"notify": {"template": "staff", "to": [{"user_id": "anna"}]}}], "next": "pick"}},
}
CART: Final[dict[str, Any]] = {
    "entry": {"event": "CartFilled", "then_not": {"event": "Ordered", "within": "1h"}},
    "start": "hold",
    "nodes": {"hold": {"wait": "2h", "next": "done"}, "done": {"exit": "told"}},
}


@pytest.fixture
def town() -> Iterator[Town]:
    with Town(journeys={"welcome": WELCOME, "later": LATER, "staff": STAFF, "cart": CART}).open() as made:
        yield made


def both_sign_up(town: Town) -> None:
    town.happens(town.event("SignedUp", 0, anonymous_id="phone"), town.event("SignedUp", SECOND, user_id="ming"))


def become_one(town: Town, at: int) -> None:
    town.merges(town.event("LoggedIn", at, user_id="ming", anonymous_id="phone"))


def asked(town: Town, journey: str) -> list[tuple[Enrolment, Send]]:
    """The messages that writes have asked for so far."""
    name = EnrolmentRecord.Meta.table_name
    images = [of_image(item) for table, _, _, item in town.dynamo.changes if table == name and item]
    return [(one, each) for one in images if one.journey == journey for each in one.outbox if isinstance(each, Send)]


def wanted(asked_for: list[tuple[Enrolment, Send]]) -> list[str]:
    """Those that may go, by the identifier that entered."""
    found = latest.find([(one, each.run) for one, each in asked_for])
    ids = [message_of(each.run, each.node, each.visit) for _, each in asked_for]
    return [run.run.by for run, message in zip(found, ids, strict=True) if run is not None and run.wants(message)]


def test_of_a_message_that_both_have_asked_for_one_goes_however_late_the_other_is_told(town: Town) -> None:
    both_sign_up(town)
    on_their_way = asked(town, "welcome")
    assert sorted(wanted(on_their_way)) == [PHONE, MING]
    become_one(town, 2 * SECOND)
    assert wanted(on_their_way) == [PHONE]


def test_nothing_of_a_thread_goes_out_after_the_exit_of_the_one_that_goes_on_in_its_place(town: Town) -> None:
    both_sign_up(town)
    town.now = NOW + HOUR + 7 * SECOND
    moving_on.look_at(town.person(MING), "later", town.now)
    on_their_way = asked(town, "later")
    become_one(town, HOUR + 8 * SECOND)
    assert wanted(on_their_way) == [MING]
    town.happens(town.event("Bought", HOUR + 9 * SECOND, user_id="ming"))
    assert wanted(on_their_way) == []


def test_an_exit_calls_back_what_staff_was_to_be_told_of_a_thread_that_was_merged(town: Town) -> None:
    both_sign_up(town)
    become_one(town, 2 * SECOND)
    town.happens(town.event("Bought", 3 * SECOND, user_id="ming"))
    chart = book.current().chart("staff", 1)
    notices = {message for run in town.enrolment(MING, "staff").runs for message in messages_of(run, chart)}
    recalled = {message for one in town.effects() if isinstance(one, Withdraw) for message in one.messages}
    assert len(notices) == 2
    assert notices <= recalled


def test_what_happened_to_the_other_before_somebody_came_in_keeps_them_out(town: Town) -> None:
    town.happens(town.event("CartFilled", 0, user_id="ming"), town.event("Ordered", HOUR // 6, anonymous_id="phone"))
    town.now = NOW + HOUR + 7 * SECOND
    moving_on.look_at(town.person(MING), "cart", town.now)
    assert cart(town).node == "hold"
    become_one(town, 2 * HOUR)
    assert not cart(town).open


def cart(town: Town) -> Run:
    return town.run(MING, "cart")


def test_a_merge_looks_at_what_happened_lately_once(town: Town) -> None:
    both_sign_up(town)
    swallowed = town.merges_unseen(town.event("LoggedIn", 2 * SECOND, user_id="ming", anonymous_id="phone"))
    with patch.object(looking_back, "found", side_effect=looking_back.found) as looks:
        town.follows(swallowed)
    assert sorted(one.args[2].journey for one in looks.call_args_list) == ["later", "staff", "welcome"]
    assert [run.reason for run in town.enrolment(MING, "later").runs if not run.open] == [Why.MERGED]


def test_what_somebody_has_become_is_read_once_and_not_each_browser_of_theirs(town: Town) -> None:
    for number in range(5):
        town.linked(town.event("PageViewed", number, anonymous_id=f"c{number}"))
        town.merges(town.event("LoggedIn", 100 + number, user_id="ming", anonymous_id=f"c{number}"))
    person = people.roots([town.person(MING)])[town.person(MING)]
    with patch.object(MemberRecord, "query", side_effect=MemberRecord.query) as queries:
        assert len(parts.parts_of(person)) == 4
    assert queries.call_count == person.height == 1
