"""The demo of rules sends what makes each of its rules true, and no sooner than it says."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.error import HTTPError

import pytest

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.rules import compile_rules
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.signals.model import Journal, Ledger
from infra import demo_rules, run
from infra.demo_rules import CLICKS, DAY_MS, FAST, SCORE, SEGMENT, SHOWN, TAG, RulesDemo, entering, leaving, rules
from infra.local_stack import LocalStack
from tests.support.rules import plan_of

NOW = 1_795_300_000_000
WEEK = 7 * DAY_MS
Json = dict[str, Any]


class Answers:
    """Stands in for the API: keeps what it is sent, and answers what it is told to, by the end of the path."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.sent: list[tuple[str, str, Any]] = []

    def __call__(self, url: str, key: str, body: Any = None, method: str | None = None) -> Any:
        self.sent.append((url.removeprefix("http://api"), key, body))
        found: Any = next((answer for name, answer in self.answers.items() if name in url), {})
        if found == 404:
            raise HTTPError(url, 404, "nobody", None, None)  # type: ignore[arg-type]
        return found

    @property
    def events(self) -> list[Json]:
        return [event for path, _, body in self.sent if path == "/v1/events" for event in body["events"]]


def demo(answers: Answers, monkeypatch: pytest.MonkeyPatch, time_scale: float = 1) -> RulesDemo:
    monkeypatch.setattr(demo_rules, "call", answers)
    stack = LocalStack("http://api", "hlw_1", "hla_1", None, None, {}, time_scale, "http://wechat", "http://senders")  # type: ignore[arg-type]
    return RulesDemo(stack, lambda: NOW)


def judged(events: Iterable[Json], now: int) -> Judgement:
    """Where the rules of the demo put whoever did this."""
    plan = plan_of(*((one.kind, one.name, one.document) for one in rules()))
    who = (identifier("user_id", "qing"),)
    kept = [
        Event(one["id"], Kind.TRACK, one["name"], round(datetime.fromisoformat(one["time"]).timestamp() * 1000), who, "", one["properties"])
        for one in events
    ]
    states = plan.signals.states(Ledger(), Journal(tuple(plan.signals.entries_of(kept, plan.version))), plan.version)
    return compile_rules(plan).judge(Facts(states=states), now, plan.version)


def test_the_examples_that_it_shows_are_there() -> None:
    assert {one.path for one in rules()} == set(SHOWN)


def test_they_are_published_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    demo(answers, monkeypatch).publish()
    assert [path for path, _, _ in answers.sent] == [path for one in rules() for path in (f"/v1/{one.path}", f"/v1/{one.path}/publish")]
    assert {key for _, key, _ in answers.sent} == {"hla_1"}


def test_five_clicks_are_not_enough_for_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    demo(answers, monkeypatch).begin()
    found = judged(answers.events, NOW)
    assert (found.segments, found.tags, found.bands) == (frozenset(), {}, {SCORE: "low"})


