"""What waits in the queue `followups` comes out as it went in, and nothing else does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dispatch.news import Click, Followup, Job, Left, Receipt, Reply, body_of, followup_of, of_receipt, of_reply
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Fate, Reason
from chalicelib.providers.model import Receipt as ProviderReceipt
from chalicelib.providers.model import Reply as ProviderReply

NOW = 1_795_305_600_000
texts, times = st.text(max_size=20), st.integers(0, NOW)
news = st.one_of(
    st.builds(
        Receipt, channel=st.sampled_from(ChannelName), account=texts, fate=st.sampled_from(Fate), at=times, reference=texts, reason=texts
    ),
    st.builds(Click, message=texts, at=times, link=texts),
    st.builds(Reply, account=texts, sender=texts, text=texts, at=times, stops=st.booleans(), identity=texts),
    st.builds(Left, appid=texts, openid=texts, at=times),
    st.builds(Job, appid=texts, fields=st.dictionaries(texts, texts), at=times, start=st.integers(0, 100_000)),
)


@given(news, st.integers(0, 9))
def test_news_come_out_of_the_queue_as_they_went_in(one: Followup, tries: int) -> None:
    assert followup_of(body_of(one, tries)) == (one, tries)


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "7", '{"kind": "due"}', '{"kind": "click"}', '{"kind": "click", "message": "m", "at": "soon", "link": ""}']
)
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        followup_of(body)


def test_a_message_of_a_newer_version_is_read_all_the_same() -> None:
    body = json.loads(body_of(Left("wx1", "o1", NOW))) | {"why": "new"}
    assert followup_of(json.dumps(body)) == (Left("wx1", "o1", NOW), 0)


def test_so_is_one_of_an_older_version() -> None:
    body = json.loads(body_of(Job("wx1", {"MsgID": "7"}, NOW, 0)))
    del body["start"]
    assert followup_of(json.dumps(body)) == (Job("wx1", {"MsgID": "7"}, NOW), 0)


def test_a_receipt_of_a_provider_keeps_all_that_finds_its_message() -> None:
    told = ProviderReceipt("P-1", "13900000001", Fate.FAILED, key="m1", at=7, reason=Reason.ADDRESS_ABSENT, raw_code="DELIVRD")
    want = Receipt(ChannelName.SMS, "aliyun", Fate.FAILED, 7, "m1", "P-1", "13900000001", "address_absent", "DELIVRD")
    assert of_receipt(ChannelName.SMS, "aliyun", told, NOW) == want
    untimed = ProviderReceipt("P-1", "13900000001", Fate.DELIVERED)
    assert of_receipt(ChannelName.SMS, "aliyun", untimed, NOW).at == NOW


def test_so_does_an_answer() -> None:
    told = ProviderReply("r1", "13900000001", "T", None, stops=True)
    assert of_reply("aliyun", told, NOW) == Reply("aliyun", "13900000001", "T", NOW, True, "r1")


def test_what_people_are_called_by_does_not_stand_in_logs() -> None:
    shown = repr((Left("wx1", "oMulan", NOW), Reply("aliyun", "13900000001", "退订", NOW, True, "r1")))
    assert not any(secret in shown for secret in ("oMulan", "13900000001", "退订"))
