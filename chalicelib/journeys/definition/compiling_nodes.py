"""The nodes and acts of a document, ready to be gone through. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.durations import duration_ms
from chalicelib.identifiers import identifier
from chalicelib.journeys.definition.compiling_events import expected_of
from chalicelib.journeys.engine import acts
from chalicelib.journeys.engine.chart import Message
from chalicelib.journeys.engine.times import DAYS, minute_of_day, offset_ms
from chalicelib.journeys.nodes.acting import Do, SendMessage
from chalicelib.journeys.nodes.choosing import Branch, Split
from chalicelib.journeys.nodes.ending import Exit, Milestone
from chalicelib.journeys.nodes.node import Node
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait, WaitDate, WaitUntil
from chalicelib.messages.templates.model import ChannelName
from chalicelib.pace import Pace
from chalicelib.zones import DEFAULT_TIMEZONE

Document = Mapping[str, Any]


def node_of(place: str, document: Document, pace: Pace) -> Node:
    """The node of a document. `place` is where it stands: `nodes/hold`."""
    return next(make for key, make in _NODES.items() if key in document)(place, document, pace)


def act_of(document: Document) -> acts.Act:
    """The act of a document."""
    return next(make for key, make in _ACTS.items() if key in document)(document)


def channels_of(document: Document) -> tuple[ChannelName, ...]:
    """The channels that are named, () for none."""
    return tuple(map(ChannelName, document.get("channels", ())))


def _wait(_: str, document: Document, pace: Pace) -> Node:
    length = document["wait"]
    if isinstance(length, str):
        return Wait(pace.span(duration_ms(length)), document["next"])
    zone = length.get("timezone", DEFAULT_TIMEZONE)
    if "until" in length:
        days = tuple(sorted({DAYS.index(day) for day in length.get("on", ())}))
        return WaitUntil(minute_of_day(length["until"]), days, zone, document["next"])
    return WaitDate(
        path=length["date"],
        offset=offset_ms(length["offset"]) if "offset" in length else 0,
        minute_of_day=minute_of_day(length["at"]) if "at" in length else None,
        zone=zone,
        next=document["next"],
        otherwise=document.get("else", ""),
        yearly=length.get("yearly", False),
    )


def _wait_for(place: str, document: Document, pace: Pace) -> Node:
    awaited, path = document["wait_for"], f"{place}/wait_for"
    several = [(path, awaited)] if isinstance(awaited, Mapping) else [(f"{path}/{number}", one) for number, one in enumerate(awaited)]
    expected = tuple((expected_of(where, one), one.get("then") or document["then"]) for where, one in several)
    return WaitFor(expected, pace.span(duration_ms(document["within"])), document["else"])


def _branch(place: str, document: Document, _: Pace) -> Node:
    ways = tuple((f"{place}/branch/{number}/where", one["next"]) for number, one in enumerate(document["branch"]))
    return Branch(ways, document["else"])


def _split(_: str, document: Document, __: Pace) -> Node:
    return Split(tuple((one["weight"], one["next"]) for one in document["split"]))


def _do(_: str, document: Document, __: Pace) -> Node:
    return Do(tuple(map(act_of, document["do"])), document["next"])


def _send(_: str, document: Document, pace: Pace) -> Node:
    wanted = document["send"]
    message = Message(
        template=wanted["template"],
        channels=channels_of(wanted),
        strict=wanted.get("strict", False),
        data=wanted.get("data", {}),
        within=pace.span(duration_ms(wanted["within"])) if "within" in wanted else None,
    )
    return SendMessage(message, document["next"])


def _goal(_: str, document: Document, __: Pace) -> Node:
    return Milestone(document["goal"], document["next"])


def _exit(_: str, document: Document, __: Pace) -> Node:
    return Exit(document["exit"])


def _notify(document: Document) -> acts.Act:
    wanted = document["notify"]
    staff = tuple(identifier(namespace, value) for one in wanted["to"] for namespace, value in one.items())
    return acts.NotifyStaff(wanted["template"], staff, channels_of(wanted))


_NODES: Final[Mapping[str, Callable[[str, Document, Pace], Node]]] = {
    "wait": _wait,
    "wait_for": _wait_for,
    "branch": _branch,
    "split": _split,
    "do": _do,
    "send": _send,
    "goal": _goal,
    "exit": _exit,
}
_ACTS: Final[Mapping[str, Callable[[Document], acts.Act]]] = {
    "add_tag": lambda one: acts.AddTag(one["add_tag"]),
    "remove_tag": lambda one: acts.RemoveTag(one["remove_tag"]),
    "set": lambda one: acts.SetAttributes(one["set"]),
    "unset": lambda one: acts.UnsetAttributes(tuple(one["unset"])),
    "add_score": lambda one: acts.AddScore(one["add_score"]["score"], one["add_score"]["points"]),
    "webhook": lambda one: acts.CallWebhook(one["webhook"], one.get("data", {})),
    "enter": lambda one: acts.EnterJourney(one["enter"], one.get("key", "")),
    "notify": _notify,
}
