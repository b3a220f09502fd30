"""Signals and standing to stored texts and back: short, for they are part of what every event writes."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.people.standing import Standing, Transition
from chalicelib.signals.model import Entry, Hit, Journal, Ledger, State, Value

EMPTY: Final = Journal()


def pack_journal(journal: Journal) -> list[Any]:
    """As JSON: [start, [ms since the entry before, signal or [signal, value], ...], ...]."""
    packed: list[Any] = [journal.start]
    before = 0
    for time, hits in journal.entries:
        packed.append([time - before, *(number if value is None else [number, value] for number, value in hits)])
        before = time
    return packed


def unpack_journal(packed: list[Any]) -> Journal:
    """The journal of `pack_journal`."""
    entries: list[Entry] = []
    time = 0
    for since, *hits in packed[1:]:
        time += since
        entries.append((time, tuple((hit, None) if isinstance(hit, int) else (hit[0], hit[1]) for hit in hits)))
    return Journal(tuple(entries), packed[0])


def pack_ledger(ledger: Ledger) -> bytes:
    """Deflated JSON: {"t": through, "s": {number: [total, first, last, sum, hits, days]}}, times of hits as steps back from the last."""
    states = {number: _pack_state(state) for number, state in sorted(ledger.states.items())}
    return zlib.compress(_compact({"t": ledger.through, "s": states}).encode())


def unpack_ledger(packed: bytes) -> Ledger:
    """The ledger of `pack_ledger`."""
    body = json.loads(zlib.decompress(packed))
    return Ledger({int(number): _unpack_state(*state) for number, state in body["s"].items()}, body["t"])


def pack_standing(standing: Standing) -> str:
    """JSON with short names; what is empty is left out."""
    body: dict[str, Any] = {
        "p": standing.plan,
        "b": standing.bands,
        "t": standing.tags,
        "m": standing.manual,
        "s": standing.segments,
        "l": standing.stage if standing.stage != ("", 0) else None,
        "a": standing.armed,
        "o": [[one.name, one.time, one.properties] for one in standing.outbox],
        "w": standing.teller,
    }
    return _compact({name: value for name, value in body.items() if value})


def unpack_standing(text: str, version: int) -> Standing:
    """The standing of `pack_standing`."""
    body = json.loads(text)
    return Standing(
        version=version,
        plan=body.get("p", 0),
        bands=_since(body.get("b", {})),
        tags=_since(body.get("t", {})),
        manual=body.get("m", {}),
        stage=tuple(body["l"]) if "l" in body else ("", 0),
        segments=body.get("s", {}),
        armed=body.get("a", 0),
        outbox=tuple(Transition(name, time, properties) for name, time, properties in body.get("o", ())),
        teller=body.get("w", ""),
    )


def _since(packed: Mapping[str, list[Any]]) -> dict[str, tuple[str, int]]:
    return {name: (value, at) for name, (value, at) in packed.items()}


def _pack_state(state: State) -> list[Any]:
    hits: list[Any] = []
    before = state.last
    for time, value in state.hits:
        hits.append(before - time if value is None else [before - time, value])
        before = time
    packed = [state.total, state.first, state.last, state.sum, hits, state.days]
    while not packed[-1]:  # the total is never 0
        packed.pop()
    return packed


def _unpack_state(total: int, first: int = 0, last: int = 0, summed: int = 0, hits: Any = (), days: Any = ()) -> State:
    found: list[Hit] = []
    time = last
    for hit in hits:
        step, value = _step(hit)
        time -= step
        found.append((time, value))
    return State(total, first, last, summed, tuple(found), tuple((day, count) for day, count in days))


def _step(hit: Any) -> tuple[int, Value]:
    return (hit, None) if isinstance(hit, int) else (hit[0], hit[1])


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
