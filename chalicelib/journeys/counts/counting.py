"""Counts of a journey: where its runs are, right after whatever happens.

    note(enrolments, now)                  # the perform lambda, of every image in its batch
    counted("unpaid", start, end)          # by version: as many reads as the sheets have megabytes

Whoever is told late, or twice, changes nothing: a word is written only where none that is greater stands.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.definitions import store as definitions
from chalicelib.dispatch import tallies
from chalicelib.dispatch.tallies import SheetRecord
from chalicelib.durations import UNITS_MS
from chalicelib.dynamo import SCHEMA_VERSION
from chalicelib.errors import NotFound
from chalicelib.journeys.counts.census import Census, added_up
from chalicelib.journeys.counts.sheets import attribute_of, changed, newest, report_of, sheet_of, window_key
from chalicelib.journeys.counts.words import legend_of, word_of
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.in_force import book
from chalicelib.people.store import INVALID, Unstorable
from chalicelib.settings import settings

KEPT_MS: Final = 800 * UNITS_MS["d"]  # of a sheet, from when anything was noted on it
KIND: Final = "journeys"
_AT_ONCE: Final = 50  # words of one update: an expression holds 4 KB and 300 operators
_OLDER: Final = "ConditionalCheckFailedException"

Place = tuple[str, str]  # a report, and a sheet of it


def note(enrolments: Sequence[Enrolment], now: int) -> None:
    """Notes where the runs are that writes have changed, as their images tell; one write a sheet. Raises Unstorable for a full one."""
    sheets: dict[Place, list[tuple[str, str]]] = {}
    journeys = book.current()
    for one in enrolments:
        for run in changed(one):
            word = word_of(run, one.rev, legend_of(journeys.chart(one.journey, run.version)))
            sheets.setdefault((report_of(one.journey), sheet_of(run)), []).append((attribute_of(run), word))
    for place, words in sheets.items():
        standing = list(newest(words).items())
        for start in range(0, len(standing), _AT_ONCE):
            _write(place, standing[start : start + _AT_ONCE], now)


def counted(journey: str, start: int, end: int) -> dict[int, Census]:
    """By version the runs of a journey whose entries lie between two instants (ms), by windows of ten seconds."""
    found = tallies.sheets(report_of(journey), window_key(start), window_key(end) + tallies.LAST)
    return added_up(found, lambda version: legend_of(chart(journey, version)))


def chart(journey: str, version: int) -> Chart | None:
    """A version of a journey, also one that nobody is inside of any more; None for none that ever was."""
    known = book.current().chart(journey, version)
    if known is not None:
        return known
    try:
        found = definitions.get(KIND, journey, version)
    except NotFound:
        return None
    return chart_of(journey, version, found.document, settings().pace)


def _write(place: Place, words: Sequence[tuple[str, str]], now: int) -> None:
    """Writes words where no greater ones stand. Of several, those that nothing is against are found by halves: it happens rarely."""
    if _is_written(place, dict(words), now) or len(words) == 1:
        return
    middle = len(words) // 2
    _write(place, words[:middle], now)
    _write(place, words[middle:], now)


def _is_written(place: Place, words: Mapping[str, str], now: int) -> bool:
    actions: list[Action] = [Path(name).set(word) for name, word in words.items()]
    actions += [SheetRecord.v.set(SCHEMA_VERSION), SheetRecord.expires.set((now + KEPT_MS) // 1000)]
    condition = _all([Path(name).does_not_exist() | (Path(name) <= word) for name, word in words.items()])
    table = SheetRecord._get_connection()  # noqa: SLF001 - the model's own update would ask for all of the sheet in return
    try:
        table.update_item(*place, actions=actions, condition=condition, return_values="NONE")
    except UpdateError as error:
        if error.cause_response_code == INVALID:
            raise Unstorable(str(error)) from error
        if error.cause_response_code != _OLDER:
            raise
        return False
    return True


def _all(conditions: Sequence[Condition]) -> Condition:
    """All of them, as a tree that is no deeper than it has to be."""
    middle = len(conditions) // 2
    return conditions[0] if not middle else _all(conditions[:middle]) & _all(conditions[middle:])
