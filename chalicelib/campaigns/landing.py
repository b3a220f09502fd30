"""Visitors of pages and mini programs who came by a short link or a code: what their events say is completed by what is known of it.

    keep(recognised(records), ...)

Redirects append `hl_code` to the address of the page, and the SDKs send that address; a client may name the code itself, in `context.code`.
The inviter never stands in an address: whoever knows only the link must not learn of them.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from chalicelib.campaigns.model import CODE_ID, LINK_ID
from chalicelib.events.model import Draft, Json, Record

MAX_LOOKUPS: Final = 16  # different codes in one request that are looked up; each costs a read
_IN_ADDRESS: Final = re.compile(rf"[?&]hl_code=({CODE_ID.pattern}|{LINK_ID.pattern})(?:[&#]|$)", re.ASCII)


def recognised(records: Iterable[Record]) -> list[Record]:
    """The records; those that name a link or code of ours with its campaign and inviter. What they say themselves outweighs that."""
    known: dict[str, Json] = {}
    return [_recognised(one, known) if isinstance(one, Draft) else one for one in records]


def code_in(context: Json) -> str:
    """The id of a link or code that an event names, itself or in the address of its page; "" when there is none."""
    own, url = context.get("code"), context.get("url")
    if own:
        return own if isinstance(own, str) and (CODE_ID.fullmatch(own) or LINK_ID.fullmatch(own)) else ""
    found = _IN_ADDRESS.search(url) if isinstance(url, str) else None
    return found[1] if found else ""


def completed(context: Json, credit: Json) -> Json:
    """The context with what is missing in it; of a campaign, the words that are missing."""
    told = context.get("campaign", {})
    campaign = {**credit.get("campaign", {}), **told} if isinstance(told, dict) else told
    return {**credit, **context, **({"campaign": campaign} if campaign else {})}


def _recognised(draft: Draft, known: dict[str, Json]) -> Draft:
    code = code_in(draft.context)
    if not code or (code not in known and len(known) >= MAX_LOOKUPS):
        return draft
    if code not in known:
        known[code] = _credit_of(code)
    return replace(draft, context=completed(draft.context, known[code])) if known[code] else draft


def _credit_of(code: str) -> Json:
    from chalicelib.campaigns.origins import credit_of  # where a code is named: most requests pay for none of it

    return credit_of(code)
