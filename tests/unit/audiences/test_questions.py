"""Questions that are asked of a person now and then: they place nobody, and what they need is kept as for any rule."""

import pytest
from pydantic import ValidationError

from chalicelib.audiences.documents import MAX_QUESTIONS, document_of
from chalicelib.audiences.facts import Explanation
from chalicelib.audiences.findings import Pending
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.plans import MAX_DEFINITIONS
from chalicelib.audiences.rules import Rules, compile_rules
from chalicelib.errors import DocumentInvalid, NotFound
from tests.unit.audiences.world import DAY, DRESS, NOW, clicks, facts_of, judged, plan_of, published, rules_of, scans

SCANNED = {"event": "Scan", "count": {"gte": 3}, "within": "1d"}
ASKS = published("questions", "care@1", questions={"nodes/a/branch/0/where": SCANNED, "nodes/a/branch/1/where": {"segment": "dress"}})


def asked(rules: Rules, place: str, *, scanned: int = 0, clicked: int = 0, at: int | None = None) -> Explanation:
    """What a question comes to for somebody who scanned and clicked so often."""
    version = rules.plan.version if at is None else at
    facts = facts_of(rules.plan, [*scans(scanned, NOW - DAY // 2), *clicks(*range(NOW - clicked, NOW))])
    return rules.asked("care@1", place, facts, rules.results(facts, NOW, version), NOW, version)


@pytest.mark.parametrize(("scanned", "holds"), [(2, False), (3, True)])
def test_a_question_is_answered_with_the_numbers_that_decided(scanned: int, holds: bool) -> None:
    answer = asked(rules_of(ASKS, DRESS), "nodes/a/branch/0/where", scanned=scanned)
    assert (answer.holds, answer.found["count"], answer.what) == (holds, scanned, SCANNED)


@pytest.mark.parametrize(("clicked", "holds"), [(5, False), (6, True)])
def test_a_question_may_ask_what_other_rules_find(clicked: int, holds: bool) -> None:
    assert asked(rules_of(ASKS, DRESS), "nodes/a/branch/1/where", clicked=clicked).holds is holds


def test_nobody_is_placed_by_questions() -> None:
    with_them, without = rules_of(ASKS, DRESS), rules_of(DRESS)
    looks = {"a": {"last_seen": {"before": "7d"}}, "b": {"attribute": "$first_touch.url", "eq": "x"}}
    seen = published("questions", "seen@1", questions=looks)
    events = [*scans(5, NOW - 5), *clicks(*range(NOW - 6, NOW))]
    assert judged(with_them, events) == judged(without, events)
    assert rules_of(seen).windows == rules_of().windows
    assert rules_of(seen).touches == frozenset()
    with pytest.raises(NotFound):
        with_them.explain("questions", "care@1", facts_of(with_them.plan), NOW, 1)


def test_a_question_that_is_still_counted_is_pending_for_that_person_only() -> None:
    first = plan_of(DRESS)
    rules = compile_rules(plan_of(DRESS, ASKS, before=first))
    with pytest.raises(Pending):
        asked(rules, "nodes/a/branch/0/where", at=1)
    assert asked(rules, "nodes/a/branch/0/where", scanned=3, at=2).holds


def test_a_question_waits_for_what_it_asks_for() -> None:
    first = plan_of(published("segments", "other", where={"event": "Scan"}))
    asks = published("questions", "care@1", questions={"q": {"segment": "dress"}})
    rules = compile_rules(plan_of(*first.definitions, DRESS, asks, before=first))
    with pytest.raises(Pending):
        asked(rules, "q", at=1)
    assert not rules.applies(RuleKind.SEGMENTS, "dress", at=1)
    assert rules.applies(RuleKind.SEGMENTS, "dress", at=2)
    assert not rules.applies(RuleKind.SEGMENTS, "gone", at=2)


@pytest.mark.parametrize("place", ["nodes/b/branch/0/where", ""])
def test_what_is_not_asked_has_no_answer(place: str) -> None:
    with pytest.raises(Pending):
        asked(rules_of(ASKS, DRESS), place)


def test_rules_that_are_too_old_do_not_know_the_question() -> None:
    with pytest.raises(Pending):
        asked(rules_of(DRESS), "nodes/a/branch/0/where")


def test_a_question_about_what_is_not_in_force_is_refused_at_its_place() -> None:
    asks = published("questions", "care@1", questions={"exit/0": {"segment": "none"}})
    with pytest.raises(DocumentInvalid) as error:
        compile_rules(plan_of(asks), about=("questions", "care@1"))
    assert [(one.path, one.code) for one in error.value.faults] == [("exit/0/segment", "reference_unknown")]


def test_an_event_of_a_rule_that_is_looked_out_for_keeps_the_rule() -> None:
    asks = published("questions", "care@1", events={"exit/0": {"event": "$segment_entered", "where": {"segment": "none"}}})
    with pytest.raises(DocumentInvalid) as error:
        compile_rules(plan_of(asks), about=("questions", "care@1"))
    assert [one.path for one in error.value.faults] == ["exit/0/where/segment"]


def test_questions_do_not_take_the_room_of_other_rules() -> None:
    rules = [published("segments", f"s{number}", where={"tag": "vip"}) for number in range(MAX_DEFINITIONS)]
    assert len(plan_of(*rules, published("questions", "q@1", questions={"a": {"tag": "vip"}})).definitions) == MAX_DEFINITIONS + 1


def test_a_journey_may_ask_only_so_much() -> None:
    with pytest.raises(ValidationError):
        document_of("questions", {"questions": {str(number): {"tag": "a"} for number in range(MAX_QUESTIONS + 1)}})
