"""Whoever opens a short link: person or machine, known by which cookie, and the event that a click becomes. Pure.

The visitor is an anonymous id of their own, never the person whom the link was made for: links are passed on, and whoever opens somebody
else's would become one person with them.
"""

import re
from base64 import b32encode
from collections.abc import Mapping
from typing import Final

from chalicelib.campaigns.addresses import Address
from chalicelib.campaigns.documents import Campaign
from chalicelib.campaigns.model import Link
from chalicelib.events.model import Draft, Json, Kind

CLICKED: Final = "LinkClicked"
CHANNEL: Final = "link"
SOURCE: Final = "links"  # of the events; no write key belongs to it
CODE_PARAMETER: Final = "hl_code"  # tells the page by which link its visitor came
COOKIE: Final = "hl_visitor"
COOKIE_SECONDS: Final = 2 * 365 * 86_400
VISITOR_BYTES: Final = 16  # of chance
MAX_TEXT: Final = 500  # characters kept of what the browser says of itself
_VISITOR: Final = re.compile(rf"(?:^|;)[ ]*{COOKIE}=(v-[a-z2-7]{{26}})[ ]*(?:;|$)", re.ASCII)

# What looks at links to show a picture of them, to index or to check them. An empty name is no
# browser either; a Cubot is a phone.
_MACHINES: Final = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|preview|prefetch|facebookexternalhit|whatsapp/|skypeuripreview|embedly|mediapartners"
    r"|headless|phantomjs|lighthouse|curl/|wget/|python-|java/|go-http-client|okhttp/|axios/|node-fetch|undici|libwww|httpclient",
    re.IGNORECASE,
)
_AHEAD: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")  # headers in which a browser says that nobody looks yet
_AHEAD_WORDS: Final = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_person(headers: Mapping[str, str]) -> bool:
    """Whether a request (its headers in lower case) is somebody's opening the link, not a machine's or a browser's looking ahead."""
    browser = headers.get("user-agent", "").strip()
    ahead = any(_AHEAD_WORDS.search(headers.get(name, "")) for name in _AHEAD)
    return bool(browser) and not ahead and not _MACHINES.search(browser)


def visitor_of(headers: Mapping[str, str], chance: bytes) -> str:
    """The visitor's anonymous id: that of the cookie, if it is one of ours, or a new one from VISITOR_BYTES of chance."""
    found = _VISITOR.search(headers.get("cookie", ""))
    return found[1] if found else "v-" + b32encode(chance).decode().rstrip("=").lower()


def cookie(visitor: str) -> str:
    """The cookie by which the visitor is known next time, to this host only and to no script."""
    return f"{COOKIE}={visitor}; Max-Age={COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"


def destination(link_id: str, target: Address, campaign: Campaign) -> str:
    """Where the link leads: its target, which also learns of the campaign and the link."""
    return target.asking({**campaign.utm, CODE_PARAMETER: link_id}).text


def click(
    link_id: str, link: Link, campaign: Campaign, *, visitor: str, headers: Mapping[str, str], request_id: str, received_at: int
) -> Draft:
    """The event of one opening. `request_id` is its id: whatever is done again for one request is one click."""
    browser = headers.get("user-agent", "")
    properties: Json = {"link": link_id, "target": link.target, "in_wechat": "micromessenger" in browser.lower()}
    if link.person:
        properties["made_for"] = link.person
    return Draft(
        index=0,
        kind=Kind.TRACK,
        name=CLICKED,
        time=received_at,
        sent_at=None,
        id=f"click:{request_id}" if request_id else "",
        identity=f"{link_id}\n{visitor}",
        identifiers=(("anonymous_id", visitor),),
        properties=properties,
        attributes=(),
        context={**credit(link_id, link.inviter, campaign), "channel": CHANNEL, **_told(headers)},
        raw=properties,
    )


def credit(code: str, inviter: str, campaign: Campaign | None) -> Json:
    """What an event that a code or link brought about says of it."""
    context: Json = {"code": code}
    if campaign is not None:
        context["campaign"] = campaign.context
    if inviter:
        context["inviter"] = inviter
    return context


def _told(headers: Mapping[str, str]) -> Json:
    told = {"user_agent": headers.get("user-agent", ""), "referrer": headers.get("referer", "")}
    return {name: value[:MAX_TEXT] for name, value in told.items() if value}
