"""Rules in force: each publication writes the next plan with it, all rules fit together, and every process knows them soon."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.audiences import pass_records, passes, planbook, publishing
from chalicelib.audiences.facts import Facts
from chalicelib.audiences.pass_progress import SEGMENTS
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.rules import compile_rules
from chalicelib.definitions import store
from chalicelib.definitions.model import State
from chalicelib.errors import Conflict, DocumentInvalid, TooLarge
from tests.support.aws import Stack
from tests.support.rules import definitions_stack, put_in_force

NOW = 1_795_300_000_000
CLICKS = {"where": {"event": "MenuClicked", "count": {"gt": 5}, "within": "7d"}}
VIP = {"where": {"attribute": "points", "gte": 1000}}
STAGES = {"stages": [{"name": "新客", "where": {"event": "Followed"}}, {"name": "成交", "where": {"event": "OrderPaid"}}]}


class Clock:
    """What the caches take for the time, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def stack() -> Iterator[Stack]:
    with definitions_stack() as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(planbook, "monotonic", made)
    return made


def _publish(kind: str, name: str, document: Any) -> None:
    put_in_force(kind, name, document, at=NOW)


def _archive(kind: str, name: str) -> None:
    store.archive(kind, name, by="test", at=NOW)
    planbook.forget()


def _names(plan: Plan | None = None) -> list[str]:
    return [f"{one.kind}/{one.name}" for one in (plan or planbook.current_plan()).definitions]


def _refusal(kind: str, name: str, document: Any) -> list[tuple[str, str]]:
    """The places and codes of a publication that is refused and leaves everything as it was."""
    store.draft(kind, name, document, by="test", at=NOW)
    before = planbook.stored(), store.published(kind, name)
    with pytest.raises(DocumentInvalid) as refused:
        store.publish(kind, name, by="test", at=NOW)
    assert (planbook.stored(), store.published(kind, name)) == before
    return [(fault.path, fault.code) for fault in refused.value.faults]


# ---- what is in force is the plan ----


def test_before_anything_is_published_there_are_no_rules() -> None:
    assert (planbook.current_plan(), planbook.stored()) == (Plan(), planbook.StoredPlan(Plan(), 0, 0))
    judged = planbook.current_rules().judge(Facts(), NOW, at=0)
    assert (judged.segments, judged.scores, judged.next) == (frozenset(), {}, None)


def test_a_published_rule_is_in_the_next_plan_and_a_draft_is_not() -> None:
    store.draft("segments", "dress", CLICKS, by="test", at=NOW)
    assert planbook.stored().plan == Plan()
    store.publish("segments", "dress", by="test", at=NOW)
    found = planbook.stored()
    assert (found.plan.version, _names(found.plan), found.at) == (1, ["segments/dress"], NOW)
    assert len(found.plan.signals.signals) == 1


def test_each_change_of_what_is_in_force_is_a_version_of_the_plan() -> None:
    _publish("segments", "dress", CLICKS)
    _publish("tags", "vip", VIP)
    _publish("segments", "dress", CLICKS | {"title": "裙"})
    _archive("tags", "vip")
    assert (planbook.current_plan().version, _names()) == (4, ["segments/dress"])
    assert planbook.current_plan().definitions[0].version == 2


def test_publishing_again_what_is_in_force_is_no_new_plan() -> None:
    _publish("tags", "vip", VIP)
    before = planbook.stored()
    store.publish("tags", "vip", by="test", at=NOW + 1)
    assert planbook.stored() == before


def test_a_rule_counts_only_events_from_the_plan_on_that_brought_its_signals() -> None:
    _publish("tags", "vip", VIP)
    _publish("segments", "dress", CLICKS)
    assert {one.name: one.since for one in planbook.current_plan().definitions} == {"vip": 0, "dress": 2}


def test_definition_and_plan_are_written_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise TransactWriteError("the network is gone")

    store.draft("tags", "vip", VIP, by="test", at=NOW)
    before = stack.items("definitions")
    monkeypatch.setattr(TransactWrite, "_commit", broken)
    with pytest.raises(TransactWriteError):
        store.publish("tags", "vip", by="test", at=NOW)
    monkeypatch.undo()
    assert stack.items("definitions") == before


def test_two_operators_who_publish_at_the_same_time_are_both_in_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    store.draft("tags", "vip", VIP, by="anna", at=NOW)

    def overtaken(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(publishing, "compile_rules", compile_rules)
        _publish("segments", "dress", CLICKS)
        return compile_rules(*arguments, **named)

    monkeypatch.setattr(publishing, "compile_rules", overtaken)
    assert store.publish("tags", "vip", by="anna", at=NOW).state is State.PUBLISHED
    assert (planbook.stored().plan.version, _names(planbook.stored().plan)) == (2, ["segments/dress", "tags/vip"])


def test_a_pass_over_everybody_begins_with_the_publication_and_with_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any) -> None:
        raise TimeoutError

    store.draft("tags", "vip", VIP, by="test", at=NOW)
    with monkeypatch.context() as crashing:
        crashing.setattr(passes, "ensure_started", dies)
        with pytest.raises(TimeoutError):
            store.publish("tags", "vip", by="test", at=NOW)
    assert (pass_records.segments_of(1), planbook.stored().plan.version) == ([], 1)
    store.publish("tags", "vip", by="test", at=NOW)
    assert len(pass_records.segments_of(1)) == SEGMENTS


# ---- rules fit together ----


