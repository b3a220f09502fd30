"""Every hour: what each account needs once a day is begun. All of it may be begun twice."""

from collections.abc import Callable
from time import time
from typing import Any, Final

from chalicelib.fans import connected, syncing
from chalicelib.tagging import reconcile
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "upkeep"
FAILED: Final = "upkeep_failed"


@observed(FUNCTION)
def upkeep(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Begins the comparison of the fans, and that of their tags, of every account that is due. One account's trouble is not the others'."""
    now = int(time() * 1000)
    for appid in filter(connected.has_fans, connected.appids()):
        _begin("fans", syncing.upkeep, appid, now)
        _begin("tags", reconcile.start, appid, now)
        _begin("walks", reconcile.revive, appid, now)
    return {}


def _begin(what: str, begin: Callable[[str, int], object], appid: str, now: int) -> None:
    try:
        begin(appid, now)
    except Exception:  # noqa: BLE001 - logged and counted; what was not begun is still due in the next hour
        logger.exception("upkeep failed", appid=appid, what=what)
        count_refusals([FAILED])
