"""A whole data plane in memory: moto, with every store of `infra/data.yaml` made from that file."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from infra import tables
from infra.definition_import import make_kinds_known
from infra.template import Place
from tests.support.environment import PLACE


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

    def clear(self) -> None:
        """Empties tables, streams and queues and forgets what the code has cached: a fresh start in a tenth of a stack's time."""
        # Through moto's own objects: deleting and making tables by API would cost 100 ms, too much for thousands of seeds.
        for table in dynamodb_backends[self.place.account][self.place.region].tables.values():
            table.items.clear()
            if table.stream_shard is not None:
                table.stream_shard.items.clear()
        for queue in sqs_backends[self.place.account][self.place.region].queues.values():  # purging takes turns of a minute
            queue._messages.clear()
        forget_caches()


@cache
def client(service: str) -> Any:
    """One boto3 client per service and process: making one costs more than making every table."""
    return boto3.client(service, region_name=PLACE.region)


@contextmanager
def memory_stack(only: Collection[str] | None = None) -> Iterator[Stack]:
    """Enters moto and makes the data plane: all of it, or just the tables with the short names in `only` (about 1 ms each)."""
    make_kinds_known()  # whatever else a test imports: kinds check and do the same in all of them
    with mock_aws():
        forget_caches()
        if only is None:
            tables.create(PLACE, client)
        else:
            tables.create_tables(PLACE, client, only)
        yield Stack(PLACE)
        forget_caches()


def forget_caches() -> None:
    """Empties what the project's modules keep in memory: `functools.cache`d functions (clients stay), and what a `forget()` drops."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("chalicelib") or name == "chalicelib.settings":
            continue
        for attribute, value in list(vars(module).items()):
            if callable(clear := getattr(value, "cache_clear", None)) and "client" not in attribute:
                clear()
        if callable(forget := getattr(module, "forget", None)):
            forget()
