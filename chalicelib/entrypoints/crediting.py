"""Which source a Sensors Analytics record is credited to: by its key, else by its project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.access import store
from chalicelib.access.model import Scope
from chalicelib.events.model import Record, Refusal, Source
from chalicelib.events.sensors import Sent

DEFAULT_PROJECT: Final = "default"  # what the SDKs mean when they name none
MAX_LOOKUPS: Final = 16  # different keys and projects in one request; each costs a read
NOBODY: Final = Source("-", third_party=True)  # owns the refusals of requests whose sender is not known; no source can have this name


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why a record has no source: a stable code (`key_missing`, `key_unknown`) and what to do."""

    code: str
    detail: str


_TOO_MANY: Final = Unknown("key_unknown", "the request names too many keys and projects")


def credited(sent: Iterable[Sent], fields: Mapping[str, str]) -> dict[Source, list[Record]]:
    """The records by source. Those without one become Refusals of NOBODY, so that they can be found and sent again.

    The token of the request counts first, then the record's own; then the project, where the record's own counts first.
    """
    found: dict[tuple[str, str], Source | Unknown] = {}
    groups: dict[Source, list[Record]] = {}
    for one in sent:
        named = (fields.get("token") or one.token, one.project or fields.get("project") or "")
        if named not in found:
            found[named] = _source(*named) if len(found) < MAX_LOOKUPS else _TOO_MANY
        owner = found[named]
        if isinstance(owner, Source):
            groups.setdefault(owner, []).append(one.record)
        else:
            groups.setdefault(NOBODY, []).append(_refused(one.record, owner))
    return groups


def _source(token: str, project: str) -> Source | Unknown:
    if token:
        caller = store.find(token)
        if caller and caller.source and caller.may(Scope.INGEST):
            return caller.source
        return Unknown("key_unknown", "the token is not a write key, or is no longer valid")
    if source := store.source_of_project(project or DEFAULT_PROJECT):
        return source
    if project:
        return Unknown("key_unknown", f"no source lists the project {project[:100]!r}")
    return Unknown("key_missing", "add ?token=WRITE_KEY to server_url, or ?project= with a project that a source lists")


def _refused(record: Record, reason: Unknown) -> Refusal:
    if isinstance(record, Refusal):
        return record
    return Refusal(record.index, reason.code, reason.detail, record.raw)
