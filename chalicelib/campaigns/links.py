"""Short links: made for targets that a campaign allows, and followed only as long as it does.

link_id, link = make(Link("https://shop.example.com/618/", campaign="618-subway", created_by="k1"), now)
visit = visit_of(link_id, now)       # with the address to go to
"""

from dataclasses import dataclass, replace
from typing import Final

from pynamodb.exceptions import PutError

from chalicelib.access.cache import LookupCache
from chalicelib.campaigns import published
from chalicelib.campaigns.addresses import Address, AddressInvalid, is_allowed, read_address
from chalicelib.campaigns.documents import DEFAULT_NAME, Campaign
from chalicelib.campaigns.model import LINK_ID, Link
from chalicelib.campaigns.records import LINK, LinkRecord, from_link_record, link_key, to_link_record
from chalicelib.campaigns.refusals import LinkOver, LinkUnknown, refused
from chalicelib.errors import Busy, NotFound
from chalicelib.settings import settings

LOCAL_STAGE: Final = "local"  # where targets on this machine are allowed
KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 2000
_ATTEMPTS: Final = 8  # at an id; each is taken by another link with a chance of one in 10^11 once there are 10^8
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that may be followed now, with its campaign and where it leads."""

    id: str
    link: Link
    campaign: Campaign
    target: Address


def make(wanted: Link, now: int) -> tuple[str, Link]:
    """The link that was asked for, with its id; the one that there is when the same was asked for before. `now` is epoch ms.

    Raises DocumentInvalid when the target is no address, is not allowed, or the campaign or the link is over already.
    """
    link = _checked(wanted, now)
    for attempt in range(_ATTEMPTS):
        link_id = link.id(attempt)
        kept = _put(link_id, replace(link, created_at=now))
        if kept.same(link):
            return link_id, kept
    raise Busy("no id was free; ask again")


def existing(link_id: str) -> Link:
    """The link of that id. Raises NotFound."""
    if found := _find(link_id):
        return found
    raise NotFound("there is no such link")


def visit_of(link_id: str, now: int) -> Visit:
    """Where the link leads now. Raises LinkUnknown, LinkOver."""
    link = known(link_id) if LINK_ID.fullmatch(link_id) else None
    campaign = published.campaign(link.campaign) if link is not None else None
    if link is None or campaign is None or not campaign.has_started(now):
        raise LinkUnknown("there is no such link")
    if campaign.is_over(now) or (link.expires_at is not None and link.expires_at <= now):
        raise LinkOver("the link has ended")
    try:
        target = read_address(link.target, local=_is_local())
    except AddressInvalid as invalid:
        raise LinkOver("what the link leads to is no longer allowed") from invalid
    if not is_allowed(target, _allowed(campaign, published.campaign(DEFAULT_NAME), now)):
        raise LinkOver("what the link leads to is no longer allowed")
    return Visit(link_id, link, campaign, target)


def known(link_id: str) -> Link | None:
    """The link of that id, or None, remembered for a minute."""
    return _links.get(link_id)


def forget() -> None:
    """Read links anew at the next use."""
    _links.clear()


def _checked(wanted: Link, now: int) -> Link:
    """The link with its campaign named and its target in its one spelling."""
    name = wanted.campaign or DEFAULT_NAME
    campaign = published.campaign_now(name)
    if campaign is None:
        raise refused("campaign", "campaign_unknown", f"there is no campaign {name}, and only campaigns say where links may lead to")
    if campaign.is_over(now):
        raise refused("campaign", "campaign_over", f"the campaign {name} is not in force or has ended")
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise refused("expires", "time_past", "the link would have ended before it was made")
    try:
        target = read_address(wanted.target, local=_is_local())
    except AddressInvalid as invalid:
        raise refused("target", invalid.code, str(invalid)) from invalid
    if not is_allowed(target, _allowed(campaign, published.campaign_now(DEFAULT_NAME), now)):
        raise refused("target", "target_not_allowed", f"neither the campaign {name} nor the campaign {DEFAULT_NAME} lists it in `targets`")
    return replace(wanted, campaign=name, target=target.text)


def _allowed(campaign: Campaign, default: Campaign | None, now: int) -> tuple[Address, ...]:
    """What a link of the campaign may lead to: what it lists itself, and what all may."""
    return campaign.targets + (default.targets if default is not None and not default.is_over(now) else ())


def _is_local() -> bool:
    return settings().stage == LOCAL_STAGE


def _put(link_id: str, link: Link) -> Link:
    """Keeps the link unless the id is taken; gives what stands under the id then."""
    try:
        to_link_record(link_id, link).save(condition=LinkRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _CONDITION_FAILED:
            raise
        return existing(link_id)
    return link


def _find(link_id: str) -> Link | None:
    try:
        return from_link_record(LinkRecord.get(link_key(link_id), LINK, consistent_read=True))
    except LinkRecord.DoesNotExist:
        return None


_links: Final = LookupCache(_find, KEPT_SECONDS, KEPT_ENTRIES)
