"""Events in our own format."""

from typing import Final

from chalicelib.campaigns.landing import recognised
from chalicelib.errors import Unauthorized
from chalicelib.events import native
from chalicelib.events.keep import keep
from chalicelib.events.rejection_records import WireFormat
from chalicelib.http import Answer, Request
from chalicelib.identity.published import current_rules

ACCEPTED: Final = 202


def post_events(request: Request) -> Answer:
    """`/v1/events`: keeps the good events of the batch and names the others."""
    source = request.known_caller().source
    if source is None:
        raise Unauthorized("events need a write key: an API key does not say which source sends them")
    outcome = keep(recognised(native.read(request.body)), source, current_rules(), request.received_at, protocol=WireFormat.NATIVE)
    rejected = [native.Rejected(index=one.index, code=one.code, detail=one.detail) for one in outcome.refusals]
    return Answer(ACCEPTED, native.NativeAnswer(accepted=outcome.accepted, rejected=rejected))
