"""What an event says that a code or link brought about, looked up and remembered for minutes."""

from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.campaigns import links, published, store
from chalicelib.campaigns.model import CODE_ID, Code
from chalicelib.campaigns.visits import credit
from chalicelib.events.model import Json

KEPT_SECONDS: Final = 300.0  # what a code stands for never changes
KEPT_ENTRIES: Final = 2000
PROPERTIES: Final = "code_properties"  # context key: what was said of the code when it was made


def known_code(code_id: str) -> Code | None:
    """The code of that id, or None; what it stands for, not how long it works."""
    return _codes.get(code_id)


def context_of(code: Code) -> Json:
    """What an event says of the code that brought it about."""
    campaign = published.campaign(code.asked.campaign) if code.asked.campaign else None
    context = credit(code.id, code.asked.inviter, campaign)
    return {**context, PROPERTIES: code.asked.properties} if code.asked.properties else context


def credit_of(named: str) -> Json:
    """What an event says that names a code or link itself, by its id; {} when there is none of that id."""
    if CODE_ID.fullmatch(named):
        code = known_code(named)
        return {} if code is None else context_of(code)
    link = links.known(named)
    return {} if link is None else credit(named, link.inviter, published.campaign(link.campaign))


def forget() -> None:
    """Read codes anew at the next use."""
    _codes.clear()


_codes: Final = LookupCache(store.find, KEPT_SECONDS, KEPT_ENTRIES)
