"""What the documents of all channels are made of: texts with Liquid, ids without, addresses, colours. Pydantic."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, NoReturn

from pydantic import AfterValidator, Field, StrictStr, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.operands import Clause, Optional
from chalicelib.messages import liquid
from chalicelib.messages.templates.filling import WEB
from chalicelib.providers import adapters

MAX_URL: Final = 1024
MAX_TITLE: Final = 200
MAX_ID: Final = 128  # characters
MAX_FIELD: Final = 500  # characters of one field, with its Liquid

Place = tuple[int | str, ...]
Wrong = tuple[Place, str, str]  # where, which code, what to do


def refuse_all(found: list[Wrong]) -> None:
    """Makes pydantic refuse the document for all of these places below the one that is being validated; nothing for none."""
    if not found:
        return
    errors = [
        InitErrorDetails(type=PydanticCustomError(code, "{detail}", {"detail": detail}), loc=place, input=None)
        for place, code, detail in found
    ]
    raise ValidationError.from_exception_data("template", errors)


def _refuse(code: str, detail: str) -> NoReturn:
    raise PydanticCustomError(code, "{detail}", {"detail": detail})


def _liquid(text: str) -> str:
    try:
        liquid.paths(text)
    except liquid.LiquidInvalid as error:
        _refuse("liquid_invalid", str(error))
    return text


def _web(url: str) -> str:
    if not url.startswith((*WEB, "{{")):
        _refuse("url_invalid", "a link begins with https:// or http://")
    return url


def _page(path: str) -> str:
    if path.startswith((*WEB, "/")):
        _refuse("page_invalid", "a page of a mini program is a path without / in front, as pages/order/detail?id=1")
    return path


Words = Annotated[StrictStr, Field(min_length=1, max_length=liquid.MAX_TEMPLATE), AfterValidator(_liquid)]
Line = Annotated[StrictStr, Field(min_length=1, max_length=MAX_FIELD), AfterValidator(_liquid)]
Title = Annotated[StrictStr, Field(min_length=1, max_length=MAX_TITLE), AfterValidator(_liquid)]
Url = Annotated[StrictStr, Field(min_length=1, max_length=MAX_URL), AfterValidator(_web), AfterValidator(_liquid)]
Page = Annotated[StrictStr, Field(min_length=1, max_length=MAX_URL), AfterValidator(_page), AfterValidator(_liquid)]
Target = Annotated[StrictStr, Field(min_length=1, max_length=MAX_URL), AfterValidator(_liquid)]
Code = Annotated[StrictStr, Field(max_length=MAX_ID, pattern=r"^[A-Za-z0-9_.:-]+$", description="An id as the platform gave it.")]
Colour = Annotated[StrictStr, Field(pattern=r"^#[0-9A-Fa-f]{6}$", description="As `#FF0000`.")]
Account = Annotated[Name, Field(description="An appid, or the name of a provider account.")]


def of_channel(channel: str) -> AfterValidator:
    """Takes the names of providers that there is an adapter for."""

    def checked(name: str) -> str:
        there = adapters.of_channel(channel)
        if name not in there:
            raise PydanticCustomError("enum", "there is no such provider; known are {known}", {"known": ", ".join(there)})
        return name

    return AfterValidator(checked)


def listed(channel: str) -> WithJsonSchema:
    """The same for whoever reads the schema."""
    return WithJsonSchema({"type": "string", "enum": list(adapters.of_channel(channel))})


class MiniProgramPage(Clause):
    """A page of a mini program that a message opens."""

    appid: Code
    pagepath: Optional[Page] = None


class ChannelBody(Clause):
    """What all channels have."""

    account: Account

    def texts(self) -> Iterator[tuple[str, str]]:
        """The texts that hold Liquid, with their paths below the channel."""
        yield from texts_of(self.plain(), "")

    def plain(self) -> dict[str, Any]:
        """As its author wrote it."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def texts_of(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The texts of a JSON value that hold Liquid, with their paths."""
    if isinstance(value, str):
        if liquid.is_template(value):
            yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from texts_of(one, f"{path}/{name}" if path else name)
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from texts_of(one, f"{path}/{place}")


def fallback(text: str) -> str | None:
    """What a text shows of somebody of whom nothing is known: itself without Liquid, its defaults; None where something has none."""
    if not liquid.is_template(text):
        return text
    if not all(liquid.paths(text).values()):
        return None
    try:
        return liquid.strict(text, liquid.known({}))
    except (liquid.VariableMissing, liquid.LiquidInvalid):
        return None
