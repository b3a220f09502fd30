"""Text messages: a signature, a text that the provider has approved, and what fills its variables. Pure.

    {"account": "aliyun", "provider": "aliyun", "signature": "旗舰店", "template": "SMS_154950909",
     "text": "${name}，您的订单还没有付款，请在24小时内完成。", "variables": {"name": "{{ person.attributes.name | default: '您好' }}"}}

`text` is the wording as it was approved: it is what previews show, and what parts and opt-out wording are counted and looked for in.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import Field, StrictInt, StrictStr, model_validator

from chalicelib.audiences.operands import Optional
from chalicelib.events.model import Json
from chalicelib.messages import liquid
from chalicelib.messages.templates import sms_rules
from chalicelib.messages.templates.filling import Filling
from chalicelib.messages.templates.model import Category, Overflow, ProblemCode, Rendered
from chalicelib.messages.templates.parts import ChannelBody, Code, Line, Words, Wrong, fallback, listed, of_channel, refuse_all
from chalicelib.messages.templates.sms_rules import MAX_PARTS
from chalicelib.providers import texts
from chalicelib.providers.texts import CHINA_MOST, TextFault

MAX_VARIABLES: Final = 20
SmsProvider = Annotated[StrictStr, of_channel("sms"), listed("sms")]
VariableName = Annotated[StrictStr, Field(pattern=r"^(?:[A-Za-z][A-Za-z0-9_]{0,31}|[1-9][0-9]?)$")]
_OF_SIGNATURE: Final = {
    TextFault.SIGNATURE_LENGTH: "a signature has 2 to 12 characters",
    TextFault.SIGNATURE_CHARACTERS: "the brackets 【】 are put around a signature: leave them and blanks out",
}
_OF_TEXT: Final = {
    TextFault.BRACKETS_IN_TEXT: "only the signature stands in 【】, and it is put in front",
    TextFault.TOO_LONG: f"a message has {CHINA_MOST} characters at most, the signature among them",
}
_LINK: Final = "no variable may hold a link; it has to stand in the approved text"


class SmsBody(ChannelBody):
    """A text message. With Aliyun and Tencent `template` is the code of an approved text, and `text` is that; with SNS `text` is Liquid."""

    provider: SmsProvider
    signature: StrictStr = Field(default="", description="Without the brackets, as registered; SNS can do without.")
    template: Optional[Code] = None
    text: Words
    variables: Annotated[dict[VariableName, Line], Field(max_length=MAX_VARIABLES)] = Field(
        default={}, description="What fills the places of the text: `${name}` of Aliyun, `{1}` of Tencent."
    )
    variable_chars: Annotated[StrictInt, Field(ge=1, le=CHINA_MOST)] = Field(
        default=CHINA_MOST, description="The longest value that the provider's account takes: 6 with newer accounts of Tencent."
    )
    max_parts: Annotated[StrictInt, Field(ge=1, le=MAX_PARTS)] = Field(default=MAX_PARTS, description="Pieces to pay for, at most.")
    opt_out: Optional[Annotated[StrictStr, Field(min_length=2, max_length=40)]] = Field(
        default=None, description="How the text ends to say that one can refuse more, where the wording is your own. Not with Tencent."
    )
    overflow: Overflow = Field(default=Overflow.REFUSE, description="Of a value longer than `variable_chars`.")

    @model_validator(mode="after")
    def _holds(self) -> Self:
        refuse_all([*self._of_template(), *self._of_wording(), *self._of_variables()])
        return self

    @property
    def approved(self) -> bool:
        """Whether the text is one that the provider has approved."""
        return sms_rules.approved(self.provider)

    def of_category(self, category: Category) -> Iterator[Wrong]:
        """What a message of that category may not be."""
        if category is Category.MARKETING and TextFault.OPT_OUT_MISSING in self.faults(self.text, marketing=True):
            wanted = " or ".join(sms_rules.rules_of(self.provider, self.opt_out).opt_outs)
            yield ("text",), TextFault.OPT_OUT_MISSING.value, f"a marketing message ends by saying how to refuse more: {wanted}"

    def faults(self, text: str, *, marketing: bool = False) -> tuple[TextFault, ...]:
        """What is wrong with a text."""
        return texts.faults(self.signature, text, marketing, sms_rules.rules_of(self.provider, self.opt_out))

    def _of_template(self) -> Iterator[Wrong]:
        if self.approved and self.template is None:
            yield ("template",), "template_missing", f"{self.provider} sends approved templates only: give its code"
        if not self.approved and self.template is not None:
            yield ("template",), "template_out_of_place", f"{self.provider} has no templates: leave it out"
        if self.approved and liquid.is_template(self.text):
            yield ("text",), "liquid_out_of_place", "this is the wording that was approved; Liquid stands in `variables`"
        if sms_rules.adjacent(self.provider, self.text):
            yield ("text",), "variables_adjacent", "providers approve no text in which variables stand next to each other"

    def _of_wording(self) -> Iterator[Wrong]:
        """Without its variables: what is wrong then is always wrong."""
        least = sms_rules.filled(self.provider, self.text, dict.fromkeys(self.variables, ""))
        for fault in self.faults(least):
            if fault in _OF_SIGNATURE and (self.approved or self.signature):
                yield ("signature",), fault.value, _OF_SIGNATURE[fault]
            elif fault in _OF_TEXT and not liquid.is_template(self.text):
                yield ("text",), fault.value, _OF_TEXT[fault]
        parts = sms_rules.parts_of(self.provider, self.signature, least)
        if parts > self.max_parts and not liquid.is_template(self.text):
            yield ("text",), "parts_too_many", f"even without variables it goes in {parts} parts"

    def _of_variables(self) -> Iterator[Wrong]:
        wanted = sms_rules.places(self.provider, self.text)
        for name in wanted:
            if name not in self.variables:
                yield ("variables",), "variable_unfilled", f"the text takes {name}, which is not given"
        for name, text in self.variables.items():
            if name not in wanted:
                yield ("variables", name), "variable_unused", f"the text has no place for {name}"
            elif (shown := fallback(text)) is not None:
                yield from ((("variables", name), code.value, detail) for code, detail in self.faults_of_value(shown.strip()))
        if sms_rules.numbered(self.provider) and sorted(map(int, wanted)) != list(range(1, len(wanted) + 1)):
            yield ("text",), "variables_not_counted", f"{self.provider} counts its variables: 1, 2 and so on, none left out"

    def faults_of_value(self, value: str) -> Iterator[tuple[ProblemCode, str]]:
        """What is wrong with the value of a variable."""
        if not value:
            yield ProblemCode.VALUE_EMPTY, "providers refuse a message with an empty variable"
        if TextFault.LINK_IN_VARIABLE in texts.variable_faults(value):
            yield ProblemCode.LINK_IN_VARIABLE, _LINK
        if TextFault.BRACKETS_IN_TEXT in self.faults(value):
            yield ProblemCode.BRACKETS_IN_TEXT, "only the signature stands in 【】"
        if len(value) > self.variable_chars and self.overflow is Overflow.REFUSE:
            yield ProblemCode.VALUE_TOO_LONG, f"a variable takes {self.variable_chars} characters"


def render_sms(body: SmsBody, filling: Filling) -> Rendered:
    """What the provider is given; `shown` is all that the person reads, the signature among it."""
    values = {name: _value(name, body, filling) for name in _in_order(body)}
    text = sms_rules.filled(body.provider, body.text, values) if body.approved else filling.left("text", filling.line("text", body.text))
    parts = sms_rules.parts_of(body.provider, body.signature, text)
    _measure(body, text, parts, filling)
    made: Json = {
        "provider": body.provider,
        "signature": body.signature,
        "template": body.template or "",
        "variables": values,
        "text": text,
        "shown": sms_rules.signed(body.signature, text),
        "parts": parts,
    }
    return filling.done(body.account, made)


def _in_order(body: SmsBody) -> list[str]:
    """The variables' names; where the provider counts them, by their numbers."""
    return sorted(body.variables, key=int) if sms_rules.numbered(body.provider) else list(body.variables)


