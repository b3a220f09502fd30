"""Where runs are noted: sheets, items of runs that entered about the same time, with `r<beginning of the id>` -> one word for each. Pure.

A count is only ever taken of words (see `words`), and the greater word of a run stands: what is told twice, or in another order, counts
once. A sheet is written at its whole price for every word on it, so it is to have few, and those that are written together.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from chalicelib.journeys.engine.model import Enrolment, Run

WINDOW_MS: Final = 10_000  # of entries by events: at 100 a second a sheet has some sixty
NOTED: Final = "r"
MARK: Final = 12  # characters of a run's id
_CALENDAR: Final = frozenset({"cron", "date"})  # a million may enter at one instant
_RULES: Final = "$segment_"  # a hundred thousand within a minute
_MINUTE_MS: Final = 60_000  # whose clock shows whole ones may mean the day: a file may bring all its orders at midnight
_OF_PERSON: Final = slice(2, 6)  # behind "p_": 65,536 sheets, and who is next to one on a list is on the same


def report_of(journey: str) -> str:
    """The report that counts the runs of a journey."""
    return f"journey#{journey}"


def sheet_of(run: Run) -> str:
    """The sheet that notes the run, always the same whoever has it: by when it entered, and in parts where many do so at a time."""
    at = _entered(run)
    return f"{window_key(at)}#{_part(run, at)}"


def window_key(at: int) -> str:
    """The beginning of the sheets of the window that an instant (ms) falls into; they sort by time."""
    return f"{at - at % WINDOW_MS:013d}"


def attribute_of(run: Run) -> str:
    """The attribute that notes the run."""
    return NOTED + run.id[:MARK]


def changed(enrolment: Enrolment) -> Iterator[Run]:
    """The runs that the write changed, which the image of an enrolment tells of: its outbox speaks of each of them."""
    spoken_of = {effect.run for effect in enrolment.outbox}
    return (run for run in enrolment.runs if run.id in spoken_of)


def newest(words: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By attribute the word that stands."""
    found: dict[str, str] = {}
    for name, word in words:
        found[name] = max(word, found.get(name, ""))
    return found


def _part(run: Run, at: int) -> str:
    name = str(run.entry.get("name", ""))
    if name in _CALENDAR:
        return run.seed[_OF_PERSON]
    if at % _MINUTE_MS == 0:
        return run.id[:4]
    return run.id[: 2 if name.startswith(_RULES) else 1]


def _entered(run: Run) -> int:
    """When it came to the door, as the entry tells it: an event's clock may be ahead of ours, and two who hear of it must note it alike."""
    try:
        return round(datetime.fromisoformat(str(run.entry.get("time"))).timestamp() * 1000)
    except ValueError:
        return run.visits[0].since if run.visits else run.entered_at
