"""What was told of a fan's coming and going, out of the stored events. All times are epoch ms."""

from typing import Final

from chalicelib.events import store
from chalicelib.events.store import LAST, Row, high_bound, low_bound
from chalicelib.fans.model import Change
from chalicelib.fans.relation import FOUND, SAME_MS, Step
from chalicelib.identifiers import Identifier

_CHANGES: Final = {one.value: one for one in Change}
NEAR: Final = 200  # events of one fan within two minutes
FAR: Final = 200  # events that may lie between a fan's going and now


def around(appid: str, openid: str, at: int) -> list[Step]:
    """The steps so near to an instant that they may be the same as one that happened then."""
    return _steps(appid, openid, low=low_bound(at - SAME_MS), high=high_bound(at + SAME_MS + 1), limit=NEAR)


def until(appid: str, openid: str, at: int | None = None) -> list[Step]:
    """The latest steps up to and with an instant (None: all), latest first; none when too much else has happened since."""
    return _steps(appid, openid, newest_first=True, high=LAST if at is None else high_bound(at + 1), limit=FAR)


def after(appid: str, openid: str, at: int) -> list[Step]:
    """The first steps after an instant, earliest first."""
    return _steps(appid, openid, low=low_bound(at + 1), limit=FAR)


def _steps(appid: str, openid: str, *, newest_first: bool = False, low: str = store.FIRST, high: str = LAST, limit: int) -> list[Step]:
    key = Identifier(f"openid:{appid}", openid).key
    page = store.events_of(key, newest_first=newest_first, low=low, high=high, limit=limit)
    return [_step(row) for row in page.rows if row.name in _CHANGES]


def _step(row: Row) -> Step:
    time, _, event_id = row.sort.partition("#")
    return Step(_CHANGES[row.name], int(time), event_id.startswith(FOUND))
