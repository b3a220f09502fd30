"""A whole data plane in memory: moto, with every store of `infra/data.yaml` made from that file."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import _lru_cache_wrapper, cache
from typing import Any, Final

import boto3
from moto import mock_aws
from moto.core.base_backend import BackendDict, BaseBackend
from moto.dynamodb.models import dynamodb_backends
from moto.firehose.models import firehose_backends
from moto.s3.models import s3_backends
from moto.sqs.models import Queue, SQSBackend, sqs_backends
from moto.stepfunctions.models import Execution, stepfunctions_backends

from infra import tables
from infra.definition_import import make_kinds_known
from infra.template import Place
from tests.support.environment import PLACE
from tests.support.short_way import short_way

_STORES: Final[tuple[BackendDict[Any], ...]] = (dynamodb_backends, sqs_backends, s3_backends, firehose_backends, stepfunctions_backends)


@dataclass(frozen=True, slots=True)
class Stack:
    """The stores of one test, with clients to look into them. Usage: `stack.items("events")`, `stack.messages("dead-letters")`."""

    place: Place

    def client(self, service: str) -> Any:
        """A boto3 client of the stack's region."""
        return client(service)

    def table(self, name: str) -> str:
        """The full name of a table or queue, e.g. `huiliu-test-events`."""
        return f"{self.place.prefix}-{name}"

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, in DynamoDB's typed JSON."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.table(table))
        return [item for page in pages for item in page["Items"]]

    def queue_url(self, name: str) -> str:
        """The address of a queue, e.g. `dead-letters`, `imports`."""
        url: str = self.client("sqs").get_queue_url(QueueName=self.table(name))["QueueUrl"]
        return url

    def messages(self, queue: str) -> list[str]:
        """Takes up to ten messages off a queue and returns their bodies."""
        url = self.queue_url(queue)
        found = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    # Inside moto, where a call would cost milliseconds or is not there at all.

    def stream_of(self, table: str) -> list[dict[str, Any]]:
        """What a table's stream holds, from its beginning: the records themselves, as moto keeps them."""
        shard = self._backend(dynamodb_backends).tables[self.table(table)].stream_shard
        assert shard is not None, f"{table} has no stream"
        return [one.record for one in shard.items]

    def queue(self, name: str) -> Queue:
        """A queue, with the messages that are hidden or not due yet."""
        found: Queue = self._backend(sqs_backends).queues[self.table(name)]
        return found

    def running(self, machine: str) -> list[Execution]:
        """The executions of a state machine (its ARN) that are not over, the newest first."""
        found = self._backend(stepfunctions_backends).describe_state_machine(machine).executions
        return sorted((one for one in found if one.status == "RUNNING"), key=lambda one: one.start_date, reverse=True)

    def _backend(self, backends: BackendDict[Any]) -> Any:
        return backends[self.place.account][self.place.region]

    def clear(self) -> None:
        """Empties tables, streams and queues and forgets what the code has cached: a fresh start in a tenth of a stack's time."""
        # Through moto's own objects: deleting and making tables by API would cost 100 ms, too much for thousands of seeds.
        for table in self._backend(dynamodb_backends).tables.values():
            table.items.clear()
            if table.stream_shard is not None:
                table.stream_shard.items.clear()
        for queue in self._backend(sqs_backends).queues.values():  # purging takes turns of a minute
            queue._messages.clear()
        forget_caches()


@cache
def client(service: str) -> Any:
    """One boto3 client per service and process: making one costs more than making every table."""
    return boto3.client(service, region_name=PLACE.region)


@contextmanager
def memory_stack(only: Collection[str] | None = None) -> Iterator[Stack]:
    """Enters moto and makes the data plane: all of it, or just the tables with the short names in `only`. Calls take the short way."""
    make_kinds_known()  # whatever else a test imports: kinds check and do the same in all of them
    with mock_aws(), short_way():
        forget_caches()
        _furnish(None if only is None else frozenset(only))
        yield Stack(PLACE)
        forget_caches()


_made: Final[dict[frozenset[str] | None, list[tuple[BackendDict[Any], BaseBackend]]]] = {}


def _furnish(only: frozenset[str] | None) -> None:
    """Makes the stores by their API once in a process (200 ms for all of them); from then on copies what was made then (3 ms)."""
    if only not in _made:
        if only is None:
            tables.create(PLACE, client)
        else:
            tables.create_tables(PLACE, client, only)
        _made[only] = [(stores, _copy(one)) for stores in _STORES for one in stores[PLACE.account].values()]
        return
    for stores, kept in _made[only]:
        stores[PLACE.account][kept.region_name] = _copy(kept)


def _copy(backend: BaseBackend) -> BaseBackend:
    """A backend with everything that it holds, and nothing in common with the original but the locks of its queues, that have no copies."""
    locks = [queue._messages_lock for queue in backend.queues.values()] if isinstance(backend, SQSBackend) else []
    return deepcopy(backend, {id(one): one for one in locks})


def forget_caches() -> None:
    """Empties what the project's modules keep in memory: `functools.cache`d functions (clients stay), and what a `forget()` drops."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("chalicelib") or name == "chalicelib.settings":
            continue
        # By their type: asking everything in a module for a `cache_clear` takes four times as long, and wakes modules that come later.
        for attribute, value in list(vars(module).items()):
            if isinstance(value, _lru_cache_wrapper) and "client" not in attribute:
                value.cache_clear()
        if callable(forget := getattr(module, "forget", None)):
            forget()
