"""Every hour: what each account needs once a day is begun, providers that call nobody back are asked, and journeys are looked after.

All of it may be done twice.
"""

from collections.abc import Callable
from time import time
from typing import Any, Final

from chalicelib.broadcasts import starting
from chalicelib.broadcasts import store as broadcasts
from chalicelib.channels.mass_by_tag import ByTag
from chalicelib.entrypoints import receipts
from chalicelib.fans import connected, syncing
from chalicelib.journeys import operating, retiring
from chalicelib.journeys.in_force import book
from chalicelib.journeys.steps import watchdog
from chalicelib.journeys.walks import walking
from chalicelib.providers import connected as providers
from chalicelib.tagging import reconcile
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "upkeep"
FAILED: Final = "upkeep_failed"
HOUR_MS: Final = 3_600_000
LEFT_MS: Final = 20_000  # of the invocation's time: with less of it no further journey's versions are looked through


@observed(FUNCTION)
def upkeep(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Begins the comparison of the fans, and that of their tags, of every account that is due. One account's trouble is not the others'."""
    now = int(time() * 1000)
    for appid in filter(connected.has_fans, connected.appids()):
        _begin("fans", syncing.upkeep, appid, now)
        _begin("tags", reconcile.start, appid, now)
        _begin("walks", reconcile.revive, appid, now)
        _begin("gatherings", ByTag().clear, appid, now)
    for broadcast in broadcasts.unfinished(now):
        _begin("broadcasts", starting.look_after, broadcast, now)
    for name in providers.names():
        _begin("receipts", receipts.pull, name, now)
    _begin("journeys", lambda _, at: _look_after_journeys(context, at), "", now)
    return {}


def _look_after_journeys(context: Any, now: int) -> None:
    """Calendars are kept going, whoever was forgotten on a journey is looked at, versions that nobody needs are forgotten.

    The last takes longest and can wait: it comes last, while time is left, and another journey is the first each hour.
    """
    _begin("calendars", lambda _, at: operating.follow(at), "", now)
    _begin("cohorts", lambda _, at: watchdog.look_after_cohorts(at), "", now)
    names = book.current().names()
    first = now // HOUR_MS % max(len(names), 1)
    for journey in (*names[first:], *names[:first]):
        _begin("runs", watchdog.look_after, journey, now)
        _begin("journey walks", walking.revive, journey, now)
    for journey in (*names[first:], *names[:first]):
        if context.get_remaining_time_in_millis() < LEFT_MS:
            return
        _begin("versions", retiring.retire, journey, now)


def _begin(what: str, begin: Callable[[str, int], object], account: str, now: int) -> None:
    try:
        begin(account, now)
    except Exception:  # noqa: BLE001 - logged and counted; what was not begun is still due in the next hour
        logger.exception("upkeep failed", account=account, what=what)
        count_refusals([FAILED])
