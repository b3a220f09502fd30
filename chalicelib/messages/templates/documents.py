"""The `templates` document: what one message says in each channel. Pydantic: a wrong one is refused with all the places.

{"title": "订单未付款", "category": "service", "channels": {"sms": {...}, "template": {...}}}
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, StrictStr, model_validator

from chalicelib.audiences.operands import Clause, Optional, refuse, with_example
from chalicelib.durations import Duration
from chalicelib.messages import liquid
from chalicelib.messages.templates import variables
from chalicelib.messages.templates.chats import CustomerServiceBody, MassBody
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.messages.templates.notices import SubscribeNotice, TemplateNotice
from chalicelib.messages.templates.own import PopupBody, WebhookBody
from chalicelib.messages.templates.parts import ChannelBody, Wrong, refuse_all
from chalicelib.messages.templates.push import PushBody
from chalicelib.messages.templates.sms import SmsBody

KIND: Final = "templates"
NOT_FOR_MARKETING: Final = frozenset({ChannelName.TEMPLATE, ChannelName.SUBSCRIBE})
"""Notices of something that the person did; the platform punishes others by taking the template, or the capability, away."""


class ChannelsDocument(Clause):
    """The words of each channel. What a message may go by is said where it is sent."""

    template: Optional[TemplateNotice] = None
    subscribe: Optional[SubscribeNotice] = None
    customer_service: Optional[CustomerServiceBody] = None
    mass: Optional[MassBody] = None
    sms: Optional[SmsBody] = None
    push: Optional[PushBody] = None
    webhook: Optional[WebhookBody] = None
    popup: Optional[PopupBody] = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.given():
            refuse((), "channel_missing", f"give words for one channel at least: {', '.join(ChannelName)}")
        return self

    def given(self) -> Mapping[ChannelName, ChannelBody]:
        """The channels that there are words for, in the order of their names above."""
        found = ((name, getattr(self, name)) for name in ChannelName)
        return {name: body for name, body in found if body is not None}


class TemplateDocument(Clause):
    """What a message says, in each channel that it may go by. docs/templates.md tells what each of them takes."""

    model_config = ConfigDict(
        json_schema_extra=with_example(
            {
                "title": "订单未付款",
                "category": "service",
                "channels": {
                    "template": {
                        "account": "wx77aa00bb11cc22dd",
                        "template_id": "T-unpaid",
                        "data": {"thing1": {"value": "{{ event.properties.item | default: '您的订单' }}", "color": "#FF0000"}},
                        "miniprogram": {"appid": "wx88bb00cc11dd22ee", "pagepath": "pages/order?id={{ event.properties.order_id }}"},
                    },
                    "sms": {
                        "account": "aliyun",
                        "provider": "aliyun",
                        "signature": "旗舰店",
                        "template": "SMS_154950909",
                        "text": "${name}，您的订单还没有付款，请在24小时内完成。",
                        "variables": {"name": "{{ person.attributes.name | default: '您好' }}"},
                    },
                },
            }
        )
    )

    title: Annotated[StrictStr, Field(max_length=200)] = ""
    category: Category = Field(description="Which consent it needs, when and how often it may come.")
    channels: ChannelsDocument
    receipt_within: Optional[Duration] = Field(
        default=None,
        description="When no receipt has come by then, the next channel is tried. Without it only a known failure moves on.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        refuse_all([*self._of_category(), *self._of_variables()])
        return self

    def bodies(self) -> Mapping[ChannelName, ChannelBody]:
        """The channels that there are words for."""
        return self.channels.given()

    def asked(self) -> Iterator[tuple[ChannelName, str, liquid.Path, bool]]:
        """The variables that texts ask for: the channel, the text's path below it, the variable, whether it has a default."""
        for channel, body in self.bodies().items():
            for path, text in body.texts():
                yield from ((channel, path, asked, excused) for asked, excused in liquid.paths(text).items())

    def _of_category(self) -> Iterator[Wrong]:
        for channel in self.bodies():
            if self.category is Category.MARKETING and channel in NOT_FOR_MARKETING:
                detail = "WeChat punishes marketing here: it is for notices of what the person did"
                yield ("channels", channel.value), "category_forbidden", detail
        if self.channels.sms is not None:
            yield from ((("channels", "sms", *place), code, detail) for place, code, detail in self.channels.sms.of_category(self.category))

    def _of_variables(self) -> Iterator[Wrong]:
        for channel, path, asked, excused in self.asked():
            many = channel is ChannelName.MASS
            fault = variables.fault_for_many(asked) if many else "" if excused else variables.fault_of(asked)
            if fault:
                yield ("channels", channel.value, *path.split("/")), "variable_unknown", fault
