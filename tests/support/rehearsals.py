"""Dry runs next to real ones: what a journey has done to people, and what its rehearsal over the same history says, in one form.

done(road, "unpaid")           # by person: runs with their ways, messages with their ends
rehearsed(road, "unpaid", start)
"""

import sys
from dataclasses import dataclass
from typing import Final

from chalicelib.definitions import store as definitions
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import Message, State
from chalicelib.events.model import Json
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.rehearsal.rehearsal import Progress, go_through, script_of
from chalicelib.journeys.rehearsal.rehearsed import DEFERRED, REFUSED, SENT, Post
from chalicelib.journeys.runs.records import enrolment_of_image
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.records import person_partition
from chalicelib.providers.model import Outcome, Result
from tests.support.aws import forget_caches
from tests.support.journeys import SECOND, Road

_ENDS: Final = {State.QUEUED: SENT, State.SENT: SENT, State.REFUSED: REFUSED, State.DEFERRED: DEFERRED}
_CHANNELS: Final = (ChannelName.TEMPLATE, ChannelName.SMS, ChannelName.PUSH)
Letter = tuple[str, int, str, str, str]  # node, asked for when, what became of it, channel, reason


@dataclass(frozen=True, slots=True)
class Way:
    """What there is to compare of a run: all but words. Times are in seconds: rules tell some ms ahead of a clock that stands still."""

    run: str
    key: str
    state: str
    reason: str
    node: str
    entered_at: int
    visits: tuple[tuple[str, int, int, str], ...]
    reached: int
    entry: Json
    letters: tuple[Letter, ...]


def done(road: Road, journey: str) -> dict[str, list[Way]]:
    """What the journey has done, by person; of who is not worth mentioning, nothing."""
    found: dict[str, list[Way]] = {}
    for item in road.office.stack.items("runs"):
        if item["pk"]["S"].startswith(person_partition("")) and item["sk"]["S"] == journey:
            enrolment = enrolment_of_image(item)
            ways = [_way(run, [_letter(road.office.find(sent.message), sent.node) for sent in run.sent]) for run in enrolment.runs]
            found[enrolment.person] = sorted(ways, key=lambda way: (way.entered_at, way.run))
    return {person: ways for person, ways in found.items() if ways}


def rehearsed(road: Road, journey: str, start: int, page_items: int | None = None) -> dict[str, list[Way]]:
    """What the dry run says, by person, with a new request for each few people."""
    forget_caches()
    made = definitions.get("journeys", journey)
    script = script_of(journey, made.version, made.document, start, road.clock.now + 1)
    found: dict[str, list[Way]] = {}
    progress = Progress()
    while True:
        answer = go_through(script, progress, sys.maxsize, road.clock.now, iter(range(0, sys.maxsize, 9_000)).__next__, page_items)
        for person, story in answer.sample:
            found[person.id] = [_way(run, [_posted(one) for one in story.posts if one.run == run.id]) for run in story.runs]
        progress = answer.progress
        if progress.complete:
            return {person: ways for person, ways in found.items() if ways}


def pass_by(road: Road, milliseconds: int) -> None:
    """Time goes by, and messages that wait are looked at as soon as they may go."""
    end = road.clock.now + milliseconds
    while road.clock.now < end:
        waiting = (message.until for message in _everything(road) if message.state is State.DEFERRED)
        road.later(min([end, *(until for until in waiting if until > road.clock.now)]) - road.clock.now)
        send(road)


def send(road: Road) -> None:
    """The channels' workers send what is queued: nobody can call it back any more."""
    for channel in _CHANNELS:
        road.office.call(channel, Outcome(Result.SENT, provider_id=f"{channel}-{road.clock.now}"))


def _everything(road: Road) -> list[Message]:
    ids = {item["pk"]["S"] for item in road.office.stack.items("messages") if item["sk"]["S"] == "send"}
    return [found for one in ids if (found := messages.find(one)) is not None]


def _way(run: Run, letters: list[Letter]) -> Way:
    visits = tuple((one.node, one.since // SECOND, one.until // SECOND, one.outcome) for one in run.visits)
    reached = run.reached.at // SECOND if run.reached else 0
    return Way(
        run.id, run.key, run.state.value, run.reason, run.node, run.entered_at // SECOND, visits, reached, run.entry, tuple(sorted(letters))
    )


def _letter(message: Message, node: str) -> Letter:
    channel = message.trip.channel.value if message.trip and _ENDS[message.state] == SENT else ""
    reason = message.reason if _ENDS[message.state] != SENT else ""
    return node, message.order.asked_at // SECOND, _ENDS[message.state], channel, reason


def _posted(post: Post) -> Letter:
    return post.node, post.asked_at // SECOND, post.state, post.channel, post.reason
