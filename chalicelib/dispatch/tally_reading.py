"""A connection to DynamoDB whose answers are left as they were sent, for reading a million notes within two seconds.

botocore goes through an answer value by value, to make bytes and times of some. A sheet has neither, and that took most of a report.
"""

from functools import cache
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session, get_session
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection

from chalicelib.dynamo import meta


class _AsSent(JSONParser):  # type: ignore[misc]
    """Answers in DynamoDB's typed JSON, for texts and numbers."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:  # noqa: ARG002 - what it would be made into
        return self._parse_body_as_json(raw_body)


class _Factory(ResponseParserFactory):  # type: ignore[misc]
    """Makes these for every client of a session."""

    def create_parser(self, protocol_name: str) -> JSONParser:  # noqa: ARG002 - there is one
        """Of DynamoDB, whose protocol is JSON."""
        return _AsSent(**self._defaults)


class _Reader(Connection):
    """A connection with a session of its own, which no other client comes from."""

    @property
    def session(self) -> Session:
        """Made once, with the client."""
        made = get_session()
        made.register_component("response_parser_factory", _Factory())
        return made


def reader(table: TableConnection) -> Connection:
    """The connection to query a table of sheets by."""
    found = _client()
    if table.table_name not in found._tables:  # noqa: SLF001 - PynamoDB offers no way to ask or to share
        found.add_meta_table(table.get_meta_table())
    return found


@cache
def _client() -> Connection:
    values = meta("")
    return _Reader(
        region=values.region,
        host=values.host,
        connect_timeout_seconds=values.connect_timeout_seconds,
        read_timeout_seconds=values.read_timeout_seconds,
        max_retry_attempts=values.max_retry_attempts,
    )
