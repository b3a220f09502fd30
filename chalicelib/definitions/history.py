"""Who did what to a definition, and when. The lines are written with the changes themselves and kept for ever."""

from chalicelib.definitions.model import Act
from chalicelib.definitions.records import ACTS, ActRecord, act_of
from chalicelib.definitions.store import get
from chalicelib.errors import BadRequest
from chalicelib.paging import Page, decode_cursor, encode_cursor


def acts(kind: str, name: str, limit: int, cursor: str | None = None) -> Page[Act]:
    """The history of a definition, newest first, `limit` lines at a time. Raises NotFound, BadRequest for a strange cursor."""
    get(kind, name)
    pk = f"{kind}#{name}"
    within = ActRecord.sk.between(ACTS, _place(pk, cursor)) if cursor else ActRecord.sk.startswith(ACTS)
    found = list(ActRecord.query(pk, within, limit=limit + 1, scan_index_forward=False))
    following = encode_cursor(pk, found[limit].sk) if len(found) > limit else None
    return Page(tuple(map(act_of, found[:limit])), following)


def _place(pk: str, cursor: str) -> str:
    """The sort key at which the page begins."""
    of, place = decode_cursor(cursor, 2)
    if of != pk or not place.startswith(ACTS):
        raise BadRequest("cursor is not one that this list gave")
    return place
