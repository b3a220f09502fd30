"""What every DynamoDB model shares: where its table is, how its client behaves, and the client itself."""

import os
from functools import cache
from typing import Any

from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib.settings import settings

_INDEXES = "GlobalSecondaryIndexes"
SCHEMA_VERSION = 1  # written on every item as `v`; raised when an item's shape changes


def meta(table: str) -> Any:
    """The PynamoDB `Meta` of a model that lives in `table` (short name, e.g. `events`)."""
    values = {
        "table_name": settings().table(table),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        "host": os.environ.get("AWS_ENDPOINT_URL"),
        "connect_timeout_seconds": 3,
        "read_timeout_seconds": 10,
        "max_retry_attempts": 5,
    }
    return type("Meta", (), values)


class StoredItem(Model):
    """Base of every model. All share one client: PynamoDB would make one a model, at 80 ms of CPU and a TLS connection each."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table: TableConnection = super()._get_connection()
        shared = _shared_client()
        if table.connection is not shared:
            mine, known = table.get_meta_table(), shared._tables.get(table.table_name)  # noqa: SLF001 - there is no way to ask or to share
            if known is None:
                shared.add_meta_table(mine)
            elif mine.data.get(_INDEXES) and not known.data.get(_INDEXES):  # another model of the table came first, and knows no index
                shared._tables[table.table_name] = mine  # noqa: SLF001 - as above
            table.connection = shared
        return table

    @classmethod
    def shared_connection(cls) -> Connection:
        """The connection that every table's model uses, for transactions over several of them."""
        return cls._get_connection().connection


@cache
def _shared_client() -> Connection:
    values = meta("")
    return Connection(
        region=values.region,
        host=values.host,
        connect_timeout_seconds=values.connect_timeout_seconds,
        read_timeout_seconds=values.read_timeout_seconds,
        max_retry_attempts=values.max_retry_attempts,
    )
