"""Repair: items whose time to live has passed go soon, and leave the stream record that DynamoDB leaves.

The pinned version looks once a minute and removes without a record.
"""

import copy
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

_PERIOD: Final = 1.0  # seconds; AWS takes up to some days
_STOCK_THREAD: Final = "dynamodb-ttl-reaper"
_REMOVED_BY: Final = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
_Expired = tuple[str, str, str, dict[str, Any], Any, Any]


def repair() -> None:
    """Starts the reaper and keeps the emulator's own from removing anything."""
    from ministack.core import responses
    from ministack.services import dynamodb

    remove = dynamodb._remove_item
    dynamodb._remove_item = _not_from_the_stock_thread(remove)
    threading.Thread(target=_reap_for_ever, args=(dynamodb, responses, remove), daemon=True, name="expiry").start()


def _not_from_the_stock_thread(remove: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*arguments: Any) -> Any:
        return None if threading.current_thread().name == _STOCK_THREAD else remove(*arguments)

    return guarded


def _reap_for_ever(dynamodb: Any, responses: Any, remove: Callable[..., Any]) -> None:
    while True:
        time.sleep(_PERIOD)
        with dynamodb._lock:
            for account, region, name, table, partition, sort in list(_expired(dynamodb, time.time())):
                old = copy.deepcopy(table["items"][partition][sort])
                remove(table, partition, sort)
                _record(dynamodb, responses, (account, region), name, old)


def _expired(dynamodb: Any, now: float) -> Iterator[_Expired]:
    for (account, region, name), setting in list(dynamodb._ttl_settings.all_items()):
        table = dynamodb._tables.get_scoped(account, region, name)
        if table is None or setting.get("TimeToLiveStatus") != "ENABLED":
            continue
        for partition, items in table["items"].items():
            for sort, item in items.items():
                if is_expired(item.get(setting["AttributeName"]), now):
                    yield account, region, name, table, partition, sort


def is_expired(attribute: dict[str, str] | None, now: float) -> bool:
    """Whether a time-to-live attribute (DynamoDB JSON, epoch seconds) has passed. Other types than N never expire, as in DynamoDB."""
    return attribute is not None and "N" in attribute and float(attribute["N"]) <= now


def _record(dynamodb: Any, responses: Any, where: tuple[str, str], name: str, old: dict[str, Any]) -> None:
    tokens = responses._request_account_id.set(where[0]), responses._request_region.set(where[1])
    try:
        before = len(dynamodb._stream_records.get(name) or [])
        dynamodb._emit_stream_event(name, "REMOVE", old, None)
        records = dynamodb._stream_records.get(name) or []
        if len(records) > before:
            records[-1]["userIdentity"] = dict(_REMOVED_BY)
    finally:
        responses._request_account_id.reset(tokens[0])
        responses._request_region.reset(tokens[1])
