"""What is remembered of a person's words, and what it comes to."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.policy.consents import kept, said
from chalicelib.messages.policy.model import Consent
from chalicelib.messages.templates.model import Category, ChannelName
from tests.unit.messages.policy.world import NOW

ACCOUNTS = ("", "tencent", "jpush")
words = st.builds(
    Consent,
    st.booleans(),
    st.integers(NOW, NOW + 5),
    st.sampled_from(["form", "reply R"]),
    st.none() | st.sampled_from(ChannelName),
    st.none() | st.sampled_from(Category),
    st.sampled_from(ACCOUNTS),
)
many_words = st.lists(words, max_size=12)


@given(many_words, st.sampled_from(Category), st.sampled_from(ChannelName), st.sampled_from(ACCOUNTS))
def test_forgetting_older_words_about_the_same_changes_no_answer(
    some: list[Consent], category: Category, channel: ChannelName, account: str
) -> None:
    assert said(kept(some), category, channel, account) == said(some, category, channel, account)


@given(many_words, many_words)
def test_the_words_of_two_persons_become_one_in_any_order(one: list[Consent], two: list[Consent]) -> None:
    assert kept([*one, *two]) == kept([*two, *one]) == kept([*kept(one), *kept(two)])


def test_one_word_is_remembered_about_each_channel_category_and_account() -> None:
    yes = Consent(granted=True, at=NOW, source="form")
    no_sms = Consent(granted=False, at=NOW - 1, source="reply R", channel=ChannelName.SMS)
    assert set(kept([Consent(granted=False, at=NOW - 5, source="form"), no_sms, yes])) == {yes, no_sms}
