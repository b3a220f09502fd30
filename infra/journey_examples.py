"""The examples of journeys on a local stack: with the accounts of the demo's shop, and everything at the platforms that they send by.

examples = JourneyExamples(stack)
examples.connect(examples.files())
examples.publish(examples.files("unpaid-coupon"))
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.api_client import Api
from infra.definition_files import Filed, read_folder
from infra.definition_import import JOURNEYS, Importing
from infra.demo_news import APP, SIGNATURE, SMS, SMS_TEMPLATES
from infra.demo_shop import ACCOUNTS, MINI, SHOP
from infra.local_stack import LocalStack
from infra.local_wechat.driver import Driver
from infra.paths import ROOT
from infra.provider_connecting import connect_aliyun, connect_jpush, connect_webhook
from infra.wechat_connecting import connect

Json = dict[str, Any]

EXAMPLES: Final = ROOT / "docs" / "examples"
FOLDER: Final = EXAMPLES / "journeys"
APPIDS: Final = {"wx77aa00bb11cc22dd": SHOP, "wx88bb00cc11dd22ee": MINI}  # whoever takes the examples puts their own into them
RULES: Final = ("scores/activity", "segments/sleeping")  # of the other examples, what journeys ask for
TEMPLATES: Final = "templates"
_NAMING: Final = ("template", "webhook")  # the keys that name templates


class ExamplesRefused(Exception):
    """The service does not take an example; the text says which, and why."""


@dataclass(frozen=True, slots=True)
class JourneyExamples:
    """The examples, for one stack."""

    stack: LocalStack

    def files(self, *journeys: str) -> list[Filed]:
        """Those journeys with their templates, or all of the folder and what it asks for of the others."""
        found = [_localized(one) for one in read_folder(FOLDER)]
        if not journeys:
            return [*(one for one in read_folder(EXAMPLES) if one.path in RULES), *found]
        wanted = [one for one in found if one.kind == JOURNEYS and one.name in journeys]
        named = {name for one in wanted for name in _templates_in(one.document)}
        return [*(one for one in found if one.kind == TEMPLATES and one.name in named), *wanted]

    def connect(self, files: Sequence[Filed]) -> None:
        """Connects the shop's accounts, and has the platforms approve what the templates among the files send."""
        for appid, document in ACCOUNTS.items():
            connect(self.stack, appid, document)
        connect_jpush(self.stack, APP)
        self.approve(files)
        for name in sorted({body["account"] for channel, body in _bodies(files) if channel == "webhook"}):
            connect_webhook(self.stack, name)

    def approve(self, files: Sequence[Filed]) -> None:
        """Has the platforms know the texts of template messages and of SMS."""
        wechat = Driver(self.stack.providers_url)
        for channel, body in _bodies(files):
            if channel == "template":
                wechat.template(body["account"], list(body["data"]), template_id=body["template_id"], title=body["template_id"])
        texts = {body["template"]: {"variables": list(body.get("variables", ()))} for channel, body in _bodies(files) if channel == "sms"}
        connect_aliyun(self.stack, SMS, SIGNATURE, SMS_TEMPLATES | texts)

    def publish(self, files: Iterable[Filed]) -> None:
        """Puts them in force. Raises ExamplesRefused."""
        importing = Importing(Api(self.stack.api_url, self.stack.api_key), publish=True)
        importing.run(files)
        if importing.refused:
            raise ExamplesRefused("\n".join(importing.lines))


def _localized(one: Filed) -> Filed:
    """With the accounts that the stack has."""
    text = json.dumps(one.document, ensure_ascii=False)
    for example, appid in APPIDS.items():
        text = text.replace(example, appid)
    return Filed(one.kind, one.name, json.loads(text))


def _templates_in(part: Any) -> set[str]:
    """The templates that a journey's document names."""
    if isinstance(part, list):
        return {name for one in part for name in _templates_in(one)}
    if not isinstance(part, dict):
        return set()
    named = {part[key] for key in _NAMING if isinstance(part.get(key), str)}
    return named | {name for one in part.values() for name in _templates_in(one)}


def _bodies(files: Iterable[Filed]) -> list[tuple[str, Json]]:
    """What the templates say in each channel."""
    return [(channel, body) for one in files if one.kind == TEMPLATES for channel, body in one.document["channels"].items()]
