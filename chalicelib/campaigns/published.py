"""The campaigns that are in force, and those that were: what they brought keeps its source. Remembered for a minute."""

from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.campaigns.documents import KIND, Campaign, campaign_of
from chalicelib.definitions import store
from chalicelib.definitions.model import NAME_PATTERN
from chalicelib.errors import NotFound

KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 500


def campaign(name: str) -> Campaign | None:
    """The campaign as published or, where none of the name is in force, as it was written last. None when there is none. At most a
    minute old.
    """
    return _campaigns.get(name) if NAME_PATTERN.fullmatch(name) else None


def campaign_now(name: str) -> Campaign | None:
    """The same as it stands at this moment: what was published a second ago counts for whoever makes a code."""
    return _load(name) if NAME_PATTERN.fullmatch(name) else None


def forget() -> None:
    """Read campaigns anew at the next use."""
    _campaigns.clear()


def _load(name: str) -> Campaign | None:
    found = store.published(KIND, name)
    if found is not None:
        return campaign_of(name, found.document)
    try:
        latest = store.get(KIND, name)
    except NotFound:
        return None
    return campaign_of(name, latest.document, in_force=False)


_campaigns: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)
