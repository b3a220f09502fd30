"""Short links over HTTP: made for operators, followed by anybody."""

import secrets
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.campaigns import links
from chalicelib.campaigns.addresses import MAX_LENGTH
from chalicelib.campaigns.documents import Moment
from chalicelib.campaigns.links import Visit
from chalicelib.campaigns.model import LINK_ID, Link
from chalicelib.campaigns.refusals import LinkOver, LinkUnknown
from chalicelib.campaigns.visits import CODE_PARAMETER, SOURCE, VISITOR_BYTES, click, cookie, destination, is_person, visitor_of
from chalicelib.dispatch.links import Code, read_code
from chalicelib.entrypoints.codes import Name
from chalicelib.entrypoints.inviters import PersonNamed, key_of, named_by
from chalicelib.errors import NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.events.keep import keep
from chalicelib.events.model import Source
from chalicelib.events.wire import time_ms
from chalicelib.http import Answer, Request
from chalicelib.identity.published import current_rules
from chalicelib.settings import settings
from chalicelib.telemetry import count_refusals

MADE_AT: Final = "/v1/links"
MACHINE: Final = "link_opened_by_machine"  # counted for openings that are no clicks
HTML_TYPE: Final = "text/html"
_NEVER_KEPT: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_PAGE: Final = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>{title}</title><body style="font:16px sans-serif;text-align:center;padding:20vh 1em"><p>{title}</p></body></html>'
)
_TITLES: Final = {LinkUnknown.status: "链接不存在 · There is no such link", LinkOver.status: "链接已失效 · This link has ended"}


class LinkWanted(BaseModel):
    """What a short link is for. The same in all parts is the same link, however often it is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"target": "https://shop.example.com/618/dress?sku=1", "campaign": "618-subway"}]},
    )

    target: str = Field(min_length=1, max_length=MAX_LENGTH, description="An https address that the campaign, or `default`, allows.")
    campaign: Name | None = Field(default=None, description="A campaign that is in force; `default` where it is left out.")
    inviter: PersonNamed | None = Field(default=None, description="Whoever comes by this link was invited by this person.")
    person: PersonNamed | None = Field(
        default=None, description="Whom the link was made for: a property of its clicks, and never taken for whoever opens it."
    )
    expires: Moment | None = Field(default=None, description="When the link ends. RFC 3339 with an offset, or epoch ms.")


class LinkShown(BaseModel):
    """A short link. `url` is what is handed out."""

    id: str
    url: str
    target: str
    campaign: str
    inviter: PersonNamed | None
    person: PersonNamed | None
    created_at: str
    expires_at: str | None


def create_link(request: Request) -> Answer:
    """The link that there is already, or a new one."""
    wanted = request.document(LinkWanted)
    link = Link(
        target=wanted.target,
        campaign=wanted.campaign or "",
        inviter=key_of(wanted.inviter, "inviter"),
        person=key_of(wanted.person, "person"),
        expires_at=time_ms(wanted.expires, "expires"),
        created_by=request.known_caller().key_id,
    )
    link_id, made = links.make(link, request.received_at)
    return Answer(201, _shown(link_id, made, _base(request, MADE_AT)))


def get_link(request: Request) -> Answer:
    """Links are kept for good: clicks refer to them."""
    link_id = request.params["id"]
    if not LINK_ID.fullmatch(link_id):
        raise NotFound("there is no such link")
    return Answer(body=_shown(link_id, links.existing(link_id), _base(request, f"{MADE_AT}/{link_id}")))


def follow(request: Request) -> Answer:
    """Leads to the link's target, with `utm_*` and `hl_code` in its query, and keeps a `LinkClicked` event; for machines, and browsers
    that look ahead, it only leads there. Sets a cookie by which the visitor is known again. Nothing of the request becomes part of the
    address. The links of messages are followed here too: what is kept of those is the message's click.
    """
    try:
        if (of_message := read_code(request.params["code"])) is not None:
            return _of_message(request, of_message)
        visit = links.visit_of(request.params["code"], request.received_at)
    except (LinkUnknown, LinkOver) as refusal:
        return _refused(request, refusal)
    headers = {**_NEVER_KEPT, "location": destination(visit.id, visit.target, visit.campaign)}
    if is_person(request.headers):
        headers["set-cookie"] = _clicked(request, visit)
    else:
        count_refusals([MACHINE])
    return Answer(302, headers=headers)


def look(request: Request) -> Answer:
    """Where the link leads; never a click."""
    if (of_message := read_code(request.params["code"])) is not None:
        return _leads(_target(of_message))
    visit = links.visit_of(request.params["code"], request.received_at)
    return Answer(302, headers={**_NEVER_KEPT, "location": destination(visit.id, visit.target, visit.campaign)})


def _of_message(request: Request, code: Code) -> Answer:
    """The link of a message: whoever follows it has clicked on the message. Nobody is known by that, for messages are passed on."""
    target = _target(code)
    if is_person(request.headers):
        from chalicelib.dispatch import queue
        from chalicelib.dispatch.news import Click

        queue.follow_up([Click(code.message, request.received_at, str(code.number))])
    else:
        count_refusals([MACHINE])
    return _leads(target)


def _leads(target: str) -> Answer:
    return Answer(302, headers={**_NEVER_KEPT, "location": target})


def _target(code: Code) -> str:
    """Where the link of a message leads, with its code in the query. Raises LinkUnknown. Other links do without what this imports."""
    from chalicelib.dispatch import store
    from chalicelib.dispatch.links import target_of

    message = store.find(code.message)
    target = target_of(message.trip, code.number, local=settings().stage == links.LOCAL_STAGE) if message is not None else None
    if target is None:
        raise LinkUnknown("there is no such link")
    return target.asking({CODE_PARAMETER: code.text}).text


def _clicked(request: Request, visit: Visit) -> str:
    """Keeps the click; the cookie to set."""
    visitor = visitor_of(request.headers, secrets.token_bytes(VISITOR_BYTES))
    draft = click(
        visit.id,
        visit.link,
        visit.campaign,
        visitor=visitor,
        headers=request.headers,
        request_id=request.request_id,
        received_at=request.received_at,
    )
    keep([draft], Source(SOURCE), current_rules(), request.received_at)
    return cookie(visitor)


def _refused(request: Request, refusal: LinkUnknown | LinkOver) -> Answer:
    """A page for people; a problem document for everything else."""
    count_refusals([refusal.code])
    if HTML_TYPE not in request.headers.get("accept", ""):
        raise refusal
    page = _PAGE.format(title=_TITLES[refusal.status])
    return Answer(refusal.status, page, {**_NEVER_KEPT, "content-type": f"{HTML_TYPE}; charset=utf-8"})


def _base(request: Request, path: str) -> str:
    """How this API is reached: as the settings say or, while they do not, as this request reached it."""
    return settings().public_url or f"https://{request.headers.get('host', '')}{request.path.removesuffix(path)}"


def _shown(link_id: str, link: Link, base: str) -> LinkShown:
    return LinkShown(
        id=link_id,
        url=f"{base}/r/{link_id}",
        target=link.target,
        campaign=link.campaign,
        inviter=named_by(link.inviter),
        person=named_by(link.person),
        created_at=rfc3339(link.created_at),
        expires_at=None if link.expires_at is None else rfc3339(link.expires_at),
    )