def test_the_sixth_click_and_a_text_make_all_of_it_true(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    telling = demo(answers, monkeypatch)
    telling.begin()
    telling.go_on()
    found = judged(answers.events, NOW)
    assert (found.segments, found.tags, found.bands) == (frozenset({SEGMENT}), {TAG: ""}, {SCORE: "middle"})
    assert sum(event["name"] == "MenuClicked" for event in answers.events) == CLICKS + 1


def test_qing_leaves_when_the_first_click_is_a_week_old(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    telling = demo(answers, monkeypatch)
    telling.begin()
    telling.go_on()
    leaves = judged(answers.events, NOW).next
    assert leaves is not None
    assert NOW + WEEK // 2 < leaves < NOW + WEEK
    assert judged(answers.events, leaves - 1).segments == {SEGMENT}
    assert judged(answers.events, leaves).segments == frozenset()


@pytest.mark.parametrize(("time_scale", "seconds"), [(1, 604_800), (FAST, 30)])
def test_the_window_is_as_long_as_the_stack_makes_it(time_scale: float, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo(Answers(), monkeypatch, time_scale).window == seconds


def test_where_time_runs_fast_the_clicks_still_fit_into_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    telling = demo(answers, monkeypatch, FAST)
    telling.begin()
    first = min(event["time"] for event in answers.events if event["name"] == "MenuClicked")
    assert NOW - datetime.fromisoformat(first).timestamp() * 1000 < telling.window * 1000 / 2


def test_nobody_is_known_before_the_events_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = demo(Answers(people=404), monkeypatch)
    assert (waiting.explained(), waiting.events()) == ({}, {})


def test_other_refusals_are_not_taken_for_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, *_: Any) -> Any:
        raise HTTPError(url, 500, "broken", None, None)  # type: ignore[arg-type]

    telling = demo(Answers(), monkeypatch)
    monkeypatch.setattr(demo_rules, "call", refuse)
    with pytest.raises(HTTPError):
        telling.explained()


@pytest.mark.parametrize(("state", "over"), [("waiting", False), ("running", False), ("done", True)])
def test_it_knows_when_everybody_has_been_brought_up(state: str, over: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo(Answers(backfill={"state": state}), monkeypatch).everybody_knows() is over


def explained(clicks: int) -> Json:
    return {"holds": clicks > CLICKS, "changes_at": rfc3339(NOW + WEEK), "tree": {"found": {"count": clicks}}}


def told(name: str, **properties: Any) -> Json:
    return {"name": name, "time": rfc3339(NOW), "properties": properties}


TIMELINE = {
    "items": [
        told("MenuClicked", key="dress"),
        told("$segment_entered", segment=SEGMENT),
        told("$tag_gained", tag=TAG),
        told("$score_band_changed", score=SCORE, to="middle"),
        told("$segment_left", segment=SEGMENT),
    ]
}


def test_the_entering_is_shown_with_its_events_and_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    words = entering(demo(Answers(timeline=TIMELINE), monkeypatch), explained(5), explained(6))
    assert "After 5 clicks on the menu for dresses Qing was not in the segment" in words
    assert '$segment_entered {"segment": "dress-menu"}' in words
    assert f'6 clicks, in the segment; "changes_at" {rfc3339(NOW + WEEK)}' in words
    assert f"make run TIME_SCALE={FAST}" in words


def test_where_time_runs_fast_it_says_how_long_the_window_is(monkeypatch: pytest.MonkeyPatch) -> None:
    words = entering(demo(Answers(timeline=TIMELINE), monkeypatch, FAST), explained(5), explained(6))
    assert "Its window is 30 s long" in words


def test_the_leaving_is_shown_with_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    words = leaving(demo(Answers(timeline=TIMELINE, explain=explained(5)), monkeypatch, FAST))
    assert '$segment_left {"segment": "dress-menu"}' in words
    assert "5 clicks are left in the window, so Qing is not in the segment" in words


class Story:
    """Stands in for the demo: each question is answered by the next thing that happens, the last one for ever."""

    def __init__(self, window: float, *happens: set[str]) -> None:
        self.window = window
        self.happens = list(happens)
        self.done: list[str] = []

    def everybody_knows(self) -> bool:
        self.done.append("waited")
        return True

    def begin(self) -> None:
        self.done.append("begun")

    def go_on(self) -> None:
        self.done.append("gone on")

    def explained(self) -> Json:
        return explained(CLICKS)

    def events(self) -> dict[str, Json]:
        now = self.happens.pop(0) if len(self.happens) > 1 else self.happens[0]
        return {name: {} for name in now}


def tell(story: Story, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(run, "_until", lambda reached, _seconds=0.0: any(reached() for _ in range(5)))
    monkeypatch.setattr(run, "entering", lambda *_: "entered")
    monkeypatch.setattr(run, "leaving", lambda *_: "left")
    return run._tell_rules(story)  # type: ignore[arg-type]


CONSEQUENCES = set(demo_rules.CONSEQUENCES)


def test_at_the_pace_of_life_nobody_waits_for_the_leaving(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(604_800, set(), CONSEQUENCES)
    assert tell(story, monkeypatch)
    assert story.done == ["begun", "gone on"]
    assert capsys.readouterr().out == "entered\n"


def test_where_time_runs_fast_the_leaving_is_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(30, CONSEQUENCES, CONSEQUENCES, CONSEQUENCES | {demo_rules.LEFT})
    assert tell(story, monkeypatch)
    assert story.done == ["waited", "begun", "gone on"]
    assert capsys.readouterr().out.endswith("entered\nleft\n")


@pytest.mark.parametrize("story", [Story(604_800, set()), Story(604_800, {"$tag_gained"}), Story(30, CONSEQUENCES)])
def test_what_does_not_happen_is_told(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not tell(story, monkeypatch)
