"""What a judgement changes for a person, and the events that tell of it. Pure.

    moved(standing, judgement, facts.manual, now, plan_version=7)   # the next standing with its outbox, or None when nothing changed

Whoever writes the next standing sets the teller; saving it counts the version.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Final

from chalicelib.audiences.facts import Reference
from chalicelib.audiences.judgement import Judgement, Scale
from chalicelib.audiences.kinds import RuleKind
from chalicelib.events.model import Json
from chalicelib.events.reserved import Derived
from chalicelib.people.standing import Since, Standing, Transition

BY_RULE: Final = "rule"
BY_HAND: Final = "manual"

_Told = tuple[Derived, Json]
_TOLD_BY: Final = {  # whose finding an event is: the kind, and the property that holds the name
    Derived.SEGMENT_ENTERED: (RuleKind.SEGMENTS, "segment"),
    Derived.SEGMENT_LEFT: (RuleKind.SEGMENTS, "segment"),
    Derived.SCORE_BAND_CHANGED: (RuleKind.SCORES, "score"),
    Derived.TAG_GAINED: (RuleKind.TAGS, "tag"),
    Derived.TAG_LOST: (RuleKind.TAGS, "tag"),
    Derived.LIFECYCLE_CHANGED: (RuleKind.LIFECYCLE, ""),
}
_NO_SCALE: Final = Scale({})


def moved(
    standing: Standing,
    judgement: Judgement,
    manual: Mapping[str, int],
    now: int,
    plan_version: int,
    initial: Container[Reference] = frozenset(),
) -> Standing | None:
    """The standing after a judgement at `now` (ms), or None when it says nothing new.

    `manual` are the tags that people gave, with since when. `initial` names the definitions that are new to everybody: what they find is
    marked, for it is the rule's doing and not the person's. What is no longer defined goes without a word; what is pending stays as it is.
    """
    found = replace(
        standing,
        bands=_bands(standing, judgement, now),
        tags=_tags(standing, judgement, now),
        manual={name: standing.manual.get(name, since) for name, since in manual.items()},
        stage=_stage(standing, judgement, now),
        segments=_segments(standing, judgement, now),
        armed=_armed(standing.armed, judgement.next, now),
    )
    if found == standing:
        return None
    outbox = (Transition(name.value, now, body | _mark(name, body, judgement, initial)) for name, body in _told(standing, found, judgement))
    return replace(found, plan=plan_version, outbox=tuple(outbox))


def _mark(name: Derived, body: Json, judgement: Judgement, initial: Container[Reference]) -> Json:
    kind, told_by = _TOLD_BY[name]
    found_by = kind, body.get(told_by, judgement.outline.lifecycle)
    return {"initial": True} if found_by in initial and body.get("by") != BY_HAND else {}


def _bands(standing: Standing, judgement: Judgement, now: int) -> dict[str, Since]:
    """A band of no points that nobody has ever left is not written down: most visitors never do, and a write each would be for nothing."""
    kept = {name: one for name, one in standing.bands.items() if (RuleKind.SCORES, name) in judgement.pending}
    found = _dated(standing.bands, judgement.bands, now)
    return kept | {name: one for name, one in found.items() if name in standing.bands or one[0] != _start(name, judgement)}


def _start(score: str, judgement: Judgement) -> str:
    return judgement.outline.scales.get((RuleKind.SCORES, score), _NO_SCALE).start


def _tags(standing: Standing, judgement: Judgement, now: int) -> dict[str, Since]:
    kept = {name: one for name, one in standing.tags.items() if (RuleKind.TAGS, name) in judgement.pending}
    return kept | _dated(standing.tags, judgement.tags, now)


def _dated(before: Mapping[str, Since], after: Mapping[str, str], now: int) -> dict[str, Since]:
    return {name: before[name] if name in before and before[name][0] == value else (value, now) for name, value in after.items()}


def _stage(standing: Standing, judgement: Judgement, now: int) -> Since:
    if (RuleKind.LIFECYCLE, judgement.outline.lifecycle) in judgement.pending or judgement.stage == standing.stage[0]:
        return standing.stage
    return (judgement.stage, now) if judgement.stage else ("", 0)


def _segments(standing: Standing, judgement: Judgement, now: int) -> dict[str, int]:
    kept = {name: since for name, since in standing.segments.items() if (RuleKind.SEGMENTS, name) in judgement.pending}
    return kept | {name: standing.segments.get(name, now) for name in judgement.segments}


def _armed(armed: int, following: int | None, now: int) -> int:
    """A timer that is armed for an earlier instant stays: when it finds nothing, it is armed anew."""
    if following is None:
        return armed if armed > now else 0
    return armed if now < armed <= following else following


def _told(before: Standing, after: Standing, judgement: Judgement) -> Iterator[_Told]:
    """Always in the same order, since a transition's place is part of its event's id."""
    yield from _told_bands(before, after, judgement)
    yield from _told_tags(before, after, judgement)
    yield from _told_manual(before, after)
    if before.stage[0] != after.stage[0] and judgement.outline.lifecycle:
        yield Derived.LIFECYCLE_CHANGED, {"from": before.stage[0] or None, "to": after.stage[0] or None}
    for name in sorted(before.segments.keys() ^ after.segments.keys()):
        if name in after.segments:
            yield Derived.SEGMENT_ENTERED, {"segment": name}
        elif (RuleKind.SEGMENTS, name) in judgement.outline.defined:
            yield Derived.SEGMENT_LEFT, {"segment": name}


def _told_bands(before: Standing, after: Standing, judgement: Judgement) -> Iterator[_Told]:
    for name, (band, _) in sorted(after.bands.items()):
        scale = judgement.outline.scales.get((RuleKind.SCORES, name), _NO_SCALE)
        # Everybody begins in the band of no points, whether or not they were judged before it changed.
        was = before.bands[name][0] if name in before.bands else scale.start
        if band != was:
            yield Derived.SCORE_BAND_CHANGED, {"score": name, "from": was or None, "to": band} | _direction(scale, was, band)


def _told_tags(before: Standing, after: Standing, judgement: Judgement) -> Iterator[_Told]:
    for name in sorted(before.tags.keys() | after.tags.keys()):
        was, value = (standing.tags[name][0] if name in standing.tags else None for standing in (before, after))
        if was == value:
            continue
        if was is not None and (value is not None or (RuleKind.TAGS, name) in judgement.outline.defined):
            yield Derived.TAG_LOST, {"tag": name, "value": was, "by": BY_RULE}
        if value is not None:
            scale = judgement.outline.scales.get((RuleKind.TAGS, name), _NO_SCALE)
            change: Json = {} if was is None else {"previous": was} | _direction(scale, was, value)
            yield Derived.TAG_GAINED, {"tag": name, "value": value, "by": BY_RULE} | change


def _told_manual(before: Standing, after: Standing) -> Iterator[_Told]:
    for name in sorted(before.manual.keys() ^ after.manual.keys()):
        yield (Derived.TAG_GAINED if name in after.manual else Derived.TAG_LOST), {"tag": name, "value": "", "by": BY_HAND}


def _direction(scale: Scale, before: str, after: str) -> Json:
    direction = scale.direction(before, after)
    return {} if direction is None else {"direction": direction}
