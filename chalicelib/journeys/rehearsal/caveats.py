"""What a rehearsal of a journey does not play, or not as in earnest, with the places: to be told with what it comes to. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.events.reserved import Derived, Told
from chalicelib.journeys.engine.acts import CallWebhook, EnterJourney, NotifyStaff
from chalicelib.journeys.engine.chart import Chart, Expected
from chalicelib.journeys.nodes.acting import Do, SendMessage
from chalicelib.journeys.rehearsal.counting import Round

_RULES = frozenset(Derived)
_RECEIPTS = frozenset(Told)


class Caveat(StrEnum):
    """What is to be known of the numbers. The values are stable."""

    SEGMENT_NEWER_THAN_SPAN = "segment_newer_than_span"
    RULES_AS_RECORDED = "rules_as_recorded"
    RECEIPTS_AS_RECORDED = "receipts_as_recorded"
    FIRST_CHANNEL_ONLY = "first_channel_only"
    REACH_AS_NOW = "reach_as_now"
    WEBHOOK_NOT_CALLED = "webhook_not_called"
    STAFF_NOT_TOLD = "staff_not_told"
    OTHER_JOURNEY_NOT_PLAYED = "other_journey_not_played"
    CAP_BY_TURN = "cap_by_turn"
    RANKS_NOT_EXACT = "ranks_not_exact"


@dataclass(frozen=True, slots=True)
class Warned:
    """One of them, and where in the document it lies."""

    code: Caveat
    place: str
    detail: str


def of_chart(chart: Chart, start: int, since: Callable[[str], int], channels: Callable[[SendMessage], int]) -> Iterator[Warned]:
    """Those of a journey that is played from an instant (ms). `since` when a segment came in force as it is, `channels` how many ways a
    message has.
    """
    for expected in dict.fromkeys((chart.door.expected, *chart.looks)):
        if expected is not None:
            yield from _of_event(expected, start, since)
    if any(isinstance(node, SendMessage) for node in chart.nodes.values()):
        yield Warned(Caveat.REACH_AS_NOW, "nodes", "addresses, consents and open chats are those of the present")
    for name, node in chart.nodes.items():
        if isinstance(node, SendMessage) and channels(node) > 1:
            yield Warned(Caveat.FIRST_CHANNEL_ONLY, f"nodes/{name}", "a message stays with the first channel that takes it")
        elif isinstance(node, Do):
            found = ((f"nodes/{name}/do/{place}", _NOT_PLAYED.get(type(act))) for place, act in enumerate(node.acts))
            yield from (Warned(told[0], place, told[1]) for place, told in found if told)


def of_round(chart: Chart, played: Round) -> Iterator[Warned]:
    """Those of what is counted over everybody, once all rounds are over."""
    if chart.door.most and not played.exact:
        detail = "there are too many entries to find out who came first: the cap's places went to people in no particular order"
        yield Warned(Caveat.CAP_BY_TURN, "entry/cap", detail)
    if chart.door.rank is not None and (not played.exact or played.too_much):
        detail = (
            "there are too many different values, or firings, to rank people exactly; where no rank is known, they are the first of one"
        )
        yield Warned(Caveat.RANKS_NOT_EXACT, "entry/rank", detail)


def _of_event(expected: Expected, start: int, since: Callable[[str], int]) -> Iterator[Warned]:
    if expected.segment and since(expected.segment) > start:
        detail = (
            f"the segment {expected.segment} is as it is since after `from`: who went in and out before that is not, or otherwise, recorded"
        )
        yield Warned(Caveat.SEGMENT_NEWER_THAN_SPAN, expected.place, detail)
    elif expected.event in _RULES:
        detail = "heard is what rules told at the time, not what they would have made of the acts of this dry run"
        yield Warned(Caveat.RULES_AS_RECORDED, expected.place, detail)
    elif expected.event in _RECEIPTS:
        detail = "heard are receipts that were recorded; messages of this dry run have none"
        yield Warned(Caveat.RECEIPTS_AS_RECORDED, expected.place, detail)


_NOT_PLAYED = {
    CallWebhook: (Caveat.WEBHOOK_NOT_CALLED, "nobody is called, and what would come of it is not known"),
    NotifyStaff: (Caveat.STAFF_NOT_TOLD, "nobody of the staff is told"),
    EnterJourney: (Caveat.OTHER_JOURNEY_NOT_PLAYED, "it is told who would be handed over, and not what would become of them there"),
}
