"""What docs/channels.md shows works as it stands there: a provider is added by one file, a channel is its six functions."""

import inspect
import json
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import app as application
from chalicelib import providers
from chalicelib.channels import carried
from chalicelib.channels.channel import Channel, Parcel, channel_of
from chalicelib.dispatch.news import Receipt, followup_of
from chalicelib.messages.templates import model
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.messages.templates.rendering import render
from chalicelib.outgoing.wire import Answer, NoAnswer
from chalicelib.providers import adapters
from chalicelib.providers.adapter import Pulls
from chalicelib.providers.model import Outcome, Reason, Result
from infra.paths import ROOT
from tests.support.aws import Stack
from tests.support.gateway import Gateway
from tests.support.providers import publish, put_secrets
from tests.unit.providers.means import NOW, Asked, said

PAGE = (ROOT / "docs" / "channels.md").read_text("utf-8")
ADAPTER, CHANNEL = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ACCOUNT, TEMPLATE = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
SECRET = "s3cret-part-of-an-address"
VARIABLES: dict[str, Any] = {"person": {"attributes": {"name": "木兰"}}, "event": {}, "entry": {}, "data": {}}


# ---- a provider ----


@pytest.fixture
def _added(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of the page, where adapters are looked for, and its account in force."""
    (tmp_path / "sms_shore.py").write_text(ADAPTER, "utf-8")
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])
    for found in (adapters.names, adapters.adapter):
        found.cache_clear()
    publish("shore-main", ACCOUNT)
    put_secrets("shore-main", {"token": ("T",), "callback": (SECRET,)})
    yield
    sys.modules.pop("chalicelib.providers.sms_shore", None)
    monkeypatch.undo()
    for found in (adapters.names, adapters.adapter):
        found.cache_clear()


def send(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(carried, "means", lambda: asked.means)
    rendered = render(TemplateDocument.model_validate(TEMPLATE), VARIABLES)[ChannelName.SMS]
    assert rendered.body is not None
    parcel = Parcel("m-1", ChannelName.SMS, rendered.account, "13800000000", rendered.body, Category.SERVICE, "p_1", NOW)
    assert channel_of(ChannelName.SMS).key_lives_ms(parcel) == 3_600_000
    return channel_of(ChannelName.SMS).send(parcel, NOW)


@pytest.mark.usefixtures("_added")
def test_a_template_goes_by_the_added_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(said({"state": "taken", "number": "7"}))
    assert send(asked, monkeypatch) == Outcome(Result.SENT, provider_id="7", raw_code="taken")
    assert asked.requests[0].url == "https://api.shore.example/sms"
    assert asked.body == {"id": "m-1", "to": "+8613800000000", "sign": "旗舰店", "text": "S-1", "with": {"name": "木兰"}}
    assert channel_of(ChannelName.SMS).per_minute("shore-main") == 1_200


@pytest.mark.usefixtures("_added")
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said({"state": "slow down"}), Result.LIMITED),
        (said({"state": "no such number"}), Result.UNREACHABLE),
        (Answer(502), Result.UNKNOWN),
        (NoAnswer(sent_maybe=True), Result.UNKNOWN),
        (NoAnswer(sent_maybe=False), Result.RETRY),
    ],
)
def test_what_goes_wrong_with_it_is_told_apart(answer: Answer | NoAnswer, kind: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(Asked(answer), monkeypatch).kind is kind


@pytest.mark.usefixtures("_added")
def test_its_receipts_come_in_at_its_address(stack: Stack) -> None:
    told = {"number": "7", "id": "m-1", "to": "+8613800000000", "arrived": True}
    reply = Gateway(application.app).call("POST", f"/v1/receipts/shore-main/{SECRET}", told)
    assert (reply.status, reply.json) == (200, {"ok": True})
    [receipt] = [followup_of(body)[0] for body in stack.messages("followups")]
    assert isinstance(receipt, Receipt)
    assert (receipt.message, receipt.reference, receipt.fate.value) == ("m-1", "7", "delivered")


@pytest.mark.usefixtures("_added")
def test_its_texts_are_held_to_its_wording() -> None:
    wrong = json.loads(json.dumps(TEMPLATE))
    wrong["channels"]["sms"]["text"] = "#name##name#，#order#"
    with pytest.raises(ValueError, match="next to each other") as refused:
        TemplateDocument.model_validate(wrong)
    assert "which is not given" in str(refused.value)


def test_without_the_file_there_is_no_such_provider() -> None:
    with pytest.raises(ValueError, match="there is no such provider"):
        TemplateDocument.model_validate(TEMPLATE)


# ---- a channel ----


@pytest.fixture
def slip(monkeypatch: pytest.MonkeyPatch) -> Channel:
    """The channel of the page, with its name where the page says."""
    names = StrEnum("ChannelName", {**{one.name: one.value for one in ChannelName}, "SLIP": "slip"})  # type: ignore[misc]
    monkeypatch.setattr(model, "ChannelName", names)
    module = ModuleType("slip")
    exec(compile(CHANNEL, "slip.py", "exec"), module.__dict__)  # noqa: S102 - our own page
    found: Channel = module.CHANNEL
    return found


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(201), Outcome(Result.SENT)),
        (Answer(404), Outcome(Result.UNREACHABLE, Reason.ADDRESS_GONE)),
        (Answer(500), Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT, raw_code="http 500")),
        (Answer(429, headers={"retry-after": "7"}), Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=NOW + 7_000, raw_code="http 429")),
        (NoAnswer(sent_maybe=True), Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)),
        (NoAnswer(sent_maybe=False), Outcome(Result.RETRY, Reason.PROVIDER_AWAY)),
    ],
)
def test_the_channel_that_is_shown_carries_and_understands(
    slip: Channel, answer: Answer | NoAnswer, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(answer)
    monkeypatch.setitem(type(slip).send.__globals__, "means", lambda: asked.means)
    parcel = Parcel("m-1", ChannelName.POPUP, "till", "till/7", {"text": "谢谢惠顾"}, at=NOW)
    assert slip.send(parcel, NOW) == outcome
    assert asked.requests[0].url == "https://tills.example.com/till%2F7/slips"
    assert asked.body == {"id": "m-1", "text": "谢谢惠顾"}


def test_it_has_all_that_a_channel_has(slip: Channel) -> None:
    wanted = {name: member for name, member in vars(Channel).items() if inspect.isfunction(member) and not name.startswith("_")}
    assert slip.name == "slip"
    for name, member in wanted.items():
        assert inspect.signature(getattr(type(slip), name)) == inspect.signature(member), name


# ---- the tables ----


def test_every_channel_stands_in_the_table() -> None:
    assert [one for one in ChannelName if f"| `{one.value}` |" not in PAGE] == []


def test_who_has_to_be_asked_for_receipts_is_told() -> None:
    asked = {name for name in adapters.names() if adapters.adapter(name).pulls is not Pulls.NOTHING}
    assert asked == {"push_jpush", "sms_tencent"}
    assert "JPush | nobody calls" in PAGE
    assert "Tencent Cloud, where the account has no secret `callback`" in PAGE
