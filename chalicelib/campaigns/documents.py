"""The `campaigns` document: what brings people, how it is called in reports, and where its links may lead. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.campaigns.addresses import Address, AddressInvalid, read_prefix
from chalicelib.definitions.kinds import register
from chalicelib.definitions.model import MAX_NAME_LENGTH, NAME_PATTERN
from chalicelib.events.model import Json
from chalicelib.events.wire import RecordInvalid, time_ms

KIND: Final = "campaigns"
DEFAULT_NAME: Final = "default"  # the campaign of links that name none; what it allows, all links may lead to
MAX_TEXT: Final = 100  # characters of a source, medium and the like
MAX_TARGETS: Final = 50
MAX_ACCOUNTS: Final = 50
UTM: Final = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "content": "utm_content", "term": "utm_term"}

Label = Annotated[str, Field(max_length=MAX_TEXT)]


def _target(text: str) -> str:
    try:
        read_prefix(text, local=True)  # local addresses are refused later, where a stage is not local
    except AddressInvalid as invalid:
        raise PydanticCustomError("address_invalid", "{detail}", {"detail": str(invalid)}) from invalid
    return text


def _moment(value: str | int) -> str | int:
    try:
        time_ms(value, "a time")
    except RecordInvalid as invalid:
        raise PydanticCustomError("time_invalid", "{detail}", {"detail": str(invalid)}) from invalid
    return value


Target = Annotated[str, Field(max_length=2048), AfterValidator(_target)]
Moment = Annotated[str | int, AfterValidator(_moment)]


class CampaignDocument(BaseModel):
    """A campaign: where its people come from. Its codes and links carry these words to every event that they bring about."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"title": "618 地铁海报", "source": "subway", "medium": "poster", "targets": ["https://shop.example.com/618/"]}]
        },
    )

    title: str = Field(default="", max_length=200)
    source: str = Field(min_length=1, max_length=MAX_TEXT, description="Where people come from: a place, a partner, an advertisement.")
    medium: Label = Field(default="", description="By what: poster, friend, article.")
    name: Label = Field(default="", description="The campaign's name in reports; that of the definition where it is left out.")
    content: Label = Field(default="", description="Which of several posters or texts.")
    term: Label = ""
    accounts: list[Annotated[str, Field(pattern=rf"^{NAME_PATTERN.pattern}$", max_length=MAX_NAME_LENGTH)]] = Field(
        default=[], max_length=MAX_ACCOUNTS, description="The appids that codes may be made for; any where it is left out."
    )
    starts: Moment | None = Field(default=None, description="When its links begin to work. RFC 3339 with an offset, or epoch ms.")
    ends: Moment | None = Field(default=None, description="When its links end, and no more codes and links are made.")
    targets: list[Target] = Field(
        default=[],
        max_length=MAX_TARGETS,
        description="What its links may lead to: origins (`https://shop.example.com`), or paths of them and all below. `https` only.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> "CampaignDocument":
        starts, ends = time_ms(self.starts, "starts"), time_ms(self.ends, "ends")
        if starts is not None and ends is not None and starts >= ends:
            raise PydanticCustomError("times_reversed", "a campaign ends after it starts")
        return self


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as codes and links see it. `starts` and `ends` are epoch ms; `in_force`: it is published now."""

    id: str
    source: str
    medium: str = ""
    name: str = ""
    content: str = ""
    term: str = ""
    accounts: frozenset[str] = frozenset()
    starts: int | None = None
    ends: int | None = None
    targets: tuple[Address, ...] = ()
    in_force: bool = True

    @property
    def context(self) -> Json:
        """What an event says of it: its id and its words, without the empty ones."""
        words = {part: getattr(self, part) for part in UTM}
        return {"id": self.id, **{part: word for part, word in words.items() if word}}

    @property
    def utm(self) -> dict[str, str]:
        """Its words as parameters of an address."""
        return {parameter: getattr(self, part) for part, parameter in UTM.items()}

    def takes(self, account: str) -> bool:
        """Whether codes of the account may be made for it."""
        return not self.accounts or account in self.accounts

    def is_over(self, now: int) -> bool:
        """Whether it has ended, or was taken out of force."""
        return not self.in_force or (self.ends is not None and self.ends <= now)

    def has_started(self, now: int) -> bool:
        """Whether its links work already."""
        return self.starts is None or self.starts <= now


def campaign_of(name: str, document: Any, in_force: bool = True) -> Campaign:
    """The campaign of a definition's document."""
    told = CampaignDocument.model_validate(document)
    return Campaign(
        id=name,
        source=told.source,
        medium=told.medium,
        name=told.name or name,
        content=told.content,
        term=told.term,
        accounts=frozenset(told.accounts),
        starts=time_ms(told.starts, "starts"),
        ends=time_ms(told.ends, "ends"),
        targets=tuple(_prefixes(told.targets)),
        in_force=in_force,
    )


def _prefixes(targets: Iterable[str]) -> Iterable[Address]:
    return (read_prefix(one, local=True) for one in targets)


register(KIND, CampaignDocument)
