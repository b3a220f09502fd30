"""Template messages of service accounts, and messages that people subscribed to: fields with types, and a page to open. Pure.

    {"account": "wx77aa00bb11cc22dd", "template_id": "T-paid", "data": {"thing1": "{{ data.item }}", "amount2": "¥299.00"}}

A field that breaks its type refuses the message at the platform (47003). By default a value that is too long is cut in a template message,
as the platform used to do, and refuses a subscription message: that may have been the only one that the person allowed.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Self

from pydantic import Field, StrictStr, TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator, model_validator
from typing_extensions import TypeAliasType

from chalicelib.audiences.operands import Clause, Optional
from chalicelib.events.model import Json
from chalicelib.messages.templates import fields
from chalicelib.messages.templates.fields import FieldFault
from chalicelib.messages.templates.filling import Filling
from chalicelib.messages.templates.model import Overflow, ProblemCode, Rendered
from chalicelib.messages.templates.parts import ChannelBody, Code, Colour, Line, MiniProgramPage, Target, Url, Wrong, fallback, refuse_all

MAX_FIELDS: Final = 20
MAX_CHOICES: Final = 50
_UNTYPED: Final = ("keyword", "first", "remark")  # of templates from before 2023


class FieldBody(Clause):
    """A field with more than its text."""

    value: Line
    color: Optional[Colour] = Field(default=None, description="Sent as it is; WeChat has shown none since 2023.")
    choices: Optional[Annotated[tuple[Line, ...], Field(min_length=1, max_length=MAX_CHOICES)]] = Field(
        default=None, description="For `enum` and `const`: the values that the template lists."
    )


@cache
def _line() -> TypeAdapter[str]:
    return TypeAdapter(Line)


def _by_shape(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    """One error for what is wrong, not one for each way to write it."""
    if isinstance(value, str):
        return _line().validate_python(value)
    return value if isinstance(value, FieldBody) else FieldBody.model_validate(value)


FieldDocument = TypeAliasType("FieldDocument", Annotated[Line | FieldBody, WrapValidator(_by_shape)])
Key = Annotated[StrictStr, Field(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
Data = Annotated[dict[Key, FieldDocument], Field(min_length=1, max_length=MAX_FIELDS)]


class Notice(ChannelBody):
    """What both have."""

    template_id: Code
    data: Data = Field(description="By the template's keys, such as `thing1`; the type before the number says what fits.")
    miniprogram: Optional[MiniProgramPage] = None

    @model_validator(mode="after")
    def _typed(self) -> Self:
        refuse_all([wrong for key, one in self.data.items() for wrong in self._wrong(key, one)])
        return self

    def _wrong(self, key: str, one: str | FieldBody) -> Iterator[Wrong]:
        place = ("data", key) if isinstance(one, str) else ("data", key, "value")
        if fields.rule_of(key) is None and not (self.takes_untyped() and key.startswith(_UNTYPED)):
            yield ("data", key), "field_unknown", f"no type of field is called so; there are {', '.join(fields.RULES)}"
        shown = fallback(one if isinstance(one, str) else one.value)
        if shown is not None and (fault := self._fault(key, one, " ".join(shown.split()))):
            yield place, fault.code.value, fault.detail

    def _fault(self, key: str, one: str | FieldBody, shown: str) -> FieldFault | None:
        """What is wrong with what the field shows when nothing is known of the person."""
        if fault := fields.fault_of(key, fields.cut(key, shown) if self.cuts() else shown):
            return fault
        return _not_chosen(key, one, shown)

    def cuts(self) -> bool:
        """Whether values that are too long are cut."""
        return False

    def takes_untyped(self) -> bool:
        """Whether there are templates whose fields have no type."""
        return False


class TemplateNotice(Notice):
    """A template message of a service account. Where both are given, `miniprogram` opens, and `url` on phones that cannot."""

    url: Optional[Url] = None
    overflow: Overflow = Overflow.CUT

    def cuts(self) -> bool:  # noqa: D102 - as above
        return self.overflow is Overflow.CUT

    def takes_untyped(self) -> bool:  # noqa: D102 - as above
        return True


class Permission(StrEnum):
    """What the person allowed."""

    ONE_TIME = "one_time"  # one message for each time that they allowed it
    LONG_TERM = "long_term"  # for public services only


class ProgramState(StrEnum):
    """Which build of a mini program a message opens."""

    DEVELOPER = "developer"
    TRIAL = "trial"
    FORMAL = "formal"


class Language(StrEnum):
    """The language of the frame around a message of a mini program."""

    CHINESE = "zh_CN"
    ENGLISH = "en_US"
    HONG_KONG = "zh_HK"
    TAIWAN = "zh_TW"


class SubscribeNotice(Notice):
    """A message that the person subscribed to, of a mini program or a service account."""

    permission: Permission = Permission.ONE_TIME
    page: Optional[Target] = Field(default=None, description="A page of the mini program itself; of a service account a web page.")
    miniprogram_state: Optional[ProgramState] = None
    lang: Optional[Language] = None
    overflow: Overflow = Overflow.REFUSE

    def cuts(self) -> bool:  # noqa: D102 - as above
        return self.overflow is Overflow.CUT


def render_template(body: TemplateNotice, filling: Filling) -> Rendered:
    """The body of `message/template/send`, without `touser` and `client_msg_id`."""
    made: Json = {"template_id": body.template_id, "data": _data(body, filling)}
    if body.url:
        made["url"] = filling.url("url", body.url)
    if body.miniprogram:
        made["miniprogram"] = _page(body.miniprogram, filling)
    return filling.done(body.account, made)


def render_subscribe(body: SubscribeNotice, filling: Filling) -> Rendered:
    """The body of `message/subscribe/send` or `bizsend`, without `touser`. `lasting` is for the channel: no permission is used up."""
    made: Json = {"template_id": body.template_id, "data": _data(body, filling)}
    if body.page:
        made["page"] = filling.text("page", body.page).strip()
    if body.miniprogram:
        made["miniprogram"] = _page(body.miniprogram, filling)
    if body.miniprogram_state:
        made["miniprogram_state"] = body.miniprogram_state.value
    if body.lang:
        made["lang"] = body.lang.value
    if body.permission is Permission.LONG_TERM:
        made["lasting"] = True
    return filling.done(body.account, made)


def _data(body: Notice, filling: Filling) -> Json:
    return {key: _field(key, one, body, filling) for key, one in body.data.items()}


def _field(key: str, one: str | FieldBody, body: Notice, filling: Filling) -> Json:
    path, text = (f"data/{key}", one) if isinstance(one, str) else (f"data/{key}/value", one.value)
    before = len(filling.problems)
    value = filling.line(path, text)
    if len(filling.problems) == before:
        value = _checked(key, one, path, value, body, filling)
    return {"value": value} | ({"color": one.color} if isinstance(one, FieldBody) and one.color else {})


def _checked(key: str, one: str | FieldBody, path: str, value: str, body: Notice, filling: Filling) -> str:
    """The value as it is sent, with what there is to say of it."""
    fitting = fields.cut(key, value) if body.cuts() else value
    if fault := fields.fault_of(key, fitting) or _not_chosen(key, one, fitting):
        filling.refuse(path, fault.code, fault.detail)
    elif fitting != value:
        filling.note(path, ProblemCode.VALUE_CUT, f"the value has {len(value)} characters and was cut to {len(fitting)}")
    elif fields.rule_of(key) is None and len(value) > fields.SHOWN:
        filling.note(path, ProblemCode.SHOWN_CUT, f"WeChat shows some {fields.SHOWN} characters of {len(value)}")
    return fitting


def _not_chosen(key: str, one: str | FieldBody, value: str) -> FieldFault | None:
    choices = one.choices if isinstance(one, FieldBody) else None
    if not choices or value in choices:
        return None
    return FieldFault(ProblemCode.VALUE_INVALID, f"{key} takes one of its choices")


def _page(page: MiniProgramPage, filling: Filling) -> Mapping[str, str]:
    path = filling.text("miniprogram/pagepath", page.pagepath) if page.pagepath else ""
    return {"appid": page.appid, "pagepath": path.strip()}
