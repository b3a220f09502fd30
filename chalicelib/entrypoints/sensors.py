"""The collector that the Sensors Analytics SDKs send to.

Their clients lose data or loop for ever on most answers but 200, so `/sa` and `/sa.gif` answer 200 whatever the records are worth,
once they are kept or put aside with the reason; only when the store fails do they answer 5xx, so that those clients that can will
send again. They never redirect: the SDKs for Python and Node would follow without the body and report success.
"""

import base64
import json
import re
from collections.abc import Iterable
from typing import Final

from chalicelib.campaigns.landing import recognised
from chalicelib.entrypoints.crediting import credited
from chalicelib.errors import BadRequest
from chalicelib.events import sensors
from chalicelib.events.accept import accept
from chalicelib.events.keep import keep
from chalicelib.events.model import Record, Refusal, Source
from chalicelib.events.rejection_records import WireFormat
from chalicelib.events.sensors_envelope import open_envelope
from chalicelib.http import Answer, Request
from chalicelib.identity.published import current_rules

PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # a transparent GIF of 1x1
NOT_CACHED: Final = {"cache-control": "no-store"}
_CALLBACK: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}")
_CLEAR: Final = 205  # the code with which the visual tracking plugin forgets what it was configured to


def collect(request: Request) -> Answer:
    """`/sa` and POST `/sa.gif`: keeps the records, answers 200 without a body."""
    _kept(_records(request), request)
    return Answer(headers=NOT_CACHED)


def collect_image(request: Request) -> Answer:
    """GET `/sa.gif`: keeps the record, answers with an image, so that browsers have nothing to report."""
    _kept(_records(request), request)
    return Answer(body=PIXEL, headers={"content-type": "image/gif", **NOT_CACHED})


def debug(request: Request) -> Answer:
    """`/debug`: tells what is wrong with the records, and keeps the good ones unless the header `Dry-Run: true` is there.

    Browsers (GET) want 200 with an object, empty when all is well; server SDKs (POST) want a 4xx with a text that they can print.
    """
    records = _records(request)
    dry = request.headers.get("dry-run", "").lower() == "true"
    refusals = sorted(_checked(records, request) if dry else _kept(records, request), key=lambda refusal: refusal.index)
    if not refusals:
        return Answer(body={}, headers=NOT_CACHED)
    faults = [{"index": one.index, "code": one.code, "detail": one.detail} for one in refusals]
    if request.method == "GET":
        return Answer(body={"errors": faults}, headers=NOT_CACHED)
    text = "\n".join(f"record {one.index}: {one.code}: {one.detail}" for one in refusals)
    return Answer(BadRequest.status, text, {"content-type": "text/plain; charset=utf-8", **NOT_CACHED})


def visual_tracking(request: Request) -> Answer:
    """`/config/visualized/Web.conf`: tells the browser's visual tracking that there is nothing to track, by calling its callback.

    Raises BadRequest when the callback's name could be anything but a name: it becomes part of a script.
    """
    callback = request.query.get("callbackName", "")
    if not _CALLBACK.fullmatch(callback):
        raise BadRequest("callbackName must be the name of a function")
    script = f"/**/{callback}({_CLEAR},{json.dumps({'os': 'Web'})});"
    return Answer(body=script, headers={"content-type": "application/javascript; charset=utf-8", "x-content-type-options": "nosniff"})


def _records(request: Request) -> dict[Source, list[Record]]:
    """The records of a request by the source they are credited to."""
    envelope = open_envelope(request.body, request.query)
    unread = [sensors.Sent(refusal, "", "") for refusal in envelope.refusals]
    return credited([*sensors.read(envelope.records, request.headers.get("user-agent", "")), *unread], envelope.fields)


def _kept(groups: dict[Source, list[Record]], request: Request) -> list[Refusal]:
    """Keeps everything and tells what was put aside; what raises is an answer of 5xx."""
    rules = current_rules()
    outcomes = [
        keep(recognised(records), source, rules, request.received_at, protocol=WireFormat.SENSORS) for source, records in groups.items()
    ]
    return [refusal for outcome in outcomes for refusal in outcome.refusals]


def _checked(groups: dict[Source, list[Record]], request: Request) -> Iterable[Refusal]:
    rules = current_rules()
    return [refusal for source, records in groups.items() for refusal in accept(records, source, rules, request.received_at).refusals]
