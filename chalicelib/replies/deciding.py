"""Decides what to answer: the rules that match, less those that are held back, and their contents filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.events.reserved import Told
from chalicelib.events.store import put_own
from chalicelib.messages.contents import filled
from chalicelib.messages.telling import fan_event
from chalicelib.replies import pacing
from chalicelib.replies.book import Book
from chalicelib.replies.decisions import Decision, Step
from chalicelib.replies.matching import answers, possible
from chalicelib.replies.portrait import Portrait
from chalicelib.replies.rules import Heard, Rule
from chalicelib.settings import settings
from chalicelib.telemetry import count_refusals

MAX_STEPS: Final = 10  # of one reply; no window takes more than five
TOO_OFTEN: Final = "reply_too_often"
EMPTY: Final = "reply_empty"
TOO_MANY: Final = "reply_too_long"

Chosen = tuple[tuple[Rule, Heard], ...]


@dataclass(frozen=True, slots=True)
class Fan:
    """Whom it is about, and when (ms)."""

    appid: str
    openid: str
    at: int


def decided(fan: Fan, book: Book, heard: Sequence[Heard], reply: str) -> Decision | None:
    """What to answer to the fan, with `reply` as its id; None for nothing. Nothing is kept but what holds later answers back."""
    portrait = Portrait(fan.appid, fan.openid, fan.at)
    chosen = _chosen(fan, possible(book.rules, heard), heard, reply, portrait)
    if not chosen or not _within_pace(fan, reply):
        return None
    steps = _steps(chosen, portrait)
    agent = next((rule.agent for rule, _ in chosen if rule.agent is not None), None)
    if not steps and agent is None:
        return None
    trigger = chosen[0][1].trigger.value
    return Decision(reply, fan.appid, fan.openid, fan.at, steps, agent, mini_program=book.mini_program, trigger=trigger)


def _chosen(fan: Fan, rules: Sequence[Rule], heard: Sequence[Heard], reply: str, portrait: Portrait) -> Chosen:
    """The rules that answer. One that has answered the fan too lately is as if it were not there."""
    segments = portrait.segments() if any(rule.conditional for rule in rules) else frozenset()
    barred: set[str] = set()
    scale = settings().time_scale
    while True:
        chosen = answers(rules, heard, segments, barred)
        limited = [rule for rule, _ in chosen if rule.every]
        held = {
            rule.name for rule in limited if not pacing.may_answer(fan.appid, fan.openid, rule.name, int(rule.every / scale), reply, fan.at)
        }
        if not held:
            return chosen
        barred |= held


def _within_pace(fan: Fan, reply: str) -> bool:
    if pacing.within_pace(fan.appid, fan.openid, reply, fan.at):
        return True
    count_refusals([TOO_OFTEN])
    minute = fan.at - fan.at % pacing.MINUTE_MS
    event = pacing.pace_key(fan.appid, fan.openid, fan.at)  # one event for all of a minute
    put_own([fan_event(event, Told.REPLY_REFUSED.value, fan.appid, fan.openid, minute, {"reason": TOO_OFTEN})])
    return False


def _steps(chosen: Chosen, portrait: Portrait) -> tuple[Step, ...]:
    person = portrait.shown() if any(rule.asks_for_person for rule, _ in chosen) else {}
    found: list[Step] = []
    for rule, heard in chosen:
        values = {"person": person, "event": heard.said}
        contents = [content for content in (filled(one, values) for one in rule.send) if content is not None]
        count_refusals([EMPTY] * (len(rule.send) - len(contents)))
        found += [Step(rule.name, content) for content in contents]
    if len(found) > MAX_STEPS:
        count_refusals([TOO_MANY])
    return tuple(found[:MAX_STEPS])