def _value(name: str, body: SmsBody, filling: Filling) -> str:
    """The value of a variable, with what there is to say of it."""
    path, before = f"variables/{name}", len(filling.problems)
    value = filling.line(path, body.variables[name])
    if len(filling.problems) > before:
        return ""
    for code, detail in body.faults_of_value(value):
        filling.refuse(path, code, detail)
    fitting = value[: body.variable_chars].rstrip()
    if fitting != value and body.overflow is Overflow.CUT:
        filling.note(path, ProblemCode.VALUE_CUT, f"the value has {len(value)} characters and was cut to {len(fitting)}")
    return fitting


def _measure(body: SmsBody, text: str, parts: int, filling: Filling) -> None:
    faults: Any = body.faults(text)
    if TextFault.BRACKETS_IN_TEXT in faults and not any(one.fatal for one in filling.problems):
        filling.refuse("text", ProblemCode.BRACKETS_IN_TEXT, "only the signature stands in 【】")
    if TextFault.TOO_LONG in faults:
        filling.refuse("text", ProblemCode.TEXT_TOO_LONG, f"{CHINA_MOST} characters are taken, the signature among them")
    elif parts > body.max_parts:
        filling.refuse("text", ProblemCode.PARTS_TOO_MANY, f"the message goes in {parts} parts; the template allows {body.max_parts}")