def test_a_rule_that_asks_for_what_is_not_in_force_is_refused_with_the_place() -> None:
    asking = {"where": {"all": [{"event": "Followed"}, {"segment": "dress"}]}}
    assert _refusal("segments", "both", asking) == [("where/all/1/segment", "reference_unknown")]
    _publish("segments", "dress", CLICKS)
    store.publish("segments", "both", by="test", at=NOW)


def test_segments_that_ask_for_one_another_in_a_ring_are_refused() -> None:
    _publish("segments", "a", CLICKS)
    _publish("segments", "b", {"where": {"segment": "a"}})
    assert _refusal("segments", "a", {"where": {"not": {"segment": "b"}}}) == [("where/not/segment", "definition_cycle")]


def test_a_new_version_may_not_take_away_what_others_ask_for() -> None:
    _publish("lifecycle", "default", STAGES)
    _publish("segments", "buyers", {"where": {"lifecycle": "成交"}})
    assert _refusal("lifecycle", "default", {"stages": STAGES["stages"][:1]}) == [("segments/buyers/where/lifecycle", "reference_unknown")]


@pytest.mark.parametrize(
    ("kind", "name", "document", "asking"),
    [
        ("segments", "dress", CLICKS, {"segment": "dress"}),
        ("tags", "vip", VIP, {"tag": "vip"}),
        ("scores", "activity", {"rules": [{"event": "Followed", "add": 5}]}, {"score": "activity", "gt": 3}),
        ("lifecycle", "default", STAGES, {"lifecycle": "新客"}),
        ("derived-attributes", "channel", {"most": {"event": "*", "property": "context.channel"}}, {"attribute": "channel", "eq": "h5"}),
        ("segments", "dress", CLICKS, {"event": "$segment_entered", "where": {"segment": {"eq": "dress"}}}),
    ],
)
def test_what_others_ask_for_stays_in_force(kind: str, name: str, document: Any, asking: Any) -> None:
    _publish(kind, name, document)
    _publish("segments", "asking", {"where": {"any": [asking]}})
    before = planbook.stored()
    with pytest.raises(Conflict, match="segments asking asks for it at where/any/0") as refused:
        _archive(kind, name)
    assert {fault.code for fault in refused.value.faults} == {"reference_in_use"}
    assert planbook.stored() == before
    _archive("segments", "asking")
    _archive(kind, name)
    assert planbook.current_plan().definitions == ()


def test_one_life_cycle_is_in_force_at_a_time() -> None:
    _publish("lifecycle", "default", STAGES)
    store.draft("lifecycle", "other", STAGES, by="test", at=NOW)
    with pytest.raises(Conflict, match="lifecycle belongs to default"):
        store.publish("lifecycle", "other", by="test", at=NOW)
    _archive("lifecycle", "default")
    store.publish("lifecycle", "other", by="test", at=NOW)
    assert _names(planbook.stored().plan) == ["lifecycle/other"]


def test_rules_that_no_item_could_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planbook, "MAX_PLAN_BYTES", 200)
    store.draft("tags", "vip", VIP | {"title": os.urandom(90).hex()}, by="test", at=NOW)
    with pytest.raises(TooLarge, match="archive what nobody needs"):
        store.publish("tags", "vip", by="test", at=NOW)
    assert planbook.stored().plan == Plan()


# ---- every process knows the plan soon ----


def test_a_plan_is_known_to_others_after_twenty_seconds(clock: Clock) -> None:
    assert planbook.current_plan().version == 0
    _publish_elsewhere("tags", "vip", VIP)
    clock.now += 19.9
    assert planbook.current_plan().version == 0
    clock.now += 0.2
    assert planbook.current_plan().version == 1


def test_who_has_met_a_newer_plan_does_not_wait_for_it(clock: Clock) -> None:
    planbook.current_rules()
    _publish_elsewhere("tags", "vip", VIP)
    assert planbook.current_rules(at_least=1).judge(Facts(attributes={"points": 1000}), NOW, at=1).tags == {"vip": ""}
    assert planbook.current_plan().version == 1


def test_a_slow_replica_does_not_bring_an_older_plan_back(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish("tags", "vip", VIP)
    assert planbook.current_plan().version == 1
    clock.now += 30
    monkeypatch.setattr(planbook, "_plan_record", lambda **_: None)
    assert planbook.current_plan().version == 1


def test_rules_are_compiled_once_for_each_plan(clock: Clock) -> None:
    _publish("tags", "vip", VIP)
    first = planbook.current_rules()
    clock.now += 30
    assert planbook.current_rules() is first


def test_how_far_the_passes_are_never_goes_back() -> None:
    assert (planbook.finished(0), planbook.finished(1)) == (True, False)
    planbook.mark_passed(3)
    planbook.mark_passed(2)
    planbook.mark_passed(3)
    assert (planbook.stored().passed, planbook.finished(3), planbook.finished(4)) == (3, True, False)


def test_the_end_of_a_pass_is_known_to_others_after_twenty_seconds(clock: Clock) -> None:
    assert not planbook.finished(1)
    planbook.PassRecord(n=1).save()
    assert not planbook.finished(1)
    clock.now += 20.1
    assert planbook.finished(1)


def _publish_elsewhere(kind: str, name: str, document: Any) -> None:
    """As another process does it: what this one has in memory stays."""
    plans, passes = list(planbook._plans), list(planbook._passes)
    _publish(kind, name, document)
    planbook._plans[:], planbook._passes[:] = plans, passes
