"""A dry run says itself what it does not play, and where in the document that lies; and whom it would hand over to other journeys."""

from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine.acts import EnterJourney
from chalicelib.journeys.engine.arrivals import Refused
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import Do, Run
from chalicelib.journeys.in_force.charts import Journeys, JourneyState, Standing
from chalicelib.journeys.nodes.acting import SendMessage
from chalicelib.journeys.rehearsal import caveats
from chalicelib.journeys.rehearsal.counting import MOST_KEPT, Round
from chalicelib.journeys.rehearsal.handing import Doors, NotDone
from tests.support.charts import HOUR, NOW, Somebody

END: Final[dict[str, Any]] = {"exit": "told"}
ENTRY: Final[dict[str, Any]] = {"event": "Came"}


def warned(entry: dict[str, Any] = ENTRY, *, since: int = NOW - HOUR, channels: int = 1, **more: Any) -> list[tuple[str, str]]:
    """The codes and places of a journey that is played from NOW."""
    chart = chart_of("crowd", 1, {"entry": entry, "start": "x", "nodes": {"x": END}} | more)

    def ways(_: SendMessage) -> int:
        return channels

    return [(one.code.value, one.place) for one in caveats.of_chart(chart, NOW, lambda _: since, ways)]


def node(**body: Any) -> dict[str, Any]:
    return {"start": "n", "nodes": {"n": body | {"next": "x"}, "x": END}}


def test_of_a_journey_that_is_played_whole_there_is_nothing_to_say() -> None:
    assert warned(exit=[{"event": "Paid"}], **node(do=[{"add_tag": "keen"}])) == []


@pytest.mark.parametrize(
    ("since", "code"), [(NOW + HOUR, "segment_newer_than_span"), (NOW - HOUR, "rules_as_recorded")], ids=["newer", "older than the span"]
)
def test_segments_are_entered_and_left_as_recorded(since: int, code: str) -> None:
    found = warned({"segment": "vip", "on": "enter"}, since=since, exit=[{"segment": "lost", "on": "enter"}])
    assert found == [(code, "entry"), (code, "exit/0")]


def test_what_rules_and_messages_told_is_heard_as_recorded() -> None:
    exits = [{"event": "$score_band_changed", "where": {"score": "keen"}}, {"event": "$message_clicked"}]
    assert warned(exit=exits) == [("rules_as_recorded", "exit/0"), ("receipts_as_recorded", "exit/1")]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"webhook": "crm"}, "webhook_not_called"),
        ({"notify": {"template": "t", "to": [{"user_id": "anna"}]}}, "staff_not_told"),
        ({"enter": "other"}, "other_journey_not_played"),
    ],
)
def test_acts_that_reach_out_are_not_carried_out(act: dict[str, Any], code: str) -> None:
    assert warned(**node(do=[{"add_tag": "keen"}, act])) == [(code, "nodes/n/do/1")]


@pytest.mark.parametrize(("channels", "more"), [(1, []), (2, [("first_channel_only", "nodes/n")])])
def test_messages_go_by_what_reaches_people_now(channels: int, more: list[tuple[str, str]]) -> None:
    assert warned(channels=channels, **node(send={"template": "t"})) == [("reach_as_now", "nodes"), *more]


@pytest.mark.parametrize(("played", "codes"), [(Round(), []), (Round(exact=False), ["cap_by_turn", "ranks_not_exact"])])
def test_what_was_not_counted_exactly_is_said(played: Round, codes: list[str]) -> None:
    entry = {"cron": "0 9 ? * MON *", "segment": "vip", "rank": {"by": {"score": "keen"}}, "cap": {"entries": 2}}
    chart = chart_of("crowd", 1, {"entry": entry, "start": "x", "nodes": {"x": END}})
    assert [one.code.value for one in caveats.of_round(chart, played)] == codes
    assert [one.code.value for one in caveats.of_round(chart, replace(played, kept=MOST_KEPT + 1))][-1] == "ranks_not_exact"


RUN: Final = Run("r1", 1, "", "user_id#ming", "p_ming", NOW, "n", NOW, entry={"properties": {"order_id": "o1"}})


def _doors(entry: dict[str, Any], state: JourneyState = JourneyState.RUNNING, version: int = 1) -> Doors:
    chart: Chart = chart_of("other", 1, {"entry": entry, "start": "x", "nodes": {"x": END}})
    return Doors("p_ming", Journeys([Standing("other", state, version, at=NOW, charts={1: chart})]))


def _handed(doors: Doors, *, key: str = "", run: Run = RUN, person: Somebody | None = None) -> tuple[str, Refused | None]:
    found = doors.hand(EnterJourney("other", key), run, Do(run.id, "n", 0, NOW), 0, person or Somebody())
    return found.key, found.refusal


def test_somebody_is_handed_over_to_an_open_door() -> None:
    assert _handed(_doors({"api": True})) == ("", None)
    assert _handed(_doors({"api": True, "key": "key"}), key="entry.properties.order_id") == ("o1", None)


@pytest.mark.parametrize("state", [JourneyState.PAUSED, JourneyState.STOPPED])
def test_a_journey_that_does_not_run_takes_nobody(state: JourneyState) -> None:
    assert _handed(_doors({"api": True}, state)) == ("", Refused.NOT_RUNNING)


def test_who_is_not_in_the_segment_of_the_door_is_not_handed_over() -> None:
    doors = _doors({"api": True, "segment": "vip"})
    assert _handed(doors) == ("", Refused.NOT_IN_SEGMENT)
    assert _handed(doors, person=Somebody(segments={"vip"})) == ("", None)


def test_a_door_that_takes_everybody_once_takes_nobody_twice() -> None:
    doors = _doors({"api": True, "re_entry": {"policy": "never"}})
    assert [_handed(doors, run=replace(RUN, id=one))[1] for one in ("r1", "r2")] == [None, Refused.ONCE]


def test_who_came_by_too_many_journeys_goes_no_further() -> None:
    assert _handed(_doors({"api": True}), run=replace(RUN, depth=9)) == ("", Refused.TOO_DEEP)


@pytest.mark.parametrize(("version", "code"), [(1, "key_missing"), (0, "journey_unknown")])
def test_what_would_fail_in_earnest_fails(version: int, code: str) -> None:
    with pytest.raises(NotDone) as failed:
        _handed(_doors({"api": True, "key": "key"}, version=version), key="entry.properties.item")
    assert failed.value.reason == code
