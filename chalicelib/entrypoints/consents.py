"""`POST /v1/people/{namespace}/{value}/consents`: what a person said of being told things, with where that is known from."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from chalicelib.contacts import consents, store
from chalicelib.entrypoints.addressing import addressed
from chalicelib.entrypoints.contact import ConsentShown, consent_shown
from chalicelib.errors import BadRequest, NotFound
from chalicelib.events import store as events
from chalicelib.events.clock import TOLERANCE_MS
from chalicelib.events.jsontext import canonical
from chalicelib.events.model import Event, Kind
from chalicelib.events.wire import RecordInvalid, time_ms
from chalicelib.http import Answer, Request
from chalicelib.identifiers import Identifier
from chalicelib.identity.published import current_rules
from chalicelib.messages.policy.model import Consent
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people import reading

MAX_PROOF: Final = 1000
_ID_BYTES: Final = 16

Source = Annotated[StrictStr, Field(min_length=1, max_length=consents.MAX_TEXT)]


class ConsentWanted(BaseModel):
    """A yes or no. What is left out means all: a no without channel and category is a no to everything."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"granted": True, "channel": "sms", "category": "marketing", "source": "checkout", "proof": "勾选 v3 隐私政策"},
                {"granted": False, "channel": "push", "source": "hotline", "at": "2026-11-20T09:30:00+08:00"},
            ]
        },
    )

    granted: StrictBool
    channel: ChannelName | None = None
    category: Category | None = None
    account: Annotated[StrictStr, Field(max_length=consents.MAX_TEXT)] = Field(
        default="", description="An appid or an account at a provider; all of them where it is left out."
    )
    source: Source = Field(description="Where we have it from: a form, a hotline, a shop.")
    at: StrictInt | StrictStr | None = Field(
        default=None, description="When they said it: RFC 3339 with an offset, or ms since 1970. Now where it is left out."
    )
    proof: Annotated[StrictStr, Field(max_length=MAX_PROOF)] = Field(default="", description="What shows it; kept on the timeline.")


class ConsentKept(BaseModel):
    """The word was kept, and is on the timeline. It `stands` unless a newer one about the same channel, category and account is known."""

    event_id: str
    person_id: str | None
    stands: bool
    consent: ConsentShown


@dataclass(frozen=True, slots=True)
class _Said:
    """Who said what, and how that is proven."""

    named: Identifier
    word: Consent
    proof: str


def post_consent(request: Request) -> Answer:
    """Holds from the answer on. Nobody has to be known by the identifier yet: the word waits for them, and makes them known.

    The same word of the same time again is the same event. Raises BadRequest, DocumentInvalid.
    """
    said = _said(request)
    consents.said(said.named.key, said.word)
    event = _event(request, said)
    events.to_record(event).save()
    stands = said.word in store.contact(said.named.key).consents
    shown = ConsentKept(event_id=event.id, person_id=person_id_of(said.named), stands=stands, consent=consent_shown(said.word))
    return Answer(201, shown)


def usable(request: Request) -> Identifier:
    """The identifier in the path, if it can be somebody's. Raises BadRequest."""
    named, rules = addressed(request), current_rules()
    if not rules.allows(named.base) or rules.is_blocked(named):
        raise BadRequest(f"identifier_refused: {named.namespace} {named.value!r} identifies nobody under the identity rules")
    return named


def person_id_of(named: Identifier) -> str | None:
    """The id of the person behind an identifier; None while nobody is known by it."""
    try:
        return reading.person_of(named).id
    except NotFound:
        return None


def _said(request: Request) -> _Said:
    named, wanted = usable(request), request.document(ConsentWanted)
    try:
        at = time_ms(wanted.at, "at")
    except RecordInvalid as invalid:
        raise BadRequest(invalid.detail) from invalid
    if at is not None and at > request.received_at + TOLERANCE_MS:
        raise BadRequest("at lies in the future: nobody has said it yet")
    when = request.received_at if at is None else at
    return _Said(named, Consent(wanted.granted, when, wanted.source, wanted.channel, wanted.category, wanted.account), wanted.proof)


def _event(request: Request, said: _Said) -> Event:
    told = consents.properties_of(said.word) | ({"proof": said.proof} if said.proof else {})
    seed = "\n".join((said.named.key, str(said.word.at), canonical(told)))
    return Event(
        id=blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).hexdigest(),
        kind=Kind.TRACK,
        name=consents.EVENT,
        time=said.word.at,
        identifiers=(said.named,),
        source=f"{consents.BY_KEY}{request.known_caller().key_id}",
        properties=told,
        verified=frozenset({said.named.key}),
    )
