"""`/v1/imports`: announce a file, see how it is read, read what was refused of it."""

from uuid import uuid4

from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES
from chalicelib.events.model import Source
from chalicelib.http import Answer, Request
from chalicelib.imports import files, store
from chalicelib.imports.contract import ImportCreated, ImportRequest, ImportStatus, RefusedRows
from chalicelib.imports.model import DEFAULT_SOURCE


def post_import(request: Request) -> Answer:
    """Keeps a new import and answers with a signed address to upload its file to."""
    asked = request.document(ImportRequest)
    job = asked.job(uuid4().hex, _source(asked.source), request.received_at)
    store.create(job)
    url, headers = files.upload_address(job.key, job.format)
    return Answer(201, ImportCreated.of(job, url, headers), {"location": f"/v1/imports/{job.id}"})


def get_import(request: Request) -> Answer:
    """How an import stands."""
    return Answer(body=ImportStatus.of(store.get(request.params["id"])))


def get_import_rejections(request: Request) -> Answer:
    """The rows of an import that were not kept."""
    job = store.get(request.params["id"])
    return Answer(body=RefusedRows.of(store.refused_rows(job, request.limit, request.cursor)))


def _source(name: str) -> Source:
    """The published source of that name; any other counts as a third party, whose phones and mail addresses nobody has checked."""
    found = definitions.published(SOURCES, name) if name != DEFAULT_SOURCE.name else None
    return Source(name, third_party=bool(found.document.get("third_party")) if found else True)
