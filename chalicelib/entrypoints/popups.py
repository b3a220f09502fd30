"""Popups over HTTP: mini programs and pages fetch what waits for a person, and tell what became of it.

They hold a write key, which everybody can read. So a person is named by an identifier that others do not know: no phone number, no mail
address, no card number.
"""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.channels import inbox
from chalicelib.channels.popups import Deed, Popup
from chalicelib.dispatch import queue, store
from chalicelib.dispatch.news import Click, Followup, Receipt
from chalicelib.entrypoints.addressing import valid_identifier
from chalicelib.errors import BadRequest, NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Query, Request
from chalicelib.identifiers import GUESSABLE, MAX_VALUE_LENGTH, Identifier
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people import reading
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.providers.model import Fate

POPUPS_QUERY: Final = (
    Query("namespace", "Of an identifier of the person, such as `openid:wx77aa00bb11cc22dd`.", required=True),
    Query("value", "The identifier.", required=True),
    Query("account", "Where it would be shown: the appid, or the name of a source (by default that of the key)."),
)
_NOT_CACHED: Final = {"cache-control": "no-store"}


class PopupShown(BaseModel):
    """A popup as the page draws it. `until`: from then on it is worth nothing."""

    id: str
    title: str
    text: str
    picture: str | None = None
    button: dict[str, Any] | None = Field(default=None, description="`text`, and `url` or `page` where a tap leads.")
    placement: str
    at: str
    until: str


class PopupList(BaseModel):
    """What waits, oldest first."""

    items: list[PopupShown]


class PopupTold(BaseModel):
    """Whose screen it was."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"namespace": "openid:wx77aa00bb11cc22dd", "value": "oLocalFan000001"}]}
    )

    namespace: str = Field(max_length=115)
    value: str = Field(min_length=1, max_length=MAX_VALUE_LENGTH)


class PopupNoted(BaseModel):
    """It was noted."""

    id: str


def get_popups(request: Request) -> Answer:
    """`GET /v1/popups`: somebody of whom nothing is known has none. Each comes once, when it was shown; a banner until it is closed."""
    person = _person(_named(request.query.get("namespace", ""), request.query.get("value", "")))
    account = request.query.get("account") or _source_of(request)
    found = inbox.waiting_for(person.id, account, request.received_at) if person is not None else []
    return Answer(body=PopupList(items=list(map(_shown, found))), headers=_NOT_CACHED)


def post_shown(request: Request) -> Answer:
    """`POST /v1/popups/{id}/shown`: it is on the screen. This is its receipt."""
    return _told(request, Deed.SHOWN)


def post_clicked(request: Request) -> Answer:
    """`POST /v1/popups/{id}/clicked`: its button was tapped."""
    return _told(request, Deed.CLICKED)


def post_closed(request: Request) -> Answer:
    """`POST /v1/popups/{id}/closed`: it was closed without a tap."""
    return _told(request, Deed.CLOSED)


def _told(request: Request, deed: Deed) -> Answer:
    told, popup, now = request.document(PopupTold), request.params["id"], request.received_at
    person = _person(_named(told.namespace, told.value))
    account = _account_of(person, popup, deed, now) if person is not None else None
    if account is None:
        raise NotFound("this person has no such popup")
    queue.follow_up(
        [_news(deed, popup, account, now)]
    )  # last: who is not answered tells it again, and all of it is done again to the same effect
    return Answer(202, PopupNoted(id=popup), _NOT_CACHED)


def _news(deed: Deed, popup: str, account: str, now: int) -> Followup:
    if deed is Deed.CLICKED:
        return Click(popup, now)
    return Receipt(ChannelName.POPUP, account, Fate.DELIVERED, now, message=popup)


def _account_of(person: Person, popup: str, deed: Deed, now: int) -> str | None:
    """Where the popup was shown, None when it is not this person's. What no longer lies in the inbox, or not yet again (it has gone by, or
    the person has just become one with another), the message itself knows.
    """
    noted = inbox.done(person.id, popup, deed, now)
    if noted is not None:
        return noted.account
    message = store.find(popup)
    if message is None or message.trip is None or message.trip.channel is not ChannelName.POPUP:
        return None
    owner = people.roots([message.trip.address]).get(message.trip.address)
    return message.trip.account if owner is not None and owner.id == person.id else None


def _named(namespace: str, value: str) -> Identifier:
    named = valid_identifier(namespace, value)
    if named.base in GUESSABLE:
        raise BadRequest(f"{named.base} is known to others: name the person by an id of the app, such as the openid")
    return named


def _person(named: Identifier) -> Person | None:
    try:
        return reading.person_of(named)
    except NotFound:
        return None


def _source_of(request: Request) -> str:
    source = request.known_caller().source
    return source.name if source is not None else ""


def _shown(popup: Popup) -> PopupShown:
    told = {name: popup.body[name] for name in ("title", "text", "picture", "button", "placement") if name in popup.body}
    return PopupShown(id=popup.id, **told, at=rfc3339(popup.at), until=rfc3339(popup.until))
