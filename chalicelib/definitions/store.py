"""Definitions in DynamoDB: drafts, publishing, archiving. Every change is one transaction, and doing it again changes nothing.

    draft("sources", "shop", {"title": "官网"}, by="k1", at=now)       # version 1, a draft
    publish("sources", "shop", by="k1", at=now)
    published("sources", "shop").document

Times are epoch ms, `by` is the id of the key that asked.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist

from chalicelib.definitions.kinds import Change, Kind, Write, kind_of
from chalicelib.definitions.model import (
    MAX_DOCUMENT_BYTES,
    NAME_PATTERN,
    Action,
    Definition,
    LostRace,
    Summary,
    VersionMoved,
    checked_name,
)
from chalicelib.definitions.records import (
    ActRecord,
    ClaimRecord,
    PointerRecord,
    VersionRecord,
    act_key,
    claims_partition,
    definition_of,
    number_of,
    summary_of,
    version_key,
    whole,
    written_together,
)
from chalicelib.errors import BadRequest, Conflict, Fault, NotFound, TooLarge
from chalicelib.paging import Page, decode_cursor, encode_cursor

ANY_VERSION: Final = -1  # If-Match: * (whatever version, but there has to be one)
_ATTEMPTS: Final = 4  # when something else of the transaction moved, and the definition did not


def draft(kind: str, name: str, document: Any, *, by: str, at: int, if_match: int | None = None) -> Definition:
    """Keeps a document as the newest version. The same document again is the same version, unless the definition was archived.

    `at` is epoch ms, `by` a key's id, `if_match` the version that the editor started from. Raises DocumentInvalid, TooLarge,
    VersionMoved (412) when `if_match` is not the latest version, Conflict (409) when somebody else wrote at the same time.
    """
    text = _checked_text(kind_of(kind), document)
    pointer = _found_pointer(kind, checked_name(name))
    _match(kind, name, pointer, if_match)
    if pointer is None:
        pointer = PointerRecord(kind, name, latest=0)
    elif not pointer.archived and _version(kind, name, int(pointer.latest)).d == text:
        return definition_of(pointer, _version(kind, name, int(pointer.latest)))
    pointer.latest, pointer.archived = int(pointer.latest) + 1, False
    pointer.title = str(json.loads(text).get("title", ""))
    _sign(pointer, by, at)
    pk, sk = version_key(kind, name, int(pointer.latest))
    version = VersionRecord(pk, sk, d=text, created_at=at, created_by=by)
    with written_together() as writing:
        writing.save(version, condition=VersionRecord.pk.does_not_exist())
        writing.save(_act(pointer, Action.DRAFTED, int(pointer.latest), whole(pointer.published)))
        writing.save(pointer)
    return definition_of(pointer, version)


def publish(kind: str, name: str, *, by: str, at: int, version: int | None = None) -> Definition:
    """Puts a version in force (the latest, unless named), and back in force when the definition was archived.

    Raises NotFound, DocumentInvalid when the document no longer fits its model or the other definitions in force, Conflict when a claim
    belongs to another definition or somebody else changed this one at the same time.
    """
    checker = kind_of(kind)

    def attempt(pointer: PointerRecord) -> Definition:
        chosen = _version(kind, name, version or int(pointer.latest))
        if pointer.published == number_of(chosen):
            return definition_of(pointer, chosen)
        return _put_in_force(checker, pointer, chosen, by, at)

    found = _unless_it_moved(kind, name, attempt)
    checker.after(at)
    return found


def archive(kind: str, name: str, *, by: str, at: int) -> Definition:
    """Takes a definition out of force; its versions stay. Raises NotFound, Conflict, also when others in force refer to it."""
    checker = kind_of(kind)

    def attempt(pointer: PointerRecord) -> Definition:
        latest = _version(kind, name, int(pointer.latest))
        if pointer.archived:
            return definition_of(pointer, latest)
        previous, freed = whole(pointer.published), set(pointer.claims)
        also = checker.also(Change(kind, name, None, None, at, by)) if previous is not None else None
        pointer.published, pointer.archived, pointer.claims = None, True, []
        _sign(pointer, by, at)
        act = _act(pointer, Action.ARCHIVED, int(pointer.latest), previous)
        _write(pointer, None, act, also, claimed=set(), freed=freed)
        return definition_of(pointer, latest)

    found = _unless_it_moved(kind, name, attempt)
    checker.after(at)
    return found


def _put_in_force(checker: Kind, pointer: PointerRecord, chosen: VersionRecord, by: str, at: int) -> Definition:
    kind, name, number, document = pointer.pk, pointer.sk, number_of(chosen), json.loads(chosen.d)
    wanted, held = set(checker.claims(checker.checked(document))), set(pointer.claims)
    _refuse_taken(kind, name, wanted - held)
    also = checker.also(Change(kind, name, number, document, at, by))
    previous = whole(pointer.published)
    chosen.published_at, chosen.published_by = at, by
    pointer.published, pointer.archived, pointer.claims = number, False, sorted(wanted)
    _sign(pointer, by, at)
    act = _act(pointer, Action.PUBLISHED, number, previous)
    _write(pointer, chosen, act, also, claimed=wanted - held, freed=held - wanted)
    return definition_of(pointer, chosen)


def _unless_it_moved(kind: str, name: str, attempt: Callable[[PointerRecord], Definition]) -> Definition:
    """Tries again what lost a race, as long as this definition is the one that the caller saw: only then do they mean the same still."""
    pointer = _pointer(kind, name)
    seen = pointer.rev
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt(pointer)
        except LostRace:
            pointer = _pointer(kind, name)
            if pointer.rev != seen:
                raise
    return attempt(pointer)


def get(kind: str, name: str, version: int | None = None) -> Definition:
    """A version of a definition, or its latest. Raises NotFound."""
    kind_of(kind)
    pointer = _pointer(kind, name)
    return definition_of(pointer, _version(kind, name, version or int(pointer.latest)))


def published(kind: str, name: str) -> Definition | None:
    """The version in force, or None, also for a text that is no name."""
    pointer = _found_pointer(kind, name) if NAME_PATTERN.fullmatch(name) else None
    version = whole(pointer.published) if pointer is not None else None
    if pointer is None or version is None:
        return None
    return definition_of(pointer, _version(kind, name, version))


def list_definitions(kind: str, limit: int, cursor: str | None = None) -> Page[Summary]:
    """The definitions of a kind by name, `limit` at a time. Raises BadRequest for a strange cursor."""
    kind_of(kind)
    after = PointerRecord.sk > _place(kind, cursor) if cursor else None
    found = list(PointerRecord.query(kind, after, limit=limit + 1))
    following = encode_cursor(kind, found[limit - 1].sk) if len(found) > limit else None
    return Page(tuple(summary_of(one) for one in found[:limit]), following)


def owner_of(kind: str, claim: str, *, consistent: bool = False) -> str | None:
    """The name of the published definition that holds a claim, or None. Eventually consistent unless asked otherwise."""
    try:
        return str(ClaimRecord.get(claims_partition(kind), claim, consistent_read=consistent).owner)
    except DoesNotExist:
        return None


def _place(kind: str, cursor: str) -> str:
    of, name = decode_cursor(cursor, 2)
    if of != kind:
        raise BadRequest("cursor is not one that this list gave")
    return checked_name(name)


def _checked_text(kind: Kind, document: Any) -> str:
    text = json.dumps(kind.written(document), ensure_ascii=False, sort_keys=True)
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        raise TooLarge(f"a document may have at most {MAX_DOCUMENT_BYTES // 1024} KB")
    return text


def _match(kind: str, name: str, pointer: PointerRecord | None, if_match: int | None) -> None:
    latest = int(pointer.latest) if pointer is not None else 0
    if if_match in (None, latest) or (if_match == ANY_VERSION and latest):
        return
    if not latest:
        raise VersionMoved(f"there is nothing named {name} among the {kind} yet; leave If-Match out to begin it")
    raise VersionMoved(f"the latest version is {latest}; read it and apply your change to it")


def _found_pointer(kind: str, name: str) -> PointerRecord | None:
    try:
        return PointerRecord.get(kind, name, consistent_read=True)
    except DoesNotExist:
        return None


def _pointer(kind: str, name: str) -> PointerRecord:
    pointer = _found_pointer(kind, checked_name(name))
    if pointer is None:
        raise NotFound(f"there is nothing named {name} among the {kind}")
    return pointer


def _version(kind: str, name: str, version: int) -> VersionRecord:
    try:
        return VersionRecord.get(*version_key(kind, name, version), consistent_read=True)
    except DoesNotExist:
        raise NotFound(f"{kind} {name} has no version {version}") from None


def _sign(pointer: PointerRecord, by: str, at: int) -> None:
    pointer.changed_at, pointer.changed_by = at, by


def _refuse_taken(kind: str, name: str, claims: Iterable[str]) -> None:
    owners = ((claim, owner_of(kind, claim)) for claim in sorted(claims))
    faults = [Fault(claim, "claim_taken", f"{claim} belongs to {owner}") for claim, owner in owners if owner not in (None, name)]
    if faults:
        raise Conflict("another published definition holds what this one lists: " + "; ".join(one.detail for one in faults), faults)


def _act(pointer: PointerRecord, action: Action, version: int, previous: int | None) -> ActRecord:
    """The line of the history for the change that is about to be written and signed already."""
    at, by = int(pointer.changed_at), pointer.changed_by
    pk, sk = act_key(pointer.pk, pointer.sk, at, int(pointer.rev or 0) + 1)
    return ActRecord(pk, sk, action=action.value, version=version, previous=previous, at=at, by=by)


def _write(
    pointer: PointerRecord, version: VersionRecord | None, act: ActRecord, also: Write | None, claimed: set[str], freed: set[str]
) -> None:
    partition, name = claims_partition(pointer.pk), pointer.sk
    free = ClaimRecord.owner.does_not_exist() | (ClaimRecord.owner == name)
    with written_together() as writing:
        writing.save(pointer)
        writing.save(act)
        if version is not None:
            writing.save(version)
        if also is not None:
            also(writing)
        for claim in sorted(claimed):
            writing.save(ClaimRecord(partition, claim, owner=name), condition=free)
        for claim in sorted(freed):
            writing.delete(ClaimRecord(partition, claim), condition=free)
