"""A person as nodes see one: read once, when somebody asks, by rules that know the questions."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.audiences import planbook, reading
from chalicelib.audiences.facts import Explanation, Facts
from chalicelib.audiences.findings import Findings, Pending
from chalicelib.journeys.engine.chart import Chart, Door
from chalicelib.journeys.nodes.node import NotReady
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people.model import Person

NOW = 1_795_000_000_000
PLACE = "nodes/pick/branch/0/where"


@dataclass(slots=True)
class Rules:
    """Rules that know one question and one segment; `calls` counts what they were used for."""

    version: int
    calls: list[str] = field(default_factory=list)

    @property
    def plan(self) -> Any:
        return SimpleNamespace(version=self.version)

    def results(self, facts: Facts, now: int, at: int) -> Findings:
        self.calls.append("results")
        return Findings(segments={"vip"}, derived={"favourite": "tea", "$last": {"city": "Suzhou"}})

    def applies(self, kind: str, name: str, at: int) -> bool:
        return (kind, name) in {("segments", "vip"), ("segments", "asleep")}

    def asked(self, name: str, place: str, facts: Facts, found: Findings, now: int, at: int) -> Explanation:
        if (name, place) != ("unpaid@3", PLACE):
            raise Pending(name)
        return Explanation(True, {"segment": "vip"}, {"total": 3})


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read and judged, in order."""
    rules = Rules(5)

    def facts_of(person: Person, plan: Any) -> Facts:
        rules.calls.append("facts")
        return Facts(attributes={"birthday": "1990-05-01", "address": {"city": "Hangzhou"}, "a.b": 1, "favourite": None})

    def current_rules(at_least: int = 0) -> Rules:
        rules.version = max(rules.version, at_least)
        return rules

    monkeypatch.setattr(planbook, "current_rules", current_rules)
    monkeypatch.setattr(reading, "facts_of", facts_of)
    return rules.calls


def chart(version: int = 3, plan: int = 5) -> Chart:
    return Chart("unpaid", version, "hold", {}, Door(), plan=plan)


def test_nothing_is_read_before_somebody_asks(seen: list[str]) -> None:
    view_of(Person("p_1"), NOW)(chart())
    assert seen == []


def test_however_many_ask_the_person_is_read_and_judged_once(seen: list[str]) -> None:
    view = view_of(Person("p_1"), NOW)
    for version in (3, 4):
        assert view(chart(version)).attribute("birthday") == "1990-05-01"
        assert view(chart(version)).is_in("vip")
    assert view(chart()).asks(PLACE).holds
    assert seen == ["facts", "results"]


def test_rules_that_are_newer_judge_anew(seen: list[str]) -> None:
    view = view_of(Person("p_1"), NOW)
    assert view(chart(plan=5)).is_in("vip")
    assert view(chart(plan=6)).is_in("vip")
    assert seen == ["facts", "results", "facts", "results"]


def test_an_answer_carries_the_numbers_that_decided(seen: list[str]) -> None:
    answer = view_of(Person("p_1"), NOW)(chart()).asks(PLACE)
    assert answer.found == {"total": 3, "condition": {"segment": "vip"}}


def test_what_is_still_being_counted_is_not_answered(seen: list[str]) -> None:
    view = view_of(Person("p_1"), NOW)
    with pytest.raises(NotReady):
        view(chart(version=9)).asks(PLACE)
    with pytest.raises(NotReady):
        view(chart()).is_in("unknown")


def test_somebody_is_only_in_segments_that_the_rules_put_them_into(seen: list[str]) -> None:
    assert not view_of(Person("p_1"), NOW)(chart()).is_in("asleep")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("birthday", "1990-05-01"),
        ("address.city", "Hangzhou"),
        ("a.b", 1),
        ("favourite", "tea"),
        ("$last.city", "Suzhou"),
        ("address.street", None),
        ("birthday.year", None),
        ("none", None),
    ],
)
def test_attributes_are_found_by_name_and_by_path_and_derived_ones_behind_them(seen: list[str], path: str, value: object) -> None:
    assert view_of(Person("p_1"), NOW)(chart()).attribute(path) == value
