"""Every hour: what each account needs once a day is begun, and providers that call nobody back are asked. All of it may be done twice."""

from collections.abc import Callable
from time import time
from typing import Any, Final

from chalicelib.broadcasts import starting
from chalicelib.broadcasts import store as broadcasts
from chalicelib.channels.mass_by_tag import ByTag
from chalicelib.entrypoints import receipts
from chalicelib.fans import connected, syncing
from chalicelib.providers import connected as providers
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
        _begin("gatherings", ByTag().clear, appid, now)
    for broadcast in broadcasts.unfinished(now):
        _begin("broadcasts", starting.look_after, broadcast, now)
    for name in providers.names():
        _begin("receipts", receipts.pull, name, now)
    return {}


def _begin(what: str, begin: Callable[[str, int], object], account: str, now: int) -> None:
    try:
        begin(account, now)
    except Exception:  # noqa: BLE001 - logged and counted; what was not begun is still due in the next hour
        logger.exception("upkeep failed", account=account, what=what)
        count_refusals([FAILED])
