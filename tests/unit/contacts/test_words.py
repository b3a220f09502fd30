"""Events that tell what somebody said of being told things."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.contacts.consents import EVENT, MAX_WORDS, bounded, is_proven, properties_of, word_of
from chalicelib.contacts.model import NOTHING_KNOWN
from chalicelib.contacts.suppressions import entered, lifted
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.messages.policy.model import Consent, Suppression
from chalicelib.messages.templates.model import Category, ChannelName

NOW = 1_795_305_600_000
ME = identifier("user_id", "u1")


def event(**properties: Any) -> Event:
    return Event("e1", Kind.TRACK, EVENT, NOW, (ME,), "app", properties)


def test_half_a_word_is_about_everything_it_does_not_name() -> None:
    assert word_of(event(granted=False)) == Consent(False, NOW, "app")


def test_a_word_says_what_it_is_about_and_where_it_is_from() -> None:
    told = event(granted=True, channel="sms", category="marketing", account="tencent", source="checkout")
    assert word_of(told) == Consent(True, NOW, "checkout", ChannelName.SMS, Category.MARKETING, "tencent")


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"granted": "yes"},
        {"granted": 1},
        {"granted": True, "channel": "fax"},
        {"granted": True, "category": "advertising"},
        {"granted": True, "channel": ["sms"]},
        {"granted": True, "account": 7},
        {"granted": True, "source": "x" * 201},
    ],
)
def test_what_cannot_be_understood_is_no_word_at_all(properties: dict[str, Any]) -> None:
    assert word_of(event(**properties)) is None


@pytest.mark.parametrize("namespace", ["mobile", "email", "member"])
def test_a_yes_under_what_others_know_of_a_person_proves_nothing_and_a_no_needs_no_proof(namespace: str) -> None:
    value = {"mobile": "13900000001", "email": "mulan@example.com", "member": "8001"}[namespace]
    known = replace(event(), identifiers=(identifier(namespace, value),))
    assert not is_proven(known, Consent(True, NOW, "app"))
    assert is_proven(known, Consent(False, NOW, "app"))
    assert is_proven(replace(known, source="key:98dd527c"), Consent(True, NOW, "form"))


@pytest.mark.parametrize("namespace", ["user_id", "openid:wx1", "anonymous_id", "device_id"])
def test_a_yes_counts_under_what_only_the_person_can_know(namespace: str) -> None:
    own = replace(event(), identifiers=(identifier(namespace, "oMulan"),))
    assert is_proven(own, Consent(True, NOW, "app"))


@pytest.mark.parametrize(
    "word",
    [Consent(False, NOW, "app"), Consent(True, NOW, "form", ChannelName.PUSH, Category.SERVICE, "jpush")],
)
def test_the_event_of_a_word_says_the_same(word: Consent) -> None:
    assert word_of(event(**properties_of(word))) == word


def test_names_that_a_client_makes_up_push_no_word_out_that_is_about_everything() -> None:
    many = [Consent(True, NOW + number, "app", account=f"account-{number}") for number in range(MAX_WORDS + 50)]
    kept = bounded((Consent(False, NOW - 1, "hotline"), *many))
    assert len(kept) == MAX_WORDS
    assert kept[0] == Consent(False, NOW - 1, "hotline")
    assert many[-1] in kept
    assert many[0] not in kept


def test_an_entry_gives_way_to_a_newer_one_about_the_same() -> None:
    once = entered(NOTHING_KNOWN, Suppression(1, "complaint"))
    twice = entered(once, Suppression(2, "again"))
    both = entered(twice, Suppression(3, "sms only", channel=ChannelName.SMS))
    assert [one.reason for one in both.suppressions] == ["again", "sms only"]


def test_lifting_one_channel_leaves_the_rest() -> None:
    both = entered(entered(NOTHING_KNOWN, Suppression(1, "all")), Suppression(1, "sms", channel=ChannelName.SMS))
    assert [one.reason for one in lifted(both, ChannelName.SMS).suppressions] == ["all"]
    assert lifted(both, None) == NOTHING_KNOWN
    assert lifted(NOTHING_KNOWN, None) is NOTHING_KNOWN
