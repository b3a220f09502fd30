"""Codes over HTTP: made on demand for a campaign, a person or both, shown, listed and renewed."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.campaigns import making, platform, store
from chalicelib.campaigns.documents import MAX_TEXT
from chalicelib.campaigns.model import CODE_ID, Asked, Code, CodeState
from chalicelib.definitions.model import MAX_NAME_LENGTH, NAME_PATTERN
from chalicelib.durations import Duration, duration_ms
from chalicelib.entrypoints.inviters import PersonNamed, key_of, named_by
from chalicelib.errors import BadRequest, NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.http import PAGE, Answer, Query, Request

DEFAULT_LIFETIME: Final = "30d"
MAX_PROPERTIES: Final = 20
MAX_KEY: Final = 200  # characters of an idempotency key

Name = Annotated[str, Field(pattern=rf"^{NAME_PATTERN.pattern}$", max_length=MAX_NAME_LENGTH)]
PropertyName = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
PropertyValue = Annotated[str, Field(max_length=255)] | bool | int

CODES_QUERY: Final = (Query("campaign", "The campaign's name; without it, the codes that belong to none."), *PAGE)
QUOTA_QUERY: Final = (Query("account", "The appid.", required=True),)


class CodeWanted(BaseModel):
    """What a code is for. The same account, campaign, inviter, properties and `permanent` are the same code, however often one asks."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"account": "wx77aa00bb11cc22dd", "campaign": "618-subway", "permanent": True, "properties": {"station": "人民广场"}},
                {"account": "wx77aa00bb11cc22dd", "campaign": "referral", "inviter": {"namespace": "user_id", "value": "u1"}},
            ]
        },
    )

    account: Name
    campaign: Name | None = Field(default=None, description="A campaign that is in force.")
    inviter: PersonNamed | None = Field(default=None, description="Whoever follows by this code was invited by this person.")
    permanent: bool = Field(default=False, description="An account can have 100,000 of these in all its life, and none can be taken back.")
    expires_in: Duration | None = Field(default=None, description="How long a new temporary code works; `30d` at most, and by default.")
    properties: dict[PropertyName, PropertyValue] = Field(
        default={}, max_length=MAX_PROPERTIES, description="What its events say further, in `context.code_properties`."
    )
    idempotency_key: str | None = Field(
        default=None, min_length=1, max_length=MAX_KEY, description="Refused with 409 when it stands for another code, within 30 days."
    )

    @model_validator(mode="after")
    def _one_end(self) -> "CodeWanted":
        if self.permanent and self.expires_in is not None:
            raise PydanticCustomError("permanent_ends_never", "leave expires_in out: a permanent code has no end")
        return self


class Renewal(BaseModel):
    """How long the code is to work from now on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"expires_in": "30d"}]})

    expires_in: Duration = DEFAULT_LIFETIME


class CodeShown(BaseModel):
    """A code. `image_url` is its picture and `url` what the picture holds, for whoever draws it; both null while `state` is pending."""

    id: str
    state: CodeState
    account: str
    campaign: str | None
    inviter: PersonNamed | None
    permanent: bool
    properties: dict[str, str | bool | int]
    image_url: str | None
    url: str | None
    created_at: str
    expires_at: str | None


class CodeList(BaseModel):
    """A page of codes, the newest first."""

    items: list[CodeShown]
    next: str | None


class QuotaShown(BaseModel):
    """Permanent codes of an account: made here, and allowed by WeChat. Those that were made elsewhere are not counted."""

    account: str
    permanent_used: int
    permanent_limit: int


def create_code(request: Request) -> Answer:
    """The code that there is already, or a new one. A temporary one that ends within a day is renewed; its id stays. When WeChat does not
    answer (503), or the answer gets lost, send the same again.
    """
    wanted = request.document(CodeWanted)
    asked = Asked(
        account=wanted.account,
        campaign=wanted.campaign or "",
        inviter=key_of(wanted.inviter, "inviter"),
        permanent=wanted.permanent,
        properties=wanted.properties,
    )
    made = making.code(
        asked,
        duration_ms(wanted.expires_in or DEFAULT_LIFETIME),
        platform.Wechat(),
        key=wanted.idempotency_key or "",
        by=request.known_caller().key_id,
        now=request.received_at,
    )
    return Answer(201, _shown(made))


def get_code(request: Request) -> Answer:
    """Codes are kept for good: what they brought refers to them."""
    return Answer(body=_shown(making.existing(_id(request))))


def renew_code(request: Request) -> Answer:
    """A new picture with a new end and the same id. What was printed works until its own end."""
    lifetime = duration_ms(request.document(Renewal).expires_in)
    return Answer(body=_shown(making.renewed(_id(request), lifetime, platform.Wechat(), request.received_at)))


def list_codes(request: Request) -> Answer:
    """Those of one campaign."""
    campaign = request.query.get("campaign", "")
    if campaign and not NAME_PATTERN.fullmatch(campaign):
        raise BadRequest("campaign is the name of a campaign")
    page = store.page(campaign, request.limit, request.cursor)
    return Answer(body=CodeList(items=[_shown(one) for one in page.items], next=page.next))


def get_quota(request: Request) -> Answer:
    """WeChat itself does not tell."""
    account = request.query.get("account", "")
    if not NAME_PATTERN.fullmatch(account):
        raise BadRequest("account is an appid")
    found = making.quota(account)
    return Answer(body=QuotaShown(account=account, permanent_used=found.used, permanent_limit=found.limit))


def _id(request: Request) -> str:
    code_id = request.params["id"]
    if not CODE_ID.fullmatch(code_id):
        raise NotFound("there is no such code")
    return code_id


def _shown(code: Code) -> CodeShown:
    asked = code.asked
    return CodeShown(
        id=code.id,
        state=code.state,
        account=asked.account,
        campaign=asked.campaign or None,
        inviter=named_by(asked.inviter),
        permanent=asked.permanent,
        properties=asked.properties,
        image_url=platform.image_url(code.ticket) if code.ticket else None,
        url=code.url or None,
        created_at=rfc3339(code.created_at),
        expires_at=None if code.expires_at is None else rfc3339(code.expires_at),
    )
