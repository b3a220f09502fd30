"""Test sends to oneself: to one's own addresses only, once for each attempt, and with the reason where nothing goes out."""

from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.rendering import render
from chalicelib.messages.templates.trying import Trial, trials
from tests.unit.messages.test_template_documents import CHANNELS, document

MINE = {ChannelName.SMS: "13800138000", ChannelName.PUSH: "registration-1"}


def tried(key: str = "k1", version: int = 3) -> dict[ChannelName, Trial]:
    parts = {channel: CHANNELS[channel] for channel in ("sms", "push", "popup", "webhook")}
    rendered = render(TemplateDocument.model_validate(document(parts)), {"person": {"attributes": {"name": "木兰"}}})
    return {one.rendered.channel: one for one in trials("unpaid", version, rendered, MINE, key)}


def test_each_channel_goes_to_my_own_address_or_says_why_not() -> None:
    found = tried()
    assert (found[ChannelName.SMS].address, found[ChannelName.SMS].reason) == ("13800138000", "")
    assert found[ChannelName.PUSH].reason == "variable_missing"
    assert found[ChannelName.POPUP].reason == "address_missing"
    assert (found[ChannelName.WEBHOOK].address, found[ChannelName.WEBHOOK].reason) == ("", "")


def test_asking_again_is_the_same_message_and_another_attempt_another_one() -> None:
    ids = [{one.id for one in found.values()} for found in (tried(), tried(), tried("k2"), tried(version=4))]
    assert ids[0] == ids[1]
    assert ids[0].isdisjoint(ids[2] | ids[3])
    assert len(ids[0]) == 4
