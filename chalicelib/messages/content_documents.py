"""Contents as documents write them. Pydantic, so that a wrong one is refused with the place.

    {"text": "你好 {{ person.attributes.name | default: '朋友' }}"}
    {"link": {"title": "618 会场", "url": "https://shop.example.com/618"}}

The key that only it has tells the shape.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, ValidatorFunctionWrapHandler, WrapValidator
from typing_extensions import TypeAliasType

from chalicelib.audiences.operands import Clause, Optional, refuse
from chalicelib.messages import liquid
from chalicelib.messages.contents import ContentKind
from chalicelib.wechat.replies import MAX_ARTICLES, MAX_TEXT_BYTES

MAX_MENU_ITEMS: Final = 10
MAX_TEMPLATE_FIELDS: Final = 20
MAX_ID: Final = 128  # characters
MAX_TITLE: Final = 200
MAX_URL: Final = 1024
_WEB: Final = ("https://", "http://")


def _liquid(text: str) -> str:
    try:
        liquid.paths(text)
    except liquid.LiquidInvalid as error:
        refuse((), "liquid_invalid", str(error))
    return text


def _short(text: str) -> str:
    if not liquid.is_template(text) and len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        refuse((), "text_too_long", f"a text holds {MAX_TEXT_BYTES} bytes at most, some 680 Chinese characters")
    return text


def _web(url: str) -> str:
    if not url.startswith((*_WEB, "{{")):
        refuse((), "url_invalid", "a link begins with https:// or http://")
    return url


def _filled(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        refuse((), "list_expected", "must be a list that is not empty")
    return value


Words = Annotated[StrictStr, Field(min_length=1, max_length=liquid.MAX_TEMPLATE), AfterValidator(_liquid), AfterValidator(_short)]
Title = Annotated[StrictStr, Field(min_length=1, max_length=MAX_TITLE), AfterValidator(_liquid)]
Url = Annotated[StrictStr, Field(min_length=1, max_length=MAX_URL), AfterValidator(_web), AfterValidator(_liquid)]
Page = Annotated[StrictStr, Field(min_length=1, max_length=MAX_URL), AfterValidator(_liquid)]
Id = Annotated[StrictStr, Field(min_length=1, max_length=MAX_ID)]


class VideoBody(Clause):
    """A film that was uploaded."""

    media_id: Id
    thumb_media_id: Id
    title: Optional[Title] = None
    description: Optional[Title] = None


class MusicBody(Clause):
    """A piece of music by its addresses; the picture was uploaded."""

    thumb_media_id: Id
    url: Url
    high_quality_url: Optional[Url] = None
    title: Optional[Title] = None
    description: Optional[Title] = None


class ArticleBody(Clause):
    """An article, or a page that is shown as one."""

    title: Title
    url: Url
    description: Optional[Title] = None
    picture_url: Optional[Url] = None


class CardBody(Clause):
    """A card that opens a page of a mini program; the picture was uploaded. In a mini program the page is its own."""

    title: Title
    path: Page
    thumb_media_id: Id
    appid: Optional[Id] = None


class ItemBody(Clause):
    """An answer of a message menu. A tap comes back as a text with the `id`, which rules for clicks see as the key."""

    id: Id
    text: Title


class MenuBody(Clause):
    """A question with answers to tap."""

    head: Title
    items: Annotated[tuple[ItemBody, ...], Field(max_length=MAX_MENU_ITEMS), BeforeValidator(_filled)]
    tail: Optional[Title] = None


class TemplatePage(Clause):
    """The page of a mini program that a template message opens."""

    appid: Id
    path: Optional[Page] = None


class TemplateBody(Clause):
    """A template message of a service account. The platform has approved its wording; `data` fills its fields."""

    template_id: Id
    data: Annotated[dict[Id, Words], Field(min_length=1, max_length=MAX_TEMPLATE_FIELDS)]
    url: Optional[Url] = None
    mini_program: Optional[TemplatePage] = None


class TextContent(Clause):
    """A text; it may hold links and line breaks."""

    text: Words


class ImageContent(Clause):
    """A picture, by the media id that the platform gave it."""

    image: Id


class VoiceContent(Clause):
    """A recording, by its media id."""

    voice: Id


class VideoContent(Clause):
    """A film."""

    video: VideoBody


class MusicContent(Clause):
    """A piece of music."""

    music: MusicBody


class NewsContent(Clause):
    """Articles. More than one is shown only in answer to a follow, a scan or a tap on the menu."""

    news: Annotated[tuple[ArticleBody, ...], Field(max_length=MAX_ARTICLES), BeforeValidator(_filled)]


class LinkContent(Clause):
    """A page, shown as one article."""

    link: ArticleBody


class MiniProgramContent(Clause):
    """A card of a mini program."""

    mini_program: CardBody


class MenuContent(Clause):
    """A message menu."""

    menu: MenuBody


class TemplateContent(Clause):
    """A template message; it needs no window."""

    template: TemplateBody


class CardContent(Clause):
    """A coupon card, by its id; for accounts that still have them."""

    card: Id


AnyContent = (
    TextContent | ImageContent | VoiceContent | VideoContent | MusicContent | NewsContent | LinkContent | MiniProgramContent
    | MenuContent | TemplateContent | CardContent
)  # fmt: skip
_SHAPES: Final[Mapping[ContentKind, type[AnyContent]]] = {
    ContentKind.TEXT: TextContent,
    ContentKind.IMAGE: ImageContent,
    ContentKind.VOICE: VoiceContent,
    ContentKind.VIDEO: VideoContent,
    ContentKind.MUSIC: MusicContent,
    ContentKind.NEWS: NewsContent,
    ContentKind.LINK: LinkContent,
    ContentKind.MINI_PROGRAM: MiniProgramContent,
    ContentKind.MENU: MenuContent,
    ContentKind.TEMPLATE: TemplateContent,
    ContentKind.CARD: CardContent,
}


def _by_shape(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, AnyContent):
        return value
    kinds = [kind for kind in ContentKind if kind in value] if isinstance(value, dict) else []
    if len(kinds) != 1:
        refuse((), "content_unknown", f"a content is an object with exactly one of {', '.join(ContentKind)}")
    return _SHAPES[kinds[0]].model_validate(value)


ContentDocument = TypeAliasType("ContentDocument", Annotated[AnyContent, WrapValidator(_by_shape)])
