"""The HTTP API that the SDKs of Segment and RudderStack send to: `/v1/batch`, `/v1/import` and the single calls."""

from chalicelib.access import store
from chalicelib.access.model import Scope
from chalicelib.admission import key_of
from chalicelib.campaigns.landing import recognised
from chalicelib.errors import Unauthorized
from chalicelib.events import segment
from chalicelib.events.keep import keep
from chalicelib.events.model import Source
from chalicelib.events.rejection_records import WireFormat
from chalicelib.http import Answer, Request
from chalicelib.identity.published import current_rules


def post_batch(request: Request) -> Answer:
    """`/v1/batch`, `/v1/import`: many messages. Exactly 200 once they are kept: on any other 2xx RudderStack's client for Python sends
    them again.
    """
    return _answer(request, "batch")


def post_call(request: Request) -> Answer:
    """`/v1/track`, `/v1/identify`, `/v1/page`, `/v1/screen`, `/v1/group`, `/v1/alias`: one message, its type is the path's."""
    return _answer(request, request.path.rstrip("/").rpartition("/")[2])


def _answer(request: Request, call: str) -> Answer:
    key = key_of(request.headers)
    source = _source(key) if key else None  # before the body is unpacked, where that is possible
    batch = segment.read(request.body, call)
    source = source or _source(batch.write_key)
    outcome = keep(recognised(batch.records), source, current_rules(), request.received_at, protocol=WireFormat.SEGMENT)
    rejected = [{"index": one.index, "code": one.code, "detail": one.detail} for one in outcome.refusals]
    return Answer(body={"success": True, "accepted": outcome.accepted, "rejected": rejected})


def _source(key: str) -> Source:
    """The owner of a write key. Raises Unauthorized, which no client of the two families tries again."""
    caller = store.find(key) if key else None
    if caller is None or caller.source is None or not caller.may(Scope.INGEST):
        raise Unauthorized("a write key is needed, as the user of Basic or as writeKey in the body")
    return caller.source
