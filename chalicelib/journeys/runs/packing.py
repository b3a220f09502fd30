"""The stored form of an enrolment: one compact JSON text. Pure. The same enrolment always gives the same text, and the text the same one.

Keys of one letter, rows without names, and nothing in it that is as it is anyway: most writes of an enrolment take one write unit of 1 KB,
whose number decides what a journey costs.
"""

import json
from dataclasses import MISSING, Field, fields
from typing import Any, Final

from chalicelib.events.model import Json
from chalicelib.events.packing import encode
from chalicelib.journeys.engine.model import (
    Arm,
    Credited,
    Do,
    Effect,
    Enrolment,
    Mark,
    Note,
    Reached,
    Run,
    RunState,
    Send,
    Sent,
    Tell,
    Visit,
    Withdraw,
)

_RUN: Final = {
    "id": "i",
    "version": "v",
    "key": "k",
    "by": "b",
    "seed": "p",
    "entered_at": "a",
    "node": "n",
    "since": "t",
    "due": "d",
    "state": "s",
    "reason": "r",
    "ended_at": "o",
    "entry": "e",
    "depth": "q",
    "tries": "y",
    "again": "f",
}
_VISITS, _SENT, _REACHED, _MILESTONES, _TAKEN = "h", "m", "g", "z", "x"
_EFFECTS: Final[dict[str, type[Effect]]] = {"s": Send, "d": Do, "a": Arm, "w": Withdraw, "c": Credited, "t": Tell, "n": Note}
_LETTERS: Final = {kind: letter for letter, kind in _EFFECTS.items()}

_Row = Visit | Sent | Mark | Reached | Effect


def packed(enrolment: Enrolment) -> str:
    """The text of an enrolment, without what its item holds beside it: person, journey, `rev`, `expires`."""
    parts = {
        "r": [_run(one) for one in enrolment.runs],
        "m": [_row(one) for one in enrolment.marks],
        "o": [[_LETTERS[type(one)], *_row(one)] for one in enrolment.outbox],
    }
    return encode({name: rows for name, rows in parts.items() if rows})


def unpacked(text: str | bytes, person: str, journey: str, rev: int, expires: int) -> Enrolment:
    """The enrolment of an item."""
    parts: Json = json.loads(text)
    return Enrolment(
        person=person,
        journey=journey,
        rev=rev,
        runs=tuple(_run_of(one) for one in parts.get("r", ())),
        marks=tuple(Mark(*row) for row in parts.get("m", ())),
        outbox=tuple(_effect_of(*row) for row in parts.get("o", ())),
        expires=expires,
    )


def _run(run: Run) -> Json:
    values = {_RUN[one.name]: getattr(run, one.name) for one in fields(run) if one.name in _RUN and getattr(run, one.name) != _default(one)}
    rows = {
        _VISITS: [_row(one) for one in run.visits],
        _SENT: [_row(one) for one in run.sent],
        _MILESTONES: [list(one) for one in run.milestones],
        _TAKEN: [list(one) for one in run.taken],
    }
    if run.reached is not None:
        rows[_REACHED] = _row(run.reached)
    return values | {name: row for name, row in rows.items() if row}


def _run_of(parts: Json) -> Run:
    values = {name: parts[short] for name, short in _RUN.items() if short in parts}
    if "state" in values:
        values["state"] = RunState(values["state"])
    return Run(
        visits=tuple(Visit(*row) for row in parts.get(_VISITS, ())),
        sent=tuple(Sent(*row) for row in parts.get(_SENT, ())),
        reached=Reached(*parts[_REACHED]) if _REACHED in parts else None,
        milestones=tuple((node, at) for node, at in parts.get(_MILESTONES, ())),
        taken=tuple((node, at) for node, at in parts.get(_TAKEN, ())),
        **values,
    )


def _effect_of(letter: str, *row: Any) -> Effect:
    kind = _EFFECTS[letter]
    if kind is Withdraw:
        run, messages = row
        return Withdraw(run, tuple(messages))
    return kind(*row)


def _row(whole: _Row) -> list[Any]:
    """The values of the fields, without those at its end that are as they are if nobody says."""
    kept = list(fields(whole))
    while getattr(whole, kept[-1].name) == _default(kept[-1]):
        kept.pop()
    return [getattr(whole, one.name) for one in kept]


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
