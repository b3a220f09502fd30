"""What goes to systems and pages of one's own: webhooks and popups. Pure.

{"account": "sales", "type": "lead", "data": {"name": "{{ person.attributes.name | default: '' }}", "order": "{{ data.order }}"}}
{"account": "wx77aa00bb11cc22dd", "title": "618", "text": "裙装八折", "button": {"text": "去看看", "page": "pages/618/index"}}
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StrictStr, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator, model_validator

from chalicelib.audiences.operands import Clause, Optional, is_number, refuse
from chalicelib.durations import Duration, duration_ms
from chalicelib.events.model import Json
from chalicelib.messages import liquid
from chalicelib.messages.templates.filling import Filling
from chalicelib.messages.templates.model import Overflow, ProblemCode, Rendered
from chalicelib.messages.templates.parts import ChannelBody, Line, Page, Title, Url, Wrong, fallback, refuse_all

MAX_WEBHOOK_BYTES: Final = 65_536
MAX_DEPTH: Final = 6
MAX_VALUES: Final = 200
MAX_POPUP_TITLE: Final = 30  # characters; more does not fit on a phone
MAX_POPUP_TEXT: Final = 200
MAX_BUTTON: Final = 10
DEFAULT_SHOWN_FOR: Final = "7d"


def _checked(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    if not isinstance(value, dict) or not value:
        refuse((), "object_expected", "must be an object that is not empty")
    refuse_all(list(_wrong(value, ())))
    if sum(1 for _ in _walk(value)) > MAX_VALUES:
        refuse((), "values_too_many", f"a webhook carries {MAX_VALUES} values at most")
    return value


def _walk(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _walk(one)


def _wrong(value: Any, place: tuple[int | str, ...]) -> Iterator[Wrong]:
    if len(place) > MAX_DEPTH:
        yield place, "too_deep", f"values may stand {MAX_DEPTH} levels deep"
    elif isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _wrong(one, (*place, name))
    elif isinstance(value, str):
        yield from _wrong_text(value, place)
    elif not (value is None or isinstance(value, bool) or is_number(value)):
        yield place, "value_invalid", "must be JSON"


def _wrong_text(text: str, place: tuple[int | str, ...]) -> Iterator[Wrong]:
    try:
        liquid.paths(text)
    except liquid.LiquidInvalid as error:
        yield place, "liquid_invalid", str(error)


Carried = Annotated[dict[str, Any], WrapValidator(_checked), WithJsonSchema({"type": "object", "minProperties": 1})]


class WebhookBody(ChannelBody):
    """A signed request to a system of one's own. Texts in `data` are Liquid; who receives it finds them as texts."""

    type: Annotated[StrictStr, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")] = "message"
    data: Carried


class Placement(StrEnum):
    """How a popup is shown."""

    MODAL = "modal"
    BANNER = "banner"
    TOAST = "toast"


def _small(most: int) -> AfterValidator:
    """Holds what a text shows without Liquid, or by its defaults, to a number of characters."""

    def held(text: str) -> str:
        shown = fallback(text)
        if shown is not None and len(shown.strip()) > most:
            refuse((), "value_too_long", f"{most} characters fit")
        return text

    return AfterValidator(held)


class PopupButton(Clause):
    """What can be tapped: it opens a page of the mini program, or of the web, or closes the popup."""

    text: Annotated[Line, _small(MAX_BUTTON)]
    url: Optional[Url] = None
    page: Optional[Page] = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.url is not None and self.page is not None:
            refuse(("page",), "target_double", "give url or page, not both")
        return self


class PopupBody(ChannelBody):
    """What a mini program or a page shows when it asks next. `account` is the appid, or the source whose pages ask."""

    title: Annotated[Title, _small(MAX_POPUP_TITLE)]
    text: Annotated[Line, _small(MAX_POPUP_TEXT)]
    picture: Optional[Url] = None
    button: Optional[PopupButton] = None
    placement: Placement = Placement.MODAL
    show_for: Duration = Field(default=DEFAULT_SHOWN_FOR, description="It is not shown to who comes later than that.")
    overflow: Overflow = Overflow.REFUSE


def render_webhook(body: WebhookBody, filling: Filling) -> Rendered:
    """What is posted, without id and time."""
    made: Json = {"type": body.type, "data": filling.every(body.plain()["data"], "data")}
    size = len(json.dumps(made, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > MAX_WEBHOOK_BYTES:
        filling.refuse("data", ProblemCode.PAYLOAD_TOO_LARGE, f"the body has {size} bytes; {MAX_WEBHOOK_BYTES} are sent")
    return filling.done(body.account, made)


def render_popup(body: PopupBody, filling: Filling) -> Rendered:
    """What the page is given."""
    made: Json = {
        "title": _held("title", filling.line("title", body.title), MAX_POPUP_TITLE, body, filling),
        "text": _held("text", filling.text("text", body.text).strip(), MAX_POPUP_TEXT, body, filling),
        "placement": body.placement.value,
        "lasts_ms": duration_ms(body.show_for),
    }
    if body.picture:
        made["picture"] = filling.url("picture", body.picture)
    if body.button:
        made["button"] = _button(body.button, body, filling)
    return filling.done(body.account, made)


def _button(button: PopupButton, body: PopupBody, filling: Filling) -> Json:
    made: Json = {"text": _held("button/text", filling.line("button/text", button.text), MAX_BUTTON, body, filling)}
    if button.url:
        made["url"] = filling.url("button/url", button.url)
    if button.page:
        made["page"] = filling.text("button/page", button.page).strip()
    return made


def _held(path: str, value: str, most: int, body: PopupBody, filling: Filling) -> str:
    if len(filling.left(path, value)) <= most:
        return value
    if body.overflow is Overflow.REFUSE:
        filling.refuse(path, ProblemCode.VALUE_TOO_LONG, f"{most} characters fit; the value has {len(value)}")
        return value
    filling.note(path, ProblemCode.VALUE_CUT, f"the value has {len(value)} characters and was cut to {most}")
    return value[: most - 1] + "…"
