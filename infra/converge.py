"""Puts in place what templates and decorators cannot say, after every deployment; running it again changes nothing.

- options of the event source mappings (`infra/mappings.py`): a re-created mapping has lost them;
- time to live, point-in-time recovery and bucket notifications, where an emulator dropped them from the template.
"""

import time
from collections.abc import Iterator
from typing import Any, Final

from infra.mappings import QUEUES, STREAMS, QueueMapping, StreamMapping
from infra.tables import BUCKET, QUEUE, TABLE, Clients, expire, notify, restorable
from infra.template import Place, of_type

_SETTLE_TRIES: Final = 120
_SETTLE_PAUSE: Final = 1.0  # seconds between looks at a mapping that is being changed


class MappingMissing(Exception):
    """A lambda that should be fed by a stream or queue has no mapping: it was not deployed."""


class MappingUnsettled(Exception):
    """A mapping did not come to rest; running the deployment again goes on from here."""


def converge(place: Place, client: Clients, function_prefix: str) -> list[str]:
    """Applies everything and returns what was changed, one line each. `function_prefix` is `huiliu-STAGE`."""
    return [*_stores(place, client), *_mappings(place, client, function_prefix)]


def _stores(place: Place, client: Clients) -> Iterator[str]:
    dynamodb, buckets = client("dynamodb"), client("s3")
    for table in of_type(place, TABLE):
        if expire(dynamodb, table):
            yield f"{table.name}: time to live"
        if restorable(dynamodb, table):
            yield f"{table.name}: point-in-time recovery"
    for bucket in of_type(place, BUCKET):
        if notify(buckets, bucket):
            yield f"{bucket.name}: notifications"


def _mappings(place: Place, client: Clients, function_prefix: str) -> Iterator[str]:
    arns = {queue.name: queue.arn for queue in of_type(place, QUEUE)}
    for mapping in (*STREAMS, *QUEUES):
        wanted = _options(mapping, arns[f"{place.prefix}-dead-letters"])
        function = f"{function_prefix}-{mapping.function}"
        current = _current(client("lambda"), function, _source(place, mapping))
        if any(current.get(key) != value for key, value in wanted.items()):
            _update(client("lambda"), current["UUID"], wanted)
            yield f"{function}: mapping"


def _options(mapping: StreamMapping | QueueMapping, dead_letters_arn: str) -> dict[str, Any]:
    return mapping.options(dead_letters_arn) if isinstance(mapping, StreamMapping) else mapping.options()


def _source(place: Place, mapping: StreamMapping | QueueMapping) -> str:
    return f":table/{place.prefix}-{mapping.table}/stream/" if isinstance(mapping, StreamMapping) else f":{place.prefix}-{mapping.queue}"


def _current(client: Any, function: str, source: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    for one in found:
        if source in one["EventSourceArn"]:
            return one
    raise MappingMissing(f"{function} has no mapping for {source}: deploy the lambdas first")


def _update(client: Any, uuid: str, options: dict[str, Any]) -> None:
    """Changes a mapping and waits until it is in force; AWS refuses a change while another one, or its creation, is under way."""
    _settle(client, uuid)
    client.update_event_source_mapping(UUID=uuid, **options)
    _settle(client, uuid)


def _settle(client: Any, uuid: str) -> None:
    for _ in range(_SETTLE_TRIES):
        if client.get_event_source_mapping(UUID=uuid)["State"] in {"Enabled", "Disabled"}:
            return
        time.sleep(_SETTLE_PAUSE)
    raise MappingUnsettled(f"mapping {uuid} was still changing after {_SETTLE_TRIES * _SETTLE_PAUSE:.0f} s")
